"""The relay: what is in the outbox reaches NATS, whole and in order, and a bad event stops no other."""

import pytest

from chassis.bus import MAX_EVENT_BYTES
from chassis.consumer import Consumers
from chassis.dead_letters import newest_dead_letters
from chassis.publisher import Publisher
from chassis.relay import CHUNK
from chassis.testing import eventually
from services.chassis.tests.relays import (
    PUBLISHED,
    as_rows,
    messages_of,
    nothing_unpublished,
    relaying,
    row,
    write,
)


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


async def test_a_commit_wakes_the_relay(own_database, bus, stream, monkeypatch):
    """NT-07: an event does not wait for the next poll, which never comes here."""
    monkeypatch.setattr("chassis.relay.POLL_SECONDS", 3600.0)
    async with relaying(own_database, bus, stream):
        for _ in range(10):
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
