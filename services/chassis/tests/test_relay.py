"""The relay: what is in the outbox reaches NATS, in order, whatever is away or bad."""

import asyncio
import shutil
from collections.abc import Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from nats.js.errors import NotFoundError
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import bindparam, func, insert, select

from chassis.bus import MAX_EVENT_BYTES, OwnStream
from chassis.clock import utc_now
from chassis.consumer import Consumers
from chassis.db import statement
from chassis.dead_letters import newest_dead_letters
from chassis.ids import new_id
from chassis.publisher import OutboxRow, Publisher
from chassis.relay import CHUNK, POLL_SECONDS, Relay, replay
from chassis.tables import outbox
from chassis.testing import eventually

WRITE = statement(
    insert(outbox).values(
        {c.name: bindparam(c.name, type_=c.type) for c in outbox.c if c.name not in ("position", "publish_time")}
    )
)
UNPUBLISHED = statement(
    select(func.count()).select_from(outbox).where(outbox.c.publish_time.is_(None)),
    into=int,
    cross_tenant="A test looks at the whole outbox.",
)
PUBLISHED = statement(
    select(func.count()).select_from(outbox).where(outbox.c.publish_time.is_not(None)),
    into=int,
    cross_tenant="A test looks at the whole outbox.",
)


def row(**changes: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "org_id": new_id(),
        "id": new_id(),
        "subject": "ledger.booked",
        "type": "google.protobuf.StringValue",
        "payload": StringValue(value="x").SerializeToString(),
        "aggregate_id": new_id(),
        "version": 1,
        "traceparent": None,
        "event_time": datetime.now(UTC),
    }
    return usual | changes


async def write(database, rows: Iterable[dict[str, Any]]) -> None:
    async with database.transaction() as tx:
        for one in rows:
            await tx.run(WRITE, **one)
    database.outbox_filled.set()


@asynccontextmanager
async def relaying(database, bus, stream):
    task = asyncio.create_task(Relay(database, bus, [stream], clock=utc_now).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def messages_of(bus) -> list[Any]:
    """Everything that the stream holds, in its order."""
    jetstream = await bus.jetstream()
    state = (await jetstream.stream_info("LEDGER")).state
    return [await jetstream.get_msg("LEDGER", seq) for seq in range(state.first_seq, state.last_seq + 1)]


def nothing_unpublished(database):
    async def check() -> bool:
        return 0 == int(await database.first(UNPUBLISHED))

    return check


async def test_an_event_travels_with_its_headers(own_database, bus, stream):
    """OP-04: CloudEvents headers, the trace, and a subject that names organization, service, aggregate and event."""
    one = row(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", version=7)
    await write(own_database, [one])
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
    (message,) = await messages_of(bus)
    assert f"portico.{one['org_id']}.ledger.ledger.booked" == message.subject
    assert one["payload"] == message.data
    assert {
        "Nats-Msg-Id": str(one["id"]),
        "ce-specversion": "1.0",
        "ce-id": str(one["id"]),
        "ce-type": "google.protobuf.StringValue",
        "ce-source": "ledger",
        "ce-time": one["event_time"].isoformat(),
        "portico-aggregate": str(one["aggregate_id"]),
        "portico-version": "7",
        "traceparent": one["traceparent"],
    } == dict(message.headers)


async def test_each_event_of_an_atomic_batch_travels_with_its_headers(own_database, bus, stream):
    """OP-04: how an event reaches NATS does not change what it carries; only the batch's own headers come on top."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    rows = [row(version=version, traceparent=None if version % 2 else trace) for version in range(41)]
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
    messages = await messages_of(bus)
    assert "1" == messages[-1].headers["Nats-Batch-Commit"]
    for one, message in zip(rows, messages, strict=True):
        assert one["payload"] == message.data
        assert {
            "Nats-Msg-Id": str(one["id"]),
            "ce-specversion": "1.0",
            "ce-id": str(one["id"]),
            "ce-type": "google.protobuf.StringValue",
            "ce-source": "ledger",
            "ce-time": one["event_time"].isoformat(),
            "portico-aggregate": str(one["aggregate_id"]),
            "portico-version": str(one["version"]),
            **({"traceparent": trace} if one["traceparent"] else {}),
        } == {name: value for name, value in message.headers.items() if not name.startswith("Nats-Batch-")}


async def test_a_chunk_waits_until_the_one_before_is_acknowledged(own_database, bus, stream):
    """OP-11: the next chunk is made ready early but not sent: also when one has to go event by event."""
    await bus.ensure_streams([stream])
    rows = [row(version=version) for version in range(CHUNK + 40)]
    await Publisher(bus, [stream]).publish(as_rows(rows[5:6]))  # so NATS refuses the first chunk's atomic batch
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database), timeout=30)
    in_order = [rows[5], *rows[:5], *rows[6:]]
    assert [str(one["id"]) for one in in_order] == [m.headers["ce-id"] for m in await messages_of(bus)]


@pytest.mark.parametrize("count", [3, 40, 2500])
async def test_events_keep_the_order_of_the_outbox(own_database, bus, stream, count):
    """OP-11: few events one by one, many in atomic batches: the order is the same, and each comes once."""
    rows = [row(version=version) for version in range(count)]
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database), timeout=30)
    if count < 100:
        assert [str(one["id"]) for one in rows] == [m.headers["ce-id"] for m in await messages_of(bus)]
    assert count == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages


async def test_large_events_go_in_several_portions(own_database, bus, stream):
    """OP-11: a backlog of large events does not have to fit into memory at once, and keeps its order."""
    rows = [row(payload=b"x" * (MAX_EVENT_BYTES // 4)) for _ in range(80)]
    await write(own_database, rows)
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
    assert [str(one["id"]) for one in rows] == [m.headers["ce-id"] for m in await messages_of(bus)]


async def test_a_commit_wakes_the_relay(own_database, bus, stream):
    """NT-07: an event does not wait for the next poll: published long before it."""
    async with relaying(own_database, bus, stream):
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))  # the relay leads and is idle now
        loop = asyncio.get_running_loop()
        waits = []
        for _ in range(10):
            began = loop.time()
            await write(own_database, [row()])
            await eventually(nothing_unpublished(own_database))
            waits.append(loop.time() - began)
    assert sorted(waits)[5] < POLL_SECONDS / 2


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
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert 2 == len(await messages_of(bus))


async def test_an_outage_touches_no_row(own_database, bus, stream, broker):
    """OP-06: while NATS is away nothing is marked, and all of it is published soon after its return."""
    async with relaying(own_database, bus, stream):
        await write(own_database, [row()])
        await eventually(nothing_unpublished(own_database))
        broker.stop()
        await write(own_database, [row() for _ in range(30)])
        await eventually(lambda: _answers_not(bus))
        assert 30 == await own_database.first(UNPUBLISHED)
        assert [] == await newest_dead_letters(own_database)
        broker.child.start()
        await eventually(nothing_unpublished(own_database))
    assert 31 == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages


async def _answers_not(bus) -> bool:
    return not await bus.answers()


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


@pytest.mark.parametrize("neighbours", [1, 40])
@pytest.mark.parametrize(
    "bad",
    [
        {"payload": b"x" * (MAX_EVENT_BYTES + 1)},
        {"subject": "nobody.listens"},
        {"subject": "ledger.not a subject"},
        {"subject": "ledger"},
    ],
    ids=["too large", "no stream", "bad subject", "no event"],
)
async def test_a_poison_event_does_not_stop_the_rest(own_database, bus, stream, bad, neighbours):
    """OP-06: what NATS will never take becomes a dead letter with the reason."""
    poison = row(**bad)
    await write(own_database, [*(row() for _ in range(neighbours)), poison, *(row() for _ in range(neighbours))])
    async with relaying(own_database, bus, stream):
        await eventually(nothing_unpublished(own_database))
    assert 2 * neighbours == (await (await bus.jetstream()).stream_info("LEDGER")).state.messages
    (letter,) = await newest_dead_letters(own_database)
    assert (poison["id"], poison["org_id"], None) == (letter.id, letter.org_id, letter.stream)
    assert letter.reason
    assert 2 * neighbours == await own_database.first(PUBLISHED)


async def test_an_unpublishable_event_can_be_redriven(own_database, bus, stream):
    """NT-06: after the mend (here: a stream that takes it) the relay publishes the dead letter."""
    poison = row(subject="entry.made")
    await write(own_database, [poison])
    async with relaying(own_database, bus, stream):
        await eventually(lambda: newest_dead_letters(own_database))
    wider = type(stream)(name="LEDGER", service="ledger", aggregates=("ledger", "entry"))
    await Consumers(own_database, bus).redrive(poison["id"])
    async with relaying(own_database, bus, wider):
        await eventually(nothing_unpublished(own_database))
    assert [str(poison["id"])] == [m.headers["ce-id"] for m in await messages_of(bus)]
    assert [] == await newest_dead_letters(own_database)


def as_rows(rows: Iterable[dict[str, Any]]) -> list[OutboxRow]:
    return [OutboxRow(position=position, **one) for position, one in enumerate(rows)]


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
        await eventually(lambda: _answers_not(bus))
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        broker.child.start()
        await eventually(lambda: _has_messages(bus, 30))
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
        await eventually(lambda: _has_messages(bus, 30))


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


async def _has_messages(bus, count):
    try:
        info = await (await bus.jetstream()).stream_info("LEDGER")
    except NotFoundError:
        return False
    return info.state.messages == count
