"""The relay: takes events from the outbox to NATS, in order, by one process of a service at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

import psycopg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from chassis import telemetry
from chassis.bus import Bus, OwnStream, is_broker_outage
from chassis.clock import Clock
from chassis.db import Database, Executor, OnConnection, statement
from chassis.publisher import Chunk, OutboxRow, Published, Publisher
from chassis.tables import dead_letters, outbox

CHUNK = 1000
"""Rows that are read, published and marked together; also the most that an atomic batch of NATS may have."""
POLL_SECONDS = 0.2
"""How late the events of another process of the service are at most; those of this one wake the relay."""
_LEADER_POLL_SECONDS = 1.0
_MAX_PAUSE = 2.0

_log = telemetry.logger(__name__)
_published = telemetry.METER.create_counter("outbox.published", description="Events that NATS acknowledged.")
_age = telemetry.METER.create_gauge("outbox.age", unit="s", description="Age of the oldest unpublished event.")

_NAMES = [one.name for one in fields(OutboxRow)]
# PostgreSQL makes text of an id in no time; psycopg and Python take a microsecond each for the way there and back.
_ROW = [cast(c, Text).label(c.name) if isinstance(c.type, Uuid) else c for c in (outbox.c[name] for name in _NAMES)]
_EVERY_TENANT = "The relay publishes the events of all organizations."
_LEAD = statement(select(func.pg_try_advisory_lock(func.hashtext("relay"))), into=bool)
_unpublished = outbox.c.publish_time.is_(None)
_OLDEST = statement(
    select(outbox.c.event_time).where(_unpublished).order_by(outbox.c.position).limit(1),
    into=datetime,
    cross_tenant=_EVERY_TENANT,
)
_UNPUBLISHED = statement(
    select(*_ROW)
    .where(_unpublished, or_(outbox.c.position < bindparam("from_position"), outbox.c.position > bindparam("to")))
    .order_by(outbox.c.position)
    .limit(CHUNK),
    into=OutboxRow,
    cross_tenant=_EVERY_TENANT,
)
_MARK = statement(
    update(outbox)
    .where(outbox.c.position == any_(bindparam("positions", type_=ARRAY(BigInteger))), _unpublished)
    .values(publish_time=func.now()),
    cross_tenant=_EVERY_TENANT,
)
_set_aside = (
    delete(outbox)
    .where(outbox.c.position == bindparam("position"), _unpublished)
    .returning(*(outbox.c[name] for name in _NAMES if name != "position"))
    .cte("gone")
)
_SET_ASIDE = statement(
    insert(dead_letters).from_select(
        [*_set_aside.c.keys(), "stream", "reason", "tries"],
        select(*_set_aside.c, null(), bindparam("reason", type_=Text()), literal(1)),
    ),
    cross_tenant=_EVERY_TENANT,
)
_UNMARK = statement(
    update(outbox)
    .where(
        outbox.c.publish_time.is_not(None),
        func.split_part(outbox.c.subject, ".", 1) == any_(bindparam("aggregates", type_=ARRAY(Text))),
    )
    .values(publish_time=None),
    cross_tenant="After a loss of NATS the events of all organizations are published again.",
)


class Relay:
    """Publishes what a service's outbox holds; `run` never returns.

    Order holds per aggregate: one process at a time does it (a lock on a connection of its own), by position. A broken
    broker touches no row; a row that NATS will never take becomes a dead letter, and the others go on.
    """

    def __init__(self, database: Database, bus: Bus, streams: Sequence[OwnStream], *, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._streams = streams
        self._clock = clock
        self._publisher = Publisher(bus, streams)

    async def run(self) -> None:
        """Wait to become the leader, then publish; begin anew when the database was away."""
        pause = _Pause()
        while True:
            try:
                connection = await self._database.connect()
                try:
                    await self._lead(OnConnection(connection), pause)
                finally:
                    await connection.close()
            except psycopg.OperationalError as error:
                _log.warning("relay.database_away", error=type(error).__name__)
                await pause.wait()

    async def _lead(self, session: Executor, pause: "_Pause") -> None:
        while not await session.first(_LEAD):  # noqa: ASYNC110 another process holds the lock
            await asyncio.sleep(_LEADER_POLL_SECONDS)
        _log.info("relay.leads")
        pause.reset()
        while True:
            try:
                connected = self._bus.times_connected
                await self._ensure_streams()
                await self._relay(session, pause, connected)
            except Exception as error:
                if not is_broker_outage(error):
                    raise
                _log.warning("relay.nats_away", error=type(error).__name__)
                self._measure(await session.first(_OLDEST))
                await pause.wait()

    async def _ensure_streams(self) -> None:
        """Make the streams; one that is new although events were published was lost with all that it held."""
        lost = await self._bus.ensure_streams(self._streams)
        if lost and (count := await replay(self._database, lost)):
            _log.warning("relay.streams_lost", streams=[stream.name for stream in lost], published_again=count)

    async def _relay(self, session: Executor, pause: "_Pause", connected: int) -> None:
        """Publish until NATS fails, which is raised, or is another one than at the `connected`-th time.

        While a chunk is on its way, the one before it is marked, and the next one is made ready.
        """
        committed = self._database.outbox_filled
        before = Published()
        while self._bus.times_connected == connected:
            committed.clear()
            chunk = self._publisher.prepare(await _read(session))
            self._measure(chunk.rows[0].event_time if chunk.rows else None)
            if not chunk.rows:
                await _wait(committed, POLL_SECONDS)
            while chunk.rows:
                on_its_way = self._publisher.send(chunk)
                before, chunk = await asyncio.gather(on_its_way, self._catch_up(session, before, chunk.rows))
                if before.outage is not None:
                    break
                pause.reset()
            await self._record(session, before)
            if before.outage is not None:
                raise before.outage
            before = Published()

    async def _catch_up(self, session: Executor, before: Published, on_their_way: Sequence[OutboxRow]) -> Chunk:
        """Mark the chunk before; read and prepare the next one, when there seems to be more."""
        await self._record(session, before)
        return self._publisher.prepare(await _read(session, but_not=on_their_way) if len(on_their_way) == CHUNK else [])

    def _measure(self, oldest: datetime | None) -> None:
        _age.set(0 if oldest is None else (self._clock() - oldest).total_seconds())

    async def _record(self, session: Executor, published: Published) -> None:
        if published.positions:
            await session.run(_MARK, positions=published.positions)
            _published.add(len(published.positions))
        for row, reason in published.poison:
            await session.run(_SET_ASIDE, position=row.position, reason=reason)
            _log.error("relay.dead_letter", event_id=str(row.id), reason=reason)


async def _read(session: Executor, but_not: Sequence[OutboxRow] = ()) -> Sequence[OutboxRow]:
    """The next unpublished rows. By position, but never "after the last one": a row may commit late."""
    first, last = (but_not[0].position, but_not[-1].position) if but_not else (0, 0)
    return await session.all(_UNPUBLISHED, from_position=first, to=last)


async def replay(database: Database, streams: Sequence[OwnStream]) -> int:
    """Have the relay publish again, in order, what is kept of the streams' events; returns how many.

    For when NATS lost them: what it or a consumer has already is recognised by its id.
    """
    connection = await database.connect()
    async with connection:
        await connection.execute("SET statement_timeout = 0")  # days of events take their time
        aggregates = [aggregate for stream in streams for aggregate in stream.aggregates]
        return await OnConnection(connection).run(_UNMARK, aggregates=aggregates)


class _Pause:
    """Longer and longer, up to a limit, until it is reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._seconds = POLL_SECONDS

    async def wait(self) -> None:
        await asyncio.sleep(self._seconds)
        self._seconds = min(self._seconds * 2, _MAX_PAUSE)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
