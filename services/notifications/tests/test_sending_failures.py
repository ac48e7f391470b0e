"""What becomes of a message that its provider does not take."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from portico_errors.notifications import DeadLetterNotRedrivable
from sqlalchemy import bindparam, update

from chassis.db import statement
from chassis.ids import new_id
from chassis.testing import eventually
from notifications.dead_letters.usecases import redrive_dead_letter
from notifications.messages.domain import State
from notifications.messages.storage import messages
from notifications.requests.usecases.single import withdraw_message
from notifications.sending.domain import RETRY_WINDOW
from notifications.shared.domain import Channel
from services.notifications.tests.desk import Desk
from services.notifications.tests.servers import SmsReply
from services.notifications.tests.world import an_email

_BREAK = statement(
    update(messages).where(messages.c.org_id == bindparam("org_id"), messages.c.id == bindparam("id")).values(values={})
)


_ALMOST_A_DAY = RETRY_WINDOW - timedelta(seconds=1)
"""For one more attempt, after which there is no time for another."""


async def test_temporary_failure_is_retried(desk: Desk) -> None:
    """NT-06: a temporary failure is tried again after seconds, not sooner; each change is an event."""
    address = an_email()
    desk.smtp.on_rcpt[address].append("450 4.2.1 busy")
    message_id = await desk.store(address=address)
    async with desk.sending():
        failed = await desk.until(message_id, State.TEMPORARY_FAILURE)
        assert (desk.clock() + timedelta(seconds=5), "450 4.2.1 busy") == (failed.due_time, failed.failure_reason)
        assert [] == desk.smtp.emails_to(address)
        desk.clock.advance(timedelta(seconds=5))
        sent = await desk.until(message_id, State.SENT)
    assert (2, "") == (sent.attempt_count, sent.failure_reason)
    events = await desk.events(message_id)
    assert ["queued", "failed", "sent"] == [event.WhichOneof("event") for event in events]
    assert (True, "450 4.2.1 busy") == (events[1].failed.retrying, events[1].failed.reason)
    assert sorted({event.version for event in events}) == [event.version for event in events]


@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "550 5.2.1 mailbox disabled"])
async def test_permanent_failure_is_final(desk: Desk, reply: str) -> None:
    """NT-06: what the provider refuses for good is not retried, and its secrets are gone."""
    address = an_email()
    desk.smtp.on_rcpt[address].append(reply)
    message_id = await desk.store(address=address)
    async with desk.sending():
        failed = await desk.until(message_id, State.PERMANENT_FAILURE)
    assert (None, reply) == (failed.due_time, failed.failure_reason)
    assert (await desk.row(message_id))["sealed_values"] is None
    [_, event] = await desk.events(message_id)
    assert (False, reply) == (event.failed.retrying, event.failed.reason)


async def test_who_answered_stop_gets_nothing_more(desk: Desk) -> None:
    """CASE-M6, NT-09: what was refused because of STOP is SUPPRESSED and not retried, and whoever asked is told so."""
    desk.sms.replies.append(SmsReply(400, {"code": 21610, "message": "Unsubscribed."}))
    message_id = await desk.store(channel=Channel.SMS)
    async with desk.sending(Channel.SMS):
        stopped = await desk.until(message_id, State.SUPPRESSED)
    assert (None, "400 21610: Unsubscribed.") == (stopped.due_time, stopped.failure_reason)
    [_, event] = await desk.events(message_id)
    assert "400 21610: Unsubscribed." == event.suppressed.reason


async def test_reply_that_is_no_text_is_a_reply(desk: Desk) -> None:
    """NT-05: a refusal in another encoding than UTF-8 counts like any other, and is told as far as it can be read."""
    address = an_email()
    desk.smtp.on_rcpt[address].append("550 5.1.1 buzón desconocido")
    message_id = await desk.store(address=address)
    async with desk.sending():
        failed = await desk.until(message_id, State.PERMANENT_FAILURE)
    [_, event] = await desk.events(message_id)
    assert "550 5.1.1 buz n desconocido" == failed.failure_reason == event.failed.reason


async def test_broken_message_stops_nobody(desk: Desk) -> None:
    """NT-06: a message that cannot be composed any more is retried like any other, and the others go on."""
    broken = await desk.store()
    await desk.deps.database.run(_BREAK, org_id=desk.org_id, id=broken)
    async with desk.sending():
        failed = await desk.until(broken, State.TEMPORARY_FAILURE)
        await desk.until(await desk.store(), State.SENT)
    assert "not composed: KeyError" == failed.failure_reason


async def _dead(desk: Desk, address: str, **changes: Any) -> UUID:
    """A message whose retries ran out, while a sender runs."""
    desk.smtp.on_rcpt[address] += ["451 later", "451 still later"]
    message_id = await desk.store(address=address, **changes)
    await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=1)
    desk.clock.advance(_ALMOST_A_DAY)
    await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=2)
    return message_id


async def test_dead_letter_is_listed_and_put_back(desk: Desk) -> None:
    """NT-06: when retries ran out the message is a dead letter with the reason; put back, it is sent."""
    async with desk.sending():
        message_id = await _dead(desk, address := an_email())
        died = desk.clock()
        assert (await desk.now(message_id)).due_time is None
        assert not (await desk.events(message_id))[-1].failed.retrying
        [letter] = await desk.dead_letters()
        assert (message_id, f"messages/{message_id}", "451 still later") == (
            letter.id,
            letter.source,
            letter.reason,
        )
        assert (died, None) == (letter.create_time, letter.redrive_time)
        desk.clock.advance(timedelta(minutes=1))
        put_back = await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)
        assert (died + timedelta(minutes=1), died) == (put_back.redrive_time, put_back.create_time)
        sent = await desk.until(message_id, State.SENT)
        assert put_back == await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)
    assert 1 == sent.attempt_count == len(desk.smtp.emails_to(address))
    assert ["queued", "failed", "failed", "queued", "sent"] == await desk.told(message_id)
    assert [put_back] == await desk.dead_letters()


async def test_message_that_dies_again_can_be_put_back_again(desk: Desk) -> None:
    """NT-06: a dead letter gets a whole new day of retries, and when it dies again it lies there again."""
    async with desk.sending():
        message_id = await _dead(desk, address := an_email())
        desk.smtp.on_rcpt[address] += ["451 again", "451 again and again"]
        await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)
        assert (await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=1)).due_time is not None
        desk.clock.advance(_ALMOST_A_DAY)
        await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=2)
    [letter] = await desk.dead_letters()
    assert ("451 again and again", None) == (letter.reason, letter.redrive_time)
    put_back = await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)
    assert desk.clock() == put_back.redrive_time


async def test_dead_letter_with_an_expired_secret_stays(desk: Desk) -> None:
    """NT-08: a dead letter with a secret can be put back only while its time is not over."""
    async with desk.sending():
        message_id = await _dead(desk, an_email(), not_after=desk.clock() + timedelta(days=2))
    desk.clock.advance(timedelta(days=2))
    with pytest.raises(DeadLetterNotRedrivable):
        await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)


async def test_dead_letter_of_an_ended_invitation_does_not_run(desk: Desk) -> None:
    """CASE-S2, NT-06: what was replaced or withdrawn meanwhile stays dead, and nothing goes out."""
    async with desk.sending():
        replaced, withdrawn = [(f"invitations/{new_id()}", an_email()) for _ in range(2)]
        dead = [await _dead(desk, address, reference=reference) for reference, address in (replaced, withdrawn)]
        await desk.store(supersedes=replaced[0])
        await withdraw_message(
            desk.deps, desk.deps.database, org_id=desk.org_id, requester="applications", reference=withdrawn[0]
        )
        for message_id in dead:
            with pytest.raises(DeadLetterNotRedrivable):
                await redrive_dead_letter(desk.deps, org_id=desk.org_id, letter_id=message_id)
    assert [[], []] == [desk.smtp.emails_to(address) for _, address in (replaced, withdrawn)]


async def test_withdrawn_message_is_not_sent(desk: Desk) -> None:
    """CASE-S2, NT-01: what is withdrawn is cancelled, also in the middle of its retries and before it was asked for."""
    reference, address = f"invitations/{new_id()}", an_email()
    desk.smtp.on_rcpt[address].append("451 later")
    async with desk.sending():
        waiting = await desk.store(address=address, reference=reference)
        await desk.until(waiting, State.TEMPORARY_FAILURE)
        await desk.store(requester="identity", address=address, reference=reference)
        await withdraw_message(
            desk.deps, desk.deps.database, org_id=desk.org_id, requester="applications", reference=reference
        )
        for message_id in (waiting, await desk.store(address=address, reference=reference)):
            assert "SUPERSEDED" == (await desk.until(message_id, State.CANCELLED)).failure_reason
        await eventually(lambda: desk.smtp.emails_to(address))
    assert 1 == len(desk.smtp.emails_to(address))  # another service's reference is another one
