"""Reading events: one effect each, whatever comes twice, late, or from the future."""

import asyncio

import psycopg
import pytest
from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import StringValue
from opentelemetry import trace

from chassis.bus import Bus
from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.dead_letters import newest_dead_letters
from chassis.envelope import Incoming
from chassis.ids import new_id
from chassis.testing import eventually
from services.chassis.examples.ledger.events import EFFECTS, QUICKLY, Handled, Sender, consuming, nothing_pending, text


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
