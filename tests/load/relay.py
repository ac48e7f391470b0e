"""P-06: from the outbox to NATS."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
from nats.aio.client import Client
from portico.applications.v1.events_pb2 import GuardianEvent

from chassis.bus import Bus, subject_of
from chassis.ids import new_id
from chassis.testing.database import DatabaseUrls
from local_stack.nats import NatsTls, NatsUser, prepare_nats, service_user
from local_stack.ports import Ports
from tests.load.measurement import Measurement, Run, Sample, per_second
from tests.load.ours.relay import STREAM
from tests.load.site import Site
from tests.load.usage import watched
from tests.load.workers import Worker

_EVENTS_PER_SECOND = 15_000
"""How many events a run gets for each second that it should take; about what this relay and its anchor manage."""
_LIBRARY_EVENTS_PER_SECOND = 500
_ROOT = "root"
_SUBJECT, _TYPE = "guardian.invited", GuardianEvent.DESCRIPTOR.full_name
_PAYLOAD = bytes(range(256)) + bytes(64)  # as large as the events of an invitation are
_TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
_POLL_SECONDS = 0.005

_FILL = """
    INSERT INTO outbox (org_id, id, subject, type, payload, aggregate_id, version, traceparent, event_time)
    SELECT %s, gen_random_uuid(), %s, %s, %s, gen_random_uuid(), 1, %s, now() FROM generate_series(1, %s)
"""
_LAST = "SELECT id FROM outbox ORDER BY position DESC LIMIT 1"
_IS_PUBLISHED = "SELECT publish_time IS NOT NULL FROM outbox WHERE org_id = %s AND id = %s"


@dataclass(frozen=True, slots=True)
class Ground:
    """One stream for all sides, emptied after each run; `nats` is connected as a user who may do everything."""

    site: Site
    org_id: UUID
    database: DatabaseUrls
    nats_url: str
    nats: Client
    beside: dict[str, int]

    @property
    def ca(self) -> str:
        """Who signed NATS's certificate."""
        return str(self.site.client.authority)

    async def timed(self, pid: int, count: int, publish: Callable[[], Awaitable[float]]) -> Sample:
        """`publish` publishes that many events, and says how many seconds they took."""
        with watched([pid], self.beside) as usage:
            seconds = await publish()
        stream = await self.nats.jetstream().stream_info(STREAM.name)
        assert stream.state.messages == count, f"{stream.state.messages} of {count} events are in the stream."
        await self.nats.jetstream().purge_stream(STREAM.name)
        return Sample(operations=count, seconds=seconds, cpu=usage.own, beside=usage.beside)


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    postgres = site.postgres()
    certificate = site.certificates["nats"]
    server = prepare_nats(
        site.folder / "nats",
        port=Ports().take(),
        users=[
            service_user("applications", "applications", streams=[STREAM.name]),
            NatsUser(name=_ROOT, password=_ROOT),
        ],
        tls=NatsTls(certificate=certificate.certificate, key=certificate.key),
        log=site.folder / "logs/nats.log",
    )
    server.child.start()
    site.parts.callback(server.stop)
    root = Bus(server.url(_ROOT), service=_ROOT, ca=certificate.authority)
    await root.open()
    await root.ensure_streams([STREAM])
    assert postgres.child is not None
    beside = {"postgres": postgres.child.pid, "nats": server.child.pid}
    database = site.database(postgres, "applications")
    yield Ground(site, new_id(), database, server.url("applications"), await root.client(), beside)
    await root.close()


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    relay = await ground.site.worker(
        "ours.relay", database_url=ground.database.runtime, nats_url=ground.nats_url, ca=ground.ca
    )

    async def run(seconds: float) -> Sample:
        count = int(seconds * _EVENTS_PER_SECOND)
        async with await psycopg.AsyncConnection.connect(ground.database.owner, autocommit=True) as connection:
            parameters = (ground.org_id, _SUBJECT, _TYPE, _PAYLOAD, _TRACEPARENT, count)

            async def publish() -> float:
                started = time.perf_counter()
                await relay.ask()
                while not await _answer(connection, _IS_PUBLISHED, ground.org_id, last):  # noqa: ASYNC110 it is in PostgreSQL
                    await asyncio.sleep(_POLL_SECONDS)
                return time.perf_counter() - started

            async with connection.transaction():
                await connection.execute(_FILL, parameters)
                last = await _answer(connection, _LAST)
            sample = await ground.timed(relay.pid, count, publish)
            await connection.execute("TRUNCATE outbox")
        return sample

    yield run


async def _answer(connection: psycopg.AsyncConnection, query: str, *parameters: object) -> object:
    row = await (await connection.execute(query, parameters)).fetchone()
    return row and row[0]


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    publisher = await ground.site.worker(
        "anchors.relay",
        nats_url=ground.nats_url,
        ca=ground.ca,
        subject=subject_of(ground.org_id, "applications", _SUBJECT),
        event_type=_TYPE,
        payload=_PAYLOAD.hex(),
        traceparent=_TRACEPARENT,
    )
    yield _run_of(ground, publisher, _EVENTS_PER_SECOND)


def _run_of(ground: Ground, publisher: Worker, rate: int) -> Run:
    """The run of a worker that is told how many events it has to publish."""

    async def run(seconds: float) -> Sample:
        count = int(seconds * rate)
        await publisher.ask(prepare=count)

        async def publish() -> float:
            took: float = await publisher.ask()
            return took

        return await ground.timed(publisher.pid, count, publish)

    return run


@asynccontextmanager
async def _library(ground: Ground) -> AsyncIterator[Run]:
    publisher = await ground.site.worker(
        "beside.outbox",
        database_url=ground.database.owner,
        nats_url=ground.nats_url,
        ca=ground.ca,
        subject=subject_of(ground.org_id, "applications", _SUBJECT),
        payload="x" * len(_PAYLOAD),
    )
    yield _run_of(ground, publisher, _LIBRARY_EVENTS_PER_SECOND)


P_06 = Measurement(
    id="P-06",
    what="relay / bare atomic batches of the same size",
    ground=_ground,
    ours=_ours,
    anchor=_anchor,
    beside={"nats-outbox": _library},
    figure=per_second("events"),
    goal="0.60",
    limit="0.90",
)
