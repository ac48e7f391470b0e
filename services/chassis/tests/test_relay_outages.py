"""The relay while NATS or PostgreSQL is away or was wiped: nothing is lost, and no event is to blame."""

import asyncio
import shutil

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from chassis.bus import OwnStream
from chassis.clock import utc_now
from chassis.dead_letters import newest_dead_letters
from chassis.publisher import Publisher
from chassis.relay import Relay, replay
from chassis.tasks import cancel
from chassis.testing import eventually
from services.chassis.tests.relays import (
    PUBLISHED,
    UNPUBLISHED,
    WRITE,
    answers_not,
    as_rows,
    has_messages,
    messages_of,
    nothing_unpublished,
    relaying,
    row,
    write,
)


async def test_the_events_of_another_process_are_found_by_polling(own_database, bus, stream):
    """OP-05: what a process wrote that is dead by now is published by the next."""
    async with relaying(own_database, bus, stream):
        async with own_database.transaction() as tx:
            await tx.run(WRITE, **row())
        await eventually(nothing_unpublished(own_database))


async def test_one_relay_leads_and_another_takes_over(own_database, bus, stream):
    """OP-05: two processes never publish at once; the second one goes on where the first ended."""
    async with relaying(own_database, bus, stream):
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))
        second = asyncio.create_task(Relay(own_database, bus, [stream], clock=utc_now).run())
    await write(own_database, [row()])
    await eventually(nothing_unpublished(own_database))
    await cancel(second)
    assert 2 == len(await messages_of(bus))


async def test_an_outage_touches_no_row(own_database, bus, stream, broker):
    """OP-06: while NATS is away nothing is marked, and all of it is published soon after its return."""
    async with relaying(own_database, bus, stream):
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))
        broker.stop()
        await write(own_database, [row() for _ in range(30)])
        await eventually(lambda: answers_not(bus))
        assert 30 == await own_database.first(UNPUBLISHED)
        assert [] == await newest_dead_letters(own_database)
        broker.child.start()
        await eventually(nothing_unpublished(own_database))
    assert 31 == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages


async def test_a_relay_that_starts_without_nats_waits_for_it(own_database, bus, stream, broker):
    """OP-06: any order of starts."""
    broker.stop()
    await write(own_database, [row()])
    async with relaying(own_database, bus, stream):
        broker.child.start()
        await eventually(nothing_unpublished(own_database))


async def test_a_lost_database_connection_is_made_again(own_database, bus, stream, postgres_url):
    """OP-06: the leader's connection is cut; it leads again and goes on."""
    async with relaying(own_database, bus, stream):
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))
        async with await psycopg.AsyncConnection.connect(postgres_url) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
                " WHERE locktype = 'advisory' AND datname = %s",
                [conninfo_to_dict(own_database.url)["dbname"]],
            )
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))


@pytest.mark.parametrize("count", [3, 100])
async def test_what_nats_has_already_counts_as_published(bus, stream, count):
    """OP-05: killed between acknowledgement and mark: published again by the same ids, stored once."""
    await bus.ensure_streams([stream])
    rows = as_rows(row() for _ in range(count))
    publisher = Publisher(bus, [stream])
    first = await publisher.publish(rows[:2])
    second = await publisher.publish(rows)
    assert ([0, 1], [*range(count)]) == (first.positions, second.positions)
    assert count == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages


@pytest.mark.parametrize("count", [3, 100])
async def test_a_missing_stream_is_an_outage(bus, stream, count):
    """OP-06: a broker that lost its streams refuses everything; no event is to blame."""
    published = await Publisher(bus, [stream]).publish(as_rows(row() for _ in range(count)))
    assert ([], []) == (published.positions, published.poison)
    assert published.outage is not None


async def test_a_wiped_broker_gets_everything_again(own_database, bus, stream, broker, tmp_path):
    """OP-06: the relay sees that a stream is gone, also when nothing new happens, and publishes the last days again."""
    rows = [row() for _ in range(30)]
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
        broker.stop()
        await eventually(lambda: answers_not(bus))
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        broker.child.start()
        await eventually(lambda: has_messages(bus, 30))
        await eventually(nothing_unpublished(own_database))  # NATS has an event before its row is marked
    assert [str(one["id"]) for one in rows] == [m.headers["ce-id"] for m in await messages_of(bus)]
    assert 30 == await own_database.first(PUBLISHED)


async def test_a_relay_that_starts_finds_a_wiped_broker(own_database, bus, stream):
    """OP-06, OP-09: as after a restore, where nobody saw the stream go."""
    rows = [row() for _ in range(30)]
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
    await (await bus.jetstream()).delete_stream("LEDGER")
    async with relaying(own_database, bus, stream):
        await eventually(lambda: has_messages(bus, 30))


async def test_a_replay_is_known_to_those_who_have_it(own_database, bus, stream):
    """OP-06: by command everything is published again, and NATS, which has it, takes nothing twice."""
    await write(own_database, [row() for _ in range(30)])
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
        other = OwnStream(name="OTHER", service="ledger", aggregates=("other",))
        assert 0 == await replay(own_database, [other])
        assert 30 == await replay(own_database, [stream])
        await eventually(nothing_unpublished(own_database))
    assert 30 == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages
