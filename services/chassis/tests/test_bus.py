"""The connection to NATS: there before NATS is, and after it was gone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import MaxPayloadError, NoRespondersError
from nats.js.errors import NotFoundError

from chassis.bus import Bus, OwnStream, is_broker_outage
from chassis.envelope import Envelope
from chassis.ids import new_id
from chassis.publisher import OutboxRow, Publisher
from chassis.stream_reader import StreamReader
from chassis.tasks import cancel
from chassis.testing import eventually
from local_stack.certificates import development_certificates
from local_stack.nats import NatsTls, NatsUser, service_user, start_nats


async def test_a_stream_is_made_for_many_events_and_three_days(bus, stream):
    """OP-06: every service makes its own streams."""
    await bus.ensure_streams([stream])
    config = (await (await bus.jetstream()).stream_info("LEDGER")).config
    assert ["portico.*.ledger.ledger.*"] == config.subjects
    assert (72 * 3600, True, "file", "limits") == (
        config.max_age,
        config.allow_atomic,
        config.storage,
        config.retention,
    )


async def test_a_stream_takes_on_its_present_form(bus, stream):
    """OP-08: a new release may add an aggregate to a stream that is there already."""
    await bus.ensure_streams([stream])
    wider = OwnStream(name="LEDGER", service="ledger", aggregates=("ledger", "entry"), max_age=timedelta(minutes=15))
    await bus.ensure_streams([wider])
    await bus.ensure_streams([wider])
    config = (await (await bus.jetstream()).stream_info("LEDGER")).config
    assert (wider.subjects, 900) == (config.subjects, config.max_age)


async def test_it_starts_without_nats_and_survives_its_loss(broker, stream):
    """OP-06: any order of starts, and each comes back."""
    broker.stop()
    bus = Bus(broker.url(), service="ledger")
    await bus.open()
    assert not await bus.answers()
    broker.child.start()
    await eventually(bus.answers)
    await bus.ensure_streams([stream])
    broker.stop()
    await eventually(lambda: _is_lost(bus))
    broker.child.start()
    await eventually(bus.answers)
    await bus.ensure_streams([stream])
    await bus.close()


async def _is_lost(bus: Bus) -> bool:
    return not await bus.answers()


async def test_a_loss_that_is_not_told_yet_holds_up_nobody_else(bus):
    """OP-06: between a connection's loss and the word of it, who asks for the connection lets everything else go on."""

    class Connected(asyncio.Event):
        async def wait(self):
            assert not self.is_set(), "This would never yield."
            return await super().wait()

    client = await bus.client()
    bus._connected = Connected()
    bus._connected.set()
    client._status = Client.RECONNECTING
    asking = asyncio.create_task(bus.client())
    await asyncio.sleep(0)
    assert not asking.done()
    client._status = Client.CONNECTED
    bus._connected.set()
    assert client is await asking


async def test_a_connection_that_was_closed_for_good_is_made_anew(bus, stream):
    """OP-06: some errors of the protocol end a client; the service goes on with another one."""
    first = await bus.client()
    await first._process_err("'Unknown Protocol Operation'")
    await eventually(lambda: first.is_closed)
    await eventually(bus.answers)
    assert first is not await bus.client()
    await bus.ensure_streams([stream])


async def test_a_users_permissions_are_enough_and_no_more(tmp_path, stream, org_id):
    """OP-06: over TLS a service keeps, publishes and reads its streams, and publishes nobody else's subjects."""
    certificate = development_certificates(tmp_path / "certificates", ["nats"], now=datetime.now(UTC))["nats"]
    users: list[NatsUser] = [service_user("ledger", "secret", streams=["LEDGER"])]
    tls = NatsTls(certificate=certificate.certificate, key=certificate.key)
    broker = start_nats(tmp_path / "nats", users, tls)
    bus = Bus(broker.url("ledger"), service="ledger", ca=certificate.authority)
    await bus.open()
    await bus.ensure_streams([stream])
    event: dict[str, Any] = {
        "position": 1,
        "id": new_id(),
        "subject": "ledger.booked",
        "type": "t",
        "payload": b"",
        "version": 1,
    }
    row = OutboxRow(**event, org_id=org_id, aggregate_id=new_id(), traceparent=None, event_time=datetime.now(UTC))
    assert [1] == (await Publisher(bus, [stream]).publish([row])).positions
    read: list[Envelope] = []

    async def settle(envelope: Envelope) -> None:
        read.append(envelope)

    reader = asyncio.create_task(StreamReader(bus, "LEDGER", settle).run())
    await eventually(lambda: [envelope.incoming.id for envelope in read] == [row.id])
    await cancel(reader)
    await (await bus.client()).publish("portico.x.other.thing.happened", b"")
    await eventually(lambda: "ermissions" in bus._last_error)
    await bus.close()
    broker.stop()


@pytest.mark.parametrize("error", [NoRespondersError(), NotFoundError(), ConnectionResetError(), TimeoutError()])
def test_what_counts_as_an_outage(error):
    """OP-06: a broker that is away says nothing about an event."""
    assert is_broker_outage(error)


@pytest.mark.parametrize("error", [MaxPayloadError(), ValueError()])
def test_what_does_not_count_as_an_outage(error):
    """OP-06: an event that NATS refuses, or a fault of ours, is no outage."""
    assert not is_broker_outage(error)
