"""P-24: how long staff wait for the preview of a batch, and what everybody else notices of a very large one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles

import psycopg
from google.protobuf.message import Message
from portico.applications.v1.batch_requests_pb2 import ListBatchRowsRequest
from portico.applications.v1.batch_resources_pb2 import BatchRow
from portico.applications.v1.resources_pb2 import Guardian
from portico.applications.v1.search_pb2 import CountLinkStatesRequest, ListApplicationsRequest

from tests.load.batch_runs import Staff, new_staff
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.crowd import NAMES, fill_search
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import new_suite
from tests.load.usage import resident_bytes
from tests.load.workers import Worker

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
_RATE = 20
_IDLE_TURNS = 4
"""How many turns of a round the lists are asked for before the large preview: 400 calls in 20 seconds."""
_PIECE_SECONDS = 2.0
_PAGE = 25
_SAMPLE_SECONDS = 0.2
_MEGABYTE = 1024 * 1024
_SERVICE = "portico.applications.v1"

_LISTS = [
    ListApplicationsRequest(page_size=_PAGE),
    ListApplicationsRequest(page_size=_PAGE, link_states=[Guardian.NOT_INVITED]),
    ListApplicationsRequest(page_size=_PAGE, order_by="family_name"),
    ListApplicationsRequest(page_size=_PAGE, query=NAMES[0]),
]
_COUNTS = [CountLinkStatesRequest(), CountLinkStatesRequest(query=NAMES[0])]


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite with three organizations; of the one in the middle a preview is there to be looked through."""

    small: Staff
    middle: Staff
    large: Staff
    batch_id: str
    generator: Worker

    async def waits(self, staff: Staff, method: str, requests: Sequence[Message], seconds: float) -> list[float]:
        """Milliseconds for the answers of applications to an organization's staff, at a fixed rate."""
        calls = grpc_calls(
            staff.suite.around.addresses["applications"],
            "applications",
            f"{_SERVICE}.{method}",
            requests,
            client=staff.suite.client,
            tokens=[staff.token],
        )
        outcome = await send(self.generator, at_rate(calls, _RATE), seconds)
        return [1000 * latency for latency in outcome.latencies]

    async def lists(self, seconds: float) -> list[float]:
        """What staff of the large organization wait for their lists."""
        return await self.waits(self.large, "SearchService/ListApplications", _LISTS, seconds)


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    small, middle, large = [await new_staff(suite, site.rows(rows)) for rows in (SMALL, MIDDLE, LARGE)]
    with psycopg.connect(suite.stack.owner_url("applications"), autocommit=True) as connection:
        for staff in (middle, large):
            fill_search(connection, staff.org_id)
    batch_id = await middle.create()
    await middle.previewed(batch_id)
    yield Ground(small, middle, large, batch_id, await site.generator())


@asynccontextmanager
async def _previews(ground: Ground) -> AsyncIterator[Run]:
    rows = [
        ListBatchRowsRequest(batch_id=ground.batch_id, page_size=_PAGE),
        ListBatchRowsRequest(batch_id=ground.batch_id, page_size=_PAGE, outcomes=[BatchRow.PENDING]),
        ListBatchRowsRequest(batch_id=ground.batch_id, page_size=_PAGE, query=f"A-{ground.middle.rows:06}"),
        ListBatchRowsRequest(batch_id=ground.batch_id, page_size=_PAGE, query=NAMES[0]),
    ]

    async def run(seconds: float) -> Sample:
        large, pid = ground.large, ground.large.suite.pid("applications")
        batch_id = await ground.small.create()
        small_took = await ground.small.previewed(batch_id)
        await ground.small.drop(batch_id)
        counting = await ground.waits(ground.middle, "SearchService/CountLinkStates", _COUNTS, seconds)
        paging = await ground.waits(ground.middle, "BatchesService/ListBatchRows", rows, seconds)
        idle = await ground.lists(_IDLE_TURNS * seconds)
        before = resident_bytes(pid)
        batch_id = await large.create()
        preview, meanwhile = asyncio.create_task(large.previewed(batch_id)), list[float]()
        watching = asyncio.create_task(_peak(pid, preview))
        while not preview.done() or not meanwhile:
            meanwhile += await ground.lists(_PIECE_SECONDS)
        large_took, peak = await preview, await watching
        await large.drop(batch_id)
        return Sample(
            operations=large.rows,
            seconds=large_took,
            figures={f"{ground.small.rows:,}": small_took, f"{large.rows:,}": large_took},
            details={
                "resident MB before": before / _MEGABYTE,
                "resident MB more": (peak - before) / _MEGABYTE,
                "ListApplications p99 ms idle": _p99(idle),
                "ListApplications p99 ms meanwhile": _p99(meanwhile),
                "ListApplications p99 meanwhile to idle": _p99(meanwhile) / _p99(idle),
                f"CountLinkStates p99 ms at {ground.middle.rows:,}": _p99(counting),
                f"ListBatchRows p99 ms at {ground.middle.rows:,}": _p99(paging),
            },
        )

    yield run


async def _peak(pid: int, during: asyncio.Task[float]) -> int:
    """The largest number of bytes that a process had in memory until a task was done."""
    peak = resident_bytes(pid)
    while not during.done():
        await asyncio.wait([during], timeout=_SAMPLE_SECONDS)
        peak = max(peak, resident_bytes(pid))
    return peak


def _p99(waits: Sequence[float]) -> float:
    return quantiles(waits, n=100)[98]


P_24 = Measurement(
    id="P-24",
    what="preview of a batch of 10,000 invitations, and of 1,000,000",
    ground=_ground,
    ours=_previews,
    figure=Figure(of=lambda sample: sample.seconds, unit="s", digits=1),
    goal="2 s, 180 s",
    limit="1 s, 60 s",
    warms_up=False,
)
