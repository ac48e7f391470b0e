"""An upload breaks off at 60 of 100 MB: by its client, and by kill -9 of the service that takes it.

Anomalies looked for: a row of a file that is not whole; bytes of which nobody knows, which stay for ever; a second try
that is refused because of the first.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from chassis.testing.eventually import eventually
from tests.chaos.scene import Scene, opened
from tests.e2e.bookings import booked
from tests.e2e.people import Person, Refused

MEGABYTE = 1024 * 1024
CUT, WHOLE = 60, 100
PIECES_BY_THEN = 14
"""Of 4 MB each, of the 60; the last one is still being filled."""
PATIENCE_SECONDS = 60
ORPHANS_AGE = timedelta(hours=25)


class Left(Exception):
    """The client has gone away."""


def large(meanwhile: Callable[[], object]) -> Iterator[bytes]:
    """A document of 100 MB; something happens after 60 of them."""
    yield b"%PDF-1.7\n"
    for number in range(WHOLE - 1):
        if number == CUT:
            meanwhile()
        yield b"%" * (MEGABYTE - 1) + b"\n"


def files_of(scene: Scene) -> dict[str, int]:
    """By key: how many pieces of a file lie in the store."""
    root = Path(scene.stack.data, "blobs")
    found: dict[str, int] = {}
    for piece in root.rglob("*"):
        if piece.is_file():
            key = str(piece.parent.relative_to(root))
            found[key] = found.get(key, 0) + 1
    return found


def rows_of(scene: Scene) -> set[str]:
    """The keys of the files that have a row."""
    return {key for (key,) in scene.rows("casemanager", "SELECT blob_key FROM paperwork WHERE state <> 5")}


def orphans_of(scene: Scene) -> dict[str, int]:
    rows = rows_of(scene)
    return {key: pieces for key, pieces in files_of(scene).items() if key not in rows}


def arrived(scene: Scene, before: Mapping[str, int]) -> None:
    """Returns, in a thread, when the 60 MB have come to the store."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while max((pieces for key, pieces in orphans_of(scene).items() if key not in before), default=0) < PIECES_BY_THEN:
        assert time.monotonic() < deadline, orphans_of(scene)
        time.sleep(0.02)


@pytest.fixture(scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A stage of this module's own: no family is told anything here, for which the other one looks at its end."""
    async with opened(tmp_path_factory.mktemp("files")) as scene:
        yield scene


@pytest.fixture(scope="module")
def staff(scene: Scene) -> Person:
    return scene.agencies[0].admin


@pytest.fixture(scope="module")
def paperwork(staff) -> str:
    """Where the files of a booking are."""
    return f"/v1/bookings/{booked(staff, company='Cut Short Insurance')['id']}/paperwork"


async def uploaded(staff: Person, paperwork: str, meanwhile: Callable[[], object]) -> dict[str, object]:
    return await asyncio.to_thread(staff.upload, paperwork, large(meanwhile), fileName="scan.pdf")


async def test_the_client_leaves_in_the_midst_of_an_upload(scene, staff, paperwork):
    """B-14, GW-05: over REST a client that breaks off at 60 of 100 MB leaves no row and no byte; a retry succeeds."""
    rows, before = rows_of(scene), orphans_of(scene)

    def leave() -> None:
        arrived(scene, before)
        raise Left

    with pytest.raises(Left):
        await uploaded(staff, paperwork, leave)
    await eventually(lambda: orphans_of(scene).keys() <= before.keys(), timeout=30)
    assert rows == rows_of(scene)
    file = await uploaded(staff, paperwork, bool)
    assert (WHOLE - 1) * MEGABYTE + len(b"%PDF-1.7\n") == file["sizeBytes"]
    staff("DELETE", f"/v1/paperwork/{file['id']}")


async def test_the_service_is_killed_in_the_midst_of_an_upload(scene, staff, paperwork):
    """B-14, OP-06: what a process that was killed at 60 of 100 MB has left is collected a day later, and no other."""
    whole = await asyncio.to_thread(staff.upload, paperwork, b"Please examine the left knee.", fileName="letter.txt")
    rows, before = rows_of(scene), orphans_of(scene)

    def kill() -> None:
        arrived(scene, before)
        scene.stack.kill("casemanager")

    with pytest.raises((Refused, httpx.TransportError)):
        await uploaded(staff, paperwork, kill)
    await scene.start_again("casemanager")
    await eventually(scene.is_ready)
    assert rows == rows_of(scene)
    assert PIECES_BY_THEN <= max(orphans_of(scene).values())
    file = await uploaded(staff, paperwork, bool)
    async with scene.changed("casemanager", ahead=ORPHANS_AGE.total_seconds()):
        await eventually(lambda: not orphans_of(scene), timeout=30)
    await eventually(scene.is_ready)
    kept = {str(each["id"]) for each in staff.get(paperwork)["paperwork"]}
    assert {str(file["id"]), str(whole["id"])} <= kept
    assert rows_of(scene) <= files_of(scene).keys()
