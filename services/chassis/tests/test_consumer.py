"""Reading events: one effect each, whatever comes twice, late, broken or from the future."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import StringValue
from nats.errors import TimeoutError as NatsTimeout
from opentelemetry import trace
from psycopg_pool import PoolTimeout
from sqlalchemy import bindparam, func, insert, select

from chassis.bus import LARGEST_EVENT, Bus, OwnStream, subject_of
from chassis.consumer import Consumers, Retries, UnknownLetter, is_outage
from chassis.db import Database, Executor, statement
from chassis.deadletters import newest_dead_letters
from chassis.errors import Conflict, Exhausted, Unavailable
from chassis.ids import new_id
from chassis.incoming import Incoming
from chassis.testing import eventually
from services.chassis.tests.ledger.storage import ledgers

QUICKLY = Retries(tries=5, first_pause=0.01, growth=1.0)
EFFECT = statement(insert(ledgers))
EFFECTS = statement(select(func.count()).select_from(ledgers).where(ledgers.c.org_id == bindparam("org_id")), into=int)


@dataclass(slots=True)
class Handled:
    """A handler that writes a row, and remembers what it saw; `trouble` is raised in its place, once or for ever."""

    seen: list[str] = field(default_factory=list)
    tries: int = 0
    trouble: Callable[[str, int], Awaitable[None]] | None = None

    async def __call__(self, event: StringValue | Value, incoming: Incoming, tx: Executor) -> None:
        self.tries += 1
        words = event.value if isinstance(event, StringValue) else event.string_value
        row = {"id": new_id(), "name": str(incoming.id), "state": "OPEN", "balance": 0, "version": 1, "labels": {}}
        await tx.run(EFFECT, **row, org_id=incoming.org_id, opened_at=incoming.occurred_at)
        if self.trouble is not None:
            await self.trouble(words, self.tries)
        self.seen.append(words)


@dataclass(slots=True)
class Sender:
    """Publishes events as a relay does."""

    bus: Bus
    org_id: UUID
    sent: list[UUID] = field(default_factory=list)

    async def __call__(
        self,
        message: StringValue | Value,
        *,
        aggregate_id: UUID | None = None,
        version: int = 1,
        event_id: UUID | None = None,
        payload: bytes | None = None,
        **headers: str,
    ) -> UUID:
        identity = event_id or new_id()
        usual = {
            "ce-id": str(identity),
            "ce-type": message.DESCRIPTOR.full_name,
            "ce-time": datetime.now(UTC).isoformat(),
            "portico-aggregate": str(aggregate_id or new_id()),
            "portico-version": str(version),
        }
        jetstream = await self.bus.jetstream()
        body = message.SerializeToString() if payload is None else payload
        subject = subject_of(self.org_id, "ledger", "ledger.booked")
        await jetstream.publish(subject, body, headers={k: v for k, v in (usual | headers).items() if v})
        self.sent.append(identity)
        return identity


@asynccontextmanager
async def consuming(consumers: Consumers) -> AsyncIterator[None]:
    task = asyncio.create_task(consumers.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def send(bus: Bus, stream: OwnStream, org_id: UUID) -> Sender:
    await bus.ensure_streams([stream])
    return Sender(bus, org_id)


@pytest.fixture
def consumers(own_database: Database, bus: Bus) -> Consumers:
    return Consumers(own_database, bus, retries=QUICKLY)


def text(words: str) -> StringValue:
    return StringValue(value=words)


async def nothing_pending(bus: Bus) -> bool:
    """Whether the last message of the stream, and each before it, is acknowledged."""
    jetstream = await bus.jetstream()
    last = (await jetstream.stream_info("LEDGER")).state.last_seq
    return bool((await jetstream.consumer_info("LEDGER", "ledger")).ack_floor.stream_seq == last)


async def test_an_event_has_its_effect_and_is_acknowledged(consumers, send, own_database, org_id, bus):
    """OP-06: the handler gets the message and what is known of it."""
    known: list[Incoming] = []

    async def handler(event: StringValue, incoming: Incoming, tx: Executor) -> None:
        known.append(incoming)
        assert "hello" == event.value

    consumers.every("LEDGER", StringValue, handler)
    aggregate = new_id()
    async with consuming(consumers):
        event_id = await send(text("hello"), aggregate_id=aggregate, version=3)
        await eventually(lambda: known)
        await eventually(lambda: nothing_pending(bus))
    (incoming,) = known
    assert (event_id, org_id, aggregate, 3) == (
        incoming.id,
        incoming.org_id,
        incoming.aggregate_id,
        incoming.version,
    )


async def test_a_stream_that_is_not_there_yet_is_waited_for(consumers, bus, stream, org_id):
    """OP-06: services start in any order."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await eventually(bus.answers)
        await bus.ensure_streams([stream])
        await Sender(bus, org_id)(text("at last"))
        await eventually(lambda: handled.seen)


async def test_a_duplicate_has_no_second_effect(consumers, send, own_database, org_id, bus):
    """NT-07: delivered twice (a redelivery, a replay), done once."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("once"))
        for _ in range(3):
            await send(text("once"), event_id=event_id)
        await eventually(lambda: nothing_pending(bus))
    assert (["once"], 1) == (handled.seen, await own_database.first(EFFECTS, org_id=org_id))


async def test_a_consumer_that_slept_too_long_finds_its_inbox_row(consumers, send, own_database, org_id, bus):
    """NT-07: what was done but never acknowledged is delivered again to the next process, which does nothing."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("done"))
        await eventually(lambda: nothing_pending(bus))
    await (await bus.jetstream()).delete_consumer("LEDGER", "ledger")
    async with consuming(consumers):
        await send(text("next"))
        await eventually(lambda: nothing_pending(bus))
    assert (["done", "next"], 2) == (handled.seen, await own_database.first(EFFECTS, org_id=org_id))


async def test_every_event_counts_in_whatever_order(consumers, send, bus):
    """NT-01: `every`: an older version of the aggregate is an event like any other."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    aggregate = new_id()
    async with consuming(consumers):
        for version in (2, 1, 3):
            await send(text(str(version)), aggregate_id=aggregate, version=version)
        await eventually(lambda: nothing_pending(bus))
    assert ["2", "1", "3"] == handled.seen


async def test_only_the_latest_version_counts(consumers, send, bus, own_database, org_id):
    """NT-01: `latest`: an older version of the aggregate is ignored, another aggregate is not."""
    handled = Handled()
    consumers.latest("LEDGER", StringValue, handled)
    aggregate = new_id()
    async with consuming(consumers):
        for version in (2, 1, 3, 3):
            await send(text(str(version)), aggregate_id=aggregate, version=version)
        await send(text("other"), version=1)
        await eventually(lambda: nothing_pending(bus))
    assert ["2", "3", "other"] == sorted(handled.seen)


async def test_an_aggregate_keeps_its_order_while_others_go_on(consumers, send, bus):
    """OP-11: a slow event holds up its own aggregate and nobody else."""
    opened = asyncio.Event()

    async def wait_for_it(words: str, tries: int) -> None:
        if words == "slow":
            await opened.wait()

    handled = Handled(trouble=wait_for_it)
    consumers.every("LEDGER", StringValue, handled)
    aggregate = new_id()
    async with consuming(consumers):
        await send(text("slow"), aggregate_id=aggregate)
        await send(text("behind"), aggregate_id=aggregate)
        for number in range(20):
            await send(text(str(number)))
        await eventually(lambda: len(handled.seen) == 20)
        assert "behind" not in handled.seen
        opened.set()
        await eventually(lambda: nothing_pending(bus))
    assert ["slow", "behind"] == handled.seen[20:]


async def test_an_unknown_type_is_skipped(consumers, send, bus, own_database):
    """OP-08: a newer release of the sender may publish what this one does not know."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("a"), **{"ce-type": "portico.future.v9.Event"})
        await send(text("b"))
        await eventually(lambda: nothing_pending(bus))
    assert (["b"], []) == (handled.seen, await newest_dead_letters(own_database))


async def test_an_unknown_variant_is_skipped(consumers, send, bus, own_database):
    """OP-08: a known type whose oneof holds something new is skipped as well."""
    handled = Handled()
    consumers.every("LEDGER", Value, handled)
    async with consuming(consumers):
        await send(Value(), payload=b"\x9a\x06\x01a")  # field 99
        await send(Value(string_value="known"))
        await eventually(lambda: nothing_pending(bus))
    assert (["known"], []) == (handled.seen, await newest_dead_letters(own_database))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": b"\xff\xff"}, "DecodeError"),
        ({"payload": b"x" * (LARGEST_EVENT + 1)}, "bytes are more"),
        ({"ce-id": "no uuid"}, "Not an event of ours"),
        ({"ce-id": ""}, "Not an event of ours"),
        ({"portico-version": "x"}, "Not an event of ours"),
        ({"ce-time": "yesterday"}, "Not an event of ours"),
    ],
    ids=["undecodable", "oversize", "bad id", "no id", "bad version", "bad time"],
)
async def test_a_broken_event_becomes_a_dead_letter(consumers, send, bus, own_database, changes, reason):
    """NT-06: what can never be handled is kept with the reason, and the stream goes on."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("broken"), **changes)
        await send(text("sound"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert (["sound"], "LEDGER") == (handled.seen, letter.stream)
    assert reason in letter.reason


async def test_a_failing_handler_is_tried_five_times(consumers, send, bus, own_database, org_id):
    """NT-06: then the event is a dead letter with the reason; neither its effect nor its neighbours suffer."""

    async def fail(words: str, tries: int) -> None:
        if words == "poison":
            raise Conflict("The world is round.", reason="ROUND")

    handled = Handled(trouble=fail)
    consumers.every("LEDGER", StringValue, handled)
    aggregate = new_id()
    async with consuming(consumers):
        poison = await send(text("poison"), aggregate_id=aggregate, version=4)
        await send(text("behind"), aggregate_id=aggregate)
        await send(text("beside"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert (poison, org_id, "LEDGER", 5, 4) == (letter.id, letter.org_id, letter.stream, letter.tries, letter.version)
    assert "Conflict: ROUND: The world is round." == letter.reason
    assert (["behind", "beside"], 7) == (sorted(handled.seen), handled.tries)
    assert 2 == await own_database.first(EFFECTS, org_id=org_id)


async def test_a_dead_letter_quotes_no_row(consumers, send, bus, own_database):
    """OP-04: a database error is named without the values that it complains about."""

    async def clash(words: str, tries: int) -> None:
        raise psycopg.errors.UniqueViolation("Key (email)=(secret@example.org) already exists.")

    consumers.every("LEDGER", StringValue, Handled(trouble=clash))
    async with consuming(consumers):
        await send(text("x"))
        await eventually(lambda: nothing_pending(bus))
    (letter,) = await newest_dead_letters(own_database)
    assert "UniqueViolation" in letter.reason
    assert "secret" not in letter.reason


async def test_a_handler_that_fails_for_a_while_succeeds(consumers, send, bus, own_database):
    """NT-06: four failures are no dead letter."""

    async def fail_at_first(words: str, tries: int) -> None:
        if tries < 5:
            raise ValueError(words)

    handled = Handled(trouble=fail_at_first)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("at last"))
        await eventually(lambda: nothing_pending(bus))
    assert (["at last"], 5, []) == (handled.seen, handled.tries, await newest_dead_letters(own_database))


@pytest.mark.parametrize(
    "error", [Unavailable(), Exhausted(), PoolTimeout(), psycopg.OperationalError(), NatsTimeout(), ConnectionError()]
)
async def test_an_outage_is_no_failure(consumers, send, bus, own_database, error):
    """OP-06: while something is away the event waits, however often it is tried."""
    assert is_outage(error)

    async def away(words: str, tries: int) -> None:
        if tries < 9:
            raise error

    handled = Handled(trouble=away)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("patience"))
        await eventually(lambda: nothing_pending(bus))
    assert (["patience"], 9, []) == (handled.seen, handled.tries, await newest_dead_letters(own_database))


async def test_a_dead_letter_is_redriven(consumers, send, bus, own_database, org_id):
    """NT-06: after the mend a command runs the handler again; its effect comes once, and the letter is gone."""
    is_mended = False

    async def fail(words: str, tries: int) -> None:
        if not is_mended:
            raise ValueError(words)

    handled = Handled(trouble=fail)
    consumers.latest("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("poison"))
        await eventually(lambda: newest_dead_letters(own_database))
        await eventually(lambda: nothing_pending(bus))
    with pytest.raises(ValueError, match="poison"):
        await consumers.redrive(event_id)
    assert 1 == len(await newest_dead_letters(own_database))
    is_mended = True
    await consumers.redrive(event_id)
    assert (["poison"], []) == (handled.seen, await newest_dead_letters(own_database))
    assert 1 == await own_database.first(EFFECTS, org_id=org_id)
    with pytest.raises(UnknownLetter):
        await consumers.redrive(event_id)


async def test_a_dead_letter_that_is_delivered_again_stays_one(consumers, send, bus, own_database):
    """NT-06: the inbox knows that it is dealt with."""

    async def fail(words: str, tries: int) -> None:
        raise ValueError(words)

    handled = Handled(trouble=fail)
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        event_id = await send(text("poison"))
        await eventually(lambda: newest_dead_letters(own_database))
        await send(text("poison"), event_id=event_id)
        await eventually(lambda: nothing_pending(bus))
    assert (5, 1) == (handled.tries, len(await newest_dead_letters(own_database)))


async def test_nats_may_go_and_come_back(consumers, send, bus, broker):
    """OP-06: reading goes on within seconds of the broker's return."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        await send(text("before"))
        await eventually(lambda: handled.seen == ["before"])
        broker.stop()
        await eventually(lambda: _answers_not(bus))
        broker.child.start()
        await eventually(bus.answers)
        await send(text("after"))
        await eventually(lambda: handled.seen == ["before", "after"])


async def _answers_not(bus: Bus) -> bool:
    return not await bus.answers()


async def test_the_database_may_go_and_come_back(send, bus, own_database, postgres_url, org_id):
    """OP-06: connections that the server cut are replaced, and no event is lost or blamed."""
    consumers = Consumers(own_database, bus, retries=QUICKLY)
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    async with consuming(consumers):
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as admin:
            for number in range(60):
                await send(text(str(number)))
                if number % 10 == 0:
                    await admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE usename = 'ledger' AND datname = %s",
                        [psycopg.conninfo.conninfo_to_dict(own_database.url)["dbname"]],
                    )
        await eventually(lambda: nothing_pending(bus))
    assert 60 == await own_database.first(EFFECTS, org_id=org_id)
    assert [] == await newest_dead_letters(own_database)


async def test_what_is_in_hand_at_the_end_is_handed_back(send, bus, own_database):
    """OP-05: leases are handed back: the next process gets the event at once, not after the time of the lease."""

    async def for_ever(words: str, tries: int) -> None:
        await asyncio.Event().wait()

    stuck, free = Handled(trouble=for_ever), Handled()
    first, second = (Consumers(own_database, bus, retries=QUICKLY) for _ in range(2))
    first.every("LEDGER", StringValue, stuck)
    second.every("LEDGER", StringValue, free)
    async with consuming(first):
        await send(text("a"))
        await eventually(lambda: stuck.tries)
    async with consuming(second):
        await eventually(lambda: free.seen == ["a"], timeout=5)


async def test_more_events_than_there_is_room_for(consumers, send, bus, own_database, org_id):
    """OP-11: a backlog is worked off with bounded memory, and nothing is left out."""
    handled = Handled()
    consumers.every("LEDGER", StringValue, handled)
    await asyncio.gather(*(send(text(str(number))) for number in range(700)))
    async with consuming(consumers):
        await eventually(lambda: len(handled.seen) == 700, timeout=30)
        await eventually(lambda: nothing_pending(bus))
    assert 700 == await own_database.first(EFFECTS, org_id=org_id)


async def test_the_trace_goes_on(consumers, send):
    """OP-04: the handler runs in the trace in which the event was made."""
    traces: list[int] = []

    async def note(words: str, tries: int) -> None:
        traces.append(trace.get_current_span().get_span_context().trace_id)

    consumers.every("LEDGER", StringValue, Handled(trouble=note))
    async with consuming(consumers):
        await send(text("x"), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        await eventually(lambda: traces)
    assert [0x0AF7651916CD43DD8448EB211C80319C] == traces


def test_a_type_has_one_handler_on_a_stream(consumers):
    """OP-06: the inbox knows an event once, so a second handler would never see it."""
    consumers.every("LEDGER", StringValue, Handled())
    with pytest.raises(ValueError, match="handler already"):
        consumers.latest("LEDGER", StringValue, Handled())
