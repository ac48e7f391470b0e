"""P-11: what the way of a file costs, up and down, and how much memory it takes of each through whom it goes."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.testing.eventually import eventually
from tests.e2e.bookings import booked
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import peaks, watched
from tests.load.workers import Worker

_MEGABYTES = 100
_AT_ONCE = 3
_SMALL = 8
_PARTS = ("casemanager", "envoy")
"""Through whom a file goes over REST."""
_CLEAN_SECONDS = 60
_LINE = b"%" * (64 * 1024 - 1) + b"\n"


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite with a booking, and who sends files."""

    site: Site
    suite: Suite
    client: Worker
    booking_id: str
    megabytes: int

    @property
    def paperwork(self) -> str:
        """Where the files of the booking are, over REST."""
        return f"/v1/bookings/{self.booking_id}/paperwork"

    async def asked(self, address: str, **what: object) -> dict[str, Any]:
        """What the client says of a file that it sent or fetched."""
        certificate = self.suite.client
        files = {"ca": certificate.authority, "cert": certificate.certificate, "key": certificate.key}
        tls = {name: str(path) for name, path in files.items()} | {"server": "casemanager"}
        found: dict[str, Any] = await self.client.ask(address=address, tls=tls, token=self.suite.token, **what)
        return found

    async def until_clean(self, file_id: str) -> None:
        """Returns when the scanner has said so."""
        admin = self.suite.agency.admin

        def is_clean() -> bool:
            return any(
                each["id"] == file_id and each["state"] == "CLEAN" for each in admin.get(self.paperwork)["paperwork"]
            )

        await eventually(is_clean, timeout=_CLEAN_SECONDS)

    def delete(self, file_id: str) -> None:
        """A booking holds 1 GB."""
        self.suite.agency.admin("DELETE", f"/v1/paperwork/{file_id}")


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    cores = sorted(os.sched_getaffinity(0))
    client = await site.worker("file_client", cores=cores[-1:] if len(cores) > 1 else [])
    booking = await asyncio.to_thread(booked, suite.agency.admin)
    yield Ground(site, suite, client, booking["id"], site.rows(_MEGABYTES))


def _there_and_back(ground: Ground, address: str, pid: int, *, is_ours: bool) -> Run:
    """Files sent and fetched, one after the other; what is done between the two does not count."""

    async def run(seconds: float) -> Sample:
        moved, took, cpu, client = 0.0, 0.0, 0.0, 0.0
        while took < seconds:
            with watched([pid], {}) as sending:
                sent = await ground.asked(address, booking_id=ground.booking_id, megabytes=ground.megabytes)
            if is_ours:
                await ground.until_clean(sent["id"])
            with watched([pid], {}) as fetching:
                fetched = await ground.asked(address, file_id=sent["id"])
            if is_ours:
                await asyncio.to_thread(ground.delete, sent["id"])
            if fetched["size"] < sent["size"]:
                raise ValueError(f"{fetched['size']} of {sent['size']} bytes came back.")
            moved += 2 * ground.megabytes
            took += sent["seconds"] + fetched["seconds"]
            cpu += sending.own + fetching.own
            client += sent["cpu"] + fetched["cpu"]
        return Sample(operations=round(moved), seconds=took, cpu=cpu, beside={"client": client})

    return run


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    suite = ground.suite
    address = suite.around.addresses["casemanager"]
    yield _there_and_back(ground, address, suite.pid("casemanager"), is_ours=True)


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    certificate = ground.suite.around.certificates["casemanager"]
    tls = {"ca": str(certificate.authority), "cert": str(certificate.certificate), "key": str(certificate.key)}
    server = await ground.site.server("anchors.files", tls=tls, folder=str(ground.site.folder / "anchor-files"))
    yield _there_and_back(ground, server.hello, server.pid, is_ours=False)


P_11 = Measurement(
    id="P-11",
    what="MB of files sent and fetched / bare client and server stream with SHA-256 and the same store",
    ground=_ground,
    ours=_ours,
    anchor=_anchor,
    figure=Figure(of=lambda sample: sample.operations / sample.seconds, unit="MB/s", is_rate=True),
    goal="0.5",
    limit="0.8",
)


@asynccontextmanager
async def _memory(ground: Ground) -> AsyncIterator[Run]:
    suite = ground.suite

    async def run(seconds: float) -> Sample:
        # Of a process that only a small file has gone through: what its first one costs stands apart.
        await asyncio.to_thread(suite.stack.restart, "casemanager")
        await asyncio.to_thread(suite.stack.wait_until_ready)
        pids = {part: suite.pid(part) for part in _PARTS}
        small, _ = await _grown(ground, pids, 1, _SMALL)
        one, alone = await _grown(ground, pids, 1, ground.megabytes)
        three, together = await _grown(ground, pids, _AT_ONCE, ground.megabytes)
        return Sample(
            operations=1 + _AT_ONCE,
            seconds=alone + together,
            figures=one,
            details={
                **{f"{part}, the first {_SMALL} MB, MB": megabytes for part, megabytes in small.items()},
                **{f"{part}, {_AT_ONCE} at once, MB": megabytes for part, megabytes in three.items()},
                f"{_AT_ONCE} at once, times as long as one": together / alone,
            },
        )

    yield run


async def _grown(ground: Ground, pids: Mapping[str, int], count: int, megabytes: int) -> tuple[dict[str, float], float]:
    """By how many megabytes each part grew while so many files went up and came down, and how long they went up."""
    with peaks(pids) as grown:
        started = time.perf_counter()
        sent = await asyncio.gather(*(asyncio.to_thread(_sent, ground, megabytes) for _ in range(count)))
        took = time.perf_counter() - started
        for file_id in sent:
            await ground.until_clean(file_id)
        await asyncio.gather(*(asyncio.to_thread(_fetched, ground, file_id) for file_id in sent))
    for file_id in sent:
        await asyncio.to_thread(ground.delete, file_id)
    return {part: grown[part] / 2**20 for part in pids}, took


def _sent(ground: Ground, megabytes: int) -> str:
    """A file sent over REST, whose length nobody says beforehand; its id."""

    def content() -> Iterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(megabytes * 2**20 // len(_LINE) - 1):
            yield _LINE

    return str(ground.suite.agency.admin.upload(ground.paperwork, content(), fileName="scan.pdf")["id"])


def _fetched(ground: Ground, file_id: str) -> None:
    ground.suite.agency.admin.download(f"/v1/paperwork/{file_id}:download")


P_11B = Measurement(
    id="P-11b",
    what="memory that a file of 100 MB adds on its way over REST, sampled every 20 ms: of the service, and of Envoy",
    ground=_ground,
    ours=_memory,
    figure=Figure(of=lambda sample: sample.seconds, unit="MB", digits=1),
    goal="16 MB",
    limit="8 MB",
    warms_up=False,
)
