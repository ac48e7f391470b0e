"""P-12: how many rows a second an export has, beside a writer that has its rows already, and what it adds to memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import psycopg
from portico.casemanager.v1.booking_exports_pb2 import ExportBookingsRequest

from tests.e2e.agencies import founded
from tests.load.bookings import fill_bookings, office_of
from tests.load.measurement import Measurement, Run, Sample, Side, per_second
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import resident_bytes, watched
from tests.load.workers import Worker

_ROWS, _HUNDREDTH = 1_000_000, 10_000
_SAMPLE_SECONDS = 0.2
_MEGABYTE = 1024 * 1024
_FILES = {"ca": "authority", "cert": "certificate", "key": "key"}


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite with two organizations and their bookings, a reader of streams, and a bare writer."""

    large: Suite
    small: Suite
    rows: int
    few: int
    reader: Worker
    writer: Worker

    async def read(self, suite: Suite, format_: str) -> tuple[float, int]:
        """Seconds for all of an organization's bookings, and the bytes of their file."""
        client = suite.client
        tls = {name: str(getattr(client, attribute)) for name, attribute in _FILES.items()} | {"server": "casemanager"}
        request = ExportBookingsRequest(format=ExportBookingsRequest.Format.Value(format_)).SerializeToString()
        address = suite.around.addresses["casemanager"]
        read = await self.reader.ask(address=address, tls=tls, token=suite.token, request=request.hex())
        return float(read["seconds"]), int(read["bytes"])


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    small = replace(suite, agency=await asyncio.to_thread(founded, suite.stack))
    offices = [await asyncio.to_thread(office_of, each) for each in (suite, small)]
    rows, few = site.rows(_ROWS), site.rows(_HUNDREDTH)
    with psycopg.connect(suite.stack.owner_url("casemanager"), autocommit=True) as connection:
        for office, count in zip(offices, (rows, few), strict=True):
            fill_bookings(connection, office.suite.agency.slug, count)
        connection.execute("VACUUM ANALYZE bookings, cases, case_managers, companies")
    reader, writer = await site.worker("export_reader"), await site.worker("anchors.writers")
    yield Ground(suite, small, rows, few, reader, writer)


async def _peak(pid: int, during: asyncio.Task[tuple[float, int]]) -> int:
    """The largest number of bytes that a process had in memory until a task was done."""
    peak = resident_bytes(pid)
    while not during.done():
        await asyncio.wait([during], timeout=_SAMPLE_SECONDS)
        peak = max(peak, resident_bytes(pid))
    return peak


def _exported(format_: str) -> Side[Ground]:
    @asynccontextmanager
    async def side(ground: Ground) -> AsyncIterator[Run]:
        async def run(seconds: float) -> Sample:
            suite = ground.large
            pid = suite.pid("casemanager")
            few_took, _ = await ground.read(ground.small, format_)
            before = resident_bytes(pid)
            with watched([pid], suite.beside("postgres")) as usage:
                reading = asyncio.create_task(ground.read(suite, format_))
                peak = await _peak(pid, reading)
            took, size = await reading
            return Sample(
                operations=ground.rows,
                seconds=took,
                cpu=usage.own,
                beside=usage.beside,
                details={
                    "MB": size / _MEGABYTE,
                    f"rows/s at {ground.few:,}": ground.few / few_took,
                    "resident MB before": before / _MEGABYTE,
                    "resident MB more": (peak - before) / _MEGABYTE,
                },
            )

        yield run

    return side


def _written(format_: str) -> Side[Ground]:
    def side(ground: Ground) -> AbstractAsyncContextManager[Run]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Run]:
            async def run(seconds: float) -> Sample:
                with watched([ground.writer.pid], {}) as usage:
                    took = await ground.writer.ask(format=format_, rows=ground.rows)
                return Sample(operations=ground.rows, seconds=took["seconds"], cpu=usage.own)

            yield run

        return opened()

    return side


P_12 = Measurement(
    id="P-12",
    what="CSV export of 1,000,000 bookings / csv.writer alone",
    ground=_ground,
    ours=_exported("CSV"),
    anchor=_written("CSV"),
    figure=per_second("rows"),
    goal="0.5",
    limit="0.8",
    warms_up=False,
)
P_12B = Measurement(
    id="P-12b",
    what="XLSX export of 1,000,000 bookings / xlsxwriter alone",
    ground=_ground,
    ours=_exported("XLSX"),
    anchor=_written("XLSX"),
    figure=per_second("rows"),
    goal="5",
    limit="8",
    warms_up=False,
)
