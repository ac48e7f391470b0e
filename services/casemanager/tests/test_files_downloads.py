"""Downloads are logged when the first byte leaves, and with what was delivered."""

from dataclasses import replace
from uuid import UUID

import pytest

from casemanager.files.downloads import LIST_DOWNLOADS, Download, DownloadKind, deliver
from casemanager.shared.deps import Deps
from chassis.blobs import CHUNK_BYTES, Blob
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.pagination import NEWEST

CONTENT = bytes(range(256)) * 1024


async def stored(deps: Deps) -> Blob:
    async def chunks():
        yield CONTENT

    return await deps.blobs.write(f"{new_id()}", chunks(), max_bytes=len(CONTENT))


def download_by(deps: Deps, org_id: UUID) -> Download:
    return Download(
        org_id=org_id,
        id=new_id(),
        kind=DownloadKind.PAPERWORK,
        file_id=new_id(),
        booking_id=new_id(),
        account_id=new_id(),
        actor=2,
        actor_name="Ana García",
        address="192.0.2.7",
        download_time=deps.clock(),
    )


async def logged(deps: Deps, download: Download) -> list[Download]:
    before = {"before_time": NEWEST[0], "before_id": NEWEST[1]}
    return list(
        await deps.database.all(LIST_DOWNLOADS, org_id=download.org_id, file_id=download.file_id, limit=10, **before)
    )


async def test_a_whole_download_is_logged(deps, org_id):
    """CM-13: who got the file is in the log before its first byte leaves, and at the end how much of it."""
    blob, download = await stored(deps), download_by(deps, org_id)
    got = b""
    async for chunk in deliver(deps, blob, download):
        got += chunk
        assert [download] == await logged(deps, download)
    assert CONTENT == got
    assert [replace(download, delivered_bytes=len(CONTENT), is_whole=True)] == await logged(deps, download)


async def test_who_leaves_before_the_end_has_got_a_part(deps, org_id):
    """CM-13: a download that is broken off is logged with what was delivered, and is not whole."""
    blob, download = await stored(deps), download_by(deps, org_id)
    chunks = deliver(deps, blob, download)
    await anext(chunks)
    await anext(chunks)
    await chunks.aclose()
    assert [replace(download, delivered_bytes=CHUNK_BYTES)] == await logged(deps, download)


async def test_a_part_is_not_whole(deps, org_id):
    """CM-12: a part that was asked for is logged with its length."""
    blob, download = await stored(deps), download_by(deps, org_id)
    assert CONTENT[5:12] == b"".join([chunk async for chunk in deliver(deps, blob, download, offset=5, length=7)])
    assert [replace(download, delivered_bytes=7)] == await logged(deps, download)


async def test_nothing_leaves_that_cannot_be_logged(deps, org_id, database_that_fails):
    """CM-13: while the database is away no byte of a file is handed out."""
    blob, download = await stored(deps), download_by(deps, org_id)
    database_that_fails()
    with pytest.raises(Unavailable):
        await anext(deliver(deps, blob, download))


@pytest.fixture
def database_that_fails(monkeypatch):
    """From when it is called on, the database cannot be reached."""

    def fail() -> None:
        async def away(*_: object, **__: object) -> None:
            raise Unavailable()

        monkeypatch.setattr(Database, "first", away)

    return fail


async def test_other_organizations_read_nothing_of_it(deps, org_id):
    """CM-15: the log is the organization's."""
    blob, download = await stored(deps), download_by(deps, org_id)
    assert [chunk async for chunk in deliver(deps, blob, download)]
    assert [] == await logged(deps, replace(download, org_id=new_id()))
