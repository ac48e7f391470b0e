"""What a sender does when the database goes away, when another one died, when it is stopped, and when time runs out."""

import asyncio
from collections import Counter
from datetime import timedelta

from chassis.testing import eventually
from notifications.messages.domain import State
from notifications.sending import storage as sending
from notifications.sending.sender import LEASE, SETTLING
from notifications.shared.domain import Channel
from services.notifications.tests.desk import Desk, HeldProvider, Line


async def test_a_yes_that_came_in_an_outage_is_heard(desk: Desk) -> None:
    """NT-07: when the database was away longer than a lease, none takes over what another has yet to record."""
    provider, slow, quick = HeldProvider(), Line(desk.deps.database), Line(desk.deps.database)
    message_id = await desk.store()
    async with desk.sending(provider=provider, line=slow):
        await eventually(lambda: provider.begun)
        async with desk.sending(provider=provider, line=quick):
            slow.is_cut = quick.is_cut = True
            provider.release.set()
            desk.clock.advance(2 * LEASE)
            already = quick.in_vain
            await eventually(lambda: slow.in_vain and quick.in_vain > already)
            quick.is_cut = False
            await desk.until(beside := await desk.store(), State.SENT)
            slow.is_cut = False
            await desk.until(message_id, State.SENT)
    assert {message_id: 1, beside: 1} == Counter(provider.begun)
    assert ["queued", "sent"] == await desk.told(message_id)


async def test_message_of_a_dead_sender_is_sent_by_another(desk: Desk) -> None:
    """NT-07: what a sender that died had is sent by another when its lease has run out and the dust settled."""
    message_id, now = await desk.store(), desk.clock()
    claim = {
        "channel": Channel.EMAIL,
        "now": now,
        "stored_before": now,
        "limit": 8,
        "lease_until": now + LEASE,
        "takes_over": False,
    }
    await desk.deps.database.all(sending.CLAIM_MESSAGES, **claim)
    async with desk.sending(provider=(provider := HeldProvider(holds="nobody"))):
        desk.clock.advance(SETTLING)
        await desk.until(beside := await desk.store(), State.SENT)
        desk.clock.advance(LEASE - SETTLING)
        assert 2 == (await desk.until(message_id, State.SENT)).attempt_count
    assert [beside, message_id] == provider.begun


async def test_no_attempt_outlives_its_lease(desk: Desk) -> None:
    """NT-07: a message that waited in a sender until half of its lease was over is left to the next claim."""
    provider = HeldProvider()
    waiting = {await desk.store(), await desk.store()}
    async with desk.sending(provider=provider, connections=1):
        await eventually(lambda: provider.begun)
        desk.clock.advance(LEASE / 2 + timedelta(seconds=1))
        provider.release.set()
        await desk.until(first := provider.begun[0], State.SENT)
        [late] = waiting - {first}
        assert ([first], State.SENDING) == (provider.begun, (await desk.now(late)).state)
        desk.clock.advance(LEASE / 2)
        await desk.until(late, State.SENT)
    assert [first, late] == provider.begun


async def test_stopped_sender_hears_a_slow_provider_out(desk: Desk) -> None:
    """NT-07: a sender that is stopped waits for an answer that is on its way, however often it is told to stop."""
    provider = HeldProvider()
    message_id = await desk.store()
    async with desk.sending(provider=provider):
        await eventually(lambda: provider.begun)
        asyncio.get_running_loop().call_later(0.1, provider.release.set)
    assert provider.is_closed
    assert (State.SENT, ["queued", "sent"]) == ((await desk.now(message_id)).state, await desk.told(message_id))


async def test_sender_that_is_stopped_in_an_outage_records_after_it(desk: Desk) -> None:
    """NT-07: a sender that is stopped while the database is away keeps trying to record the provider's yes."""
    provider, line = HeldProvider(), Line(desk.deps.database)
    message_id = await desk.store()

    def mend() -> None:
        line.is_cut = False

    async with desk.sending(provider=provider, line=line):
        await eventually(lambda: provider.begun)
        line.is_cut = True
        provider.release.set()
        await eventually(lambda: line.in_vain > 1)
        asyncio.get_running_loop().call_later(0.1, mend)
    assert State.SENT is (await desk.now(message_id)).state
