"""What becomes of a message that goes its way."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from chassis.testing import eventually
from notifications.messages.domain import SUPERSEDED, TOO_LATE, State
from notifications.requests.usecases.single import send_message
from notifications.sending import storage as sending
from notifications.shared.domain import Channel, Urgency
from services.notifications.tests.desk import Desk, HeldProvider
from services.notifications.tests.servers import CUT, SmsReply, body, dripping_server
from services.notifications.tests.world import a_phone_number, an_email, request_for


async def test_email_is_sent(desk: Desk) -> None:
    """NT-05: an email is SENT when the server took it; what is kept shows masks in place of the secrets."""
    message_id = await desk.store(address=(address := an_email()), language="es")
    async with desk.sending():
        message = await desk.until(message_id, State.SENT)
    [arrived] = desk.smtp.emails_to(address)
    assert f"<{message_id}@portico.example>" == arrived["Message-ID"]
    assert arrived["Subject"] == message.subject == "Maple County Childcare: vea su solicitud en línea"
    assert "7K3QW-9XZ4M" in body(arrived, "plain")
    assert (2, 1) == (message.text.count("••••"), message.attempt_count)
    assert (desk.clock(), None) == (message.send_time, message.due_time)
    assert ["queued", "sent"] == await desk.told(message_id)


async def test_sms_is_sent(desk: Desk) -> None:
    """NT-05: an SMS is SENT when the provider took it, and its parts are counted."""
    number = a_phone_number()
    message_id = await desk.store("RESET_PASSWORD", channel=Channel.SMS, address=number)
    async with desk.sending(Channel.SMS):
        message = await desk.until(message_id, State.SENT)
    assert [message.text.replace("••••", "482-913")] == desk.sms.texts_to(number)
    assert 1 == message.segment_count


async def test_nothing_secret_is_left(desk: Desk) -> None:
    """NT-08: when a message is SENT its secrets are gone: from row, events and logs, also after failures."""
    address, link, code = an_email(), "https://portico.example/i/SECRETtokenSECRETtoken", "SECRET9XZ4"
    desk.smtp.on_rcpt[address].append(f"451 <{address}> later")
    desk.smtp.on_data[address].append(f"450 your link {link} with {code} or SECRE-T9XZ4 looks odd")
    with capture_logs() as logs:
        message_id = await desk.store(address=address, secrets={"link": link, "code": code})
        async with desk.sending():
            first = await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=1)
            desk.clock.advance(timedelta(seconds=5))
            second = await desk.until(message_id, State.TEMPORARY_FAILURE, attempts=2)
            desk.clock.advance(timedelta(seconds=15))
            await desk.until(message_id, State.SENT)
    assert ["451 <…> later", "450 your link … with … or … looks odd"] == [first.failure_reason, second.failure_reason]
    assert link in body(desk.smtp.emails_to(address)[0], "plain")
    row, told = await desk.row(message_id), await desk.events(message_id)
    assert (None, None) == (row["values"], row["sealed_values"])
    assert "SECRET" not in f"{row} {told} {logs}".upper()
    assert address.upper() not in f"{told} {logs}".upper()


async def test_crash_after_the_yes_sends_the_same_again(desk: Desk) -> None:
    """NT-07: when nobody heard the provider's yes, the message is sent again with the same Message-ID."""
    address = an_email()
    desk.smtp.on_data[address].append(CUT)
    message_id = await desk.store(address=address)
    async with desk.sending():
        await desk.until(message_id, State.TEMPORARY_FAILURE)
        desk.clock.advance(timedelta(seconds=5))
        await desk.until(message_id, State.SENT)
    assert [f"<{message_id}@portico.example>"] * 2 == [mail["Message-ID"] for mail in desk.smtp.emails_to(address)]


async def test_superseded_message_is_cancelled(desk: Desk) -> None:
    """NT-01: of two invitations only the one that takes the other's place is sent; the other is cancelled at once."""
    old, new = an_email(), an_email()
    desk.smtp.on_rcpt[old].append("450 busy")
    async with desk.sending() as sender:
        waiting = await desk.store(address=old, reference="invitations/1")
        await desk.until(waiting, State.TEMPORARY_FAILURE)
        newer = await desk.store(address=new, reference="invitations/2", supersedes="invitations/1")
        sender.wake()
        await desk.until(newer, State.SENT)
        cancelled = await desk.until(waiting, State.CANCELLED)
        late = await desk.store(address=old, reference="invitations/1")
        await desk.until(late, State.CANCELLED)
    assert (SUPERSEDED, None) == (cancelled.failure_reason, cancelled.due_time)
    assert ["queued", "failed", "cancelled"] == await desk.told(waiting)
    assert (0, 1) == (len(desk.smtp.emails_to(old)), len(desk.smtp.emails_to(new)))


async def test_expired_message_is_cancelled(desk: Desk) -> None:
    """NT-01: no attempt is made after `not_after`: an expired code is worth nothing."""
    message_id = await desk.store(address=(address := an_email()), not_after=desk.clock() + timedelta(hours=1))
    desk.clock.advance(timedelta(hours=1))
    async with desk.sending():
        cancelled = await desk.until(message_id, State.CANCELLED)
    assert (TOO_LATE, []) == (cancelled.failure_reason, desk.smtp.emails_to(address))
    assert (await desk.row(message_id))["sealed_values"] is None


async def test_urgent_message_overtakes_a_batch(desk: Desk) -> None:
    """NT-01: an URGENT message does not wait for a batch that was stored before it."""
    for _ in range(100):
        await desk.store(urgency=Urgency.BULK)
    desk.smtp.hold()
    async with desk.sending(connections=1):
        await eventually(lambda: desk.smtp.received)
        urgent = await desk.store(urgency=Urgency.URGENT, address=(address := an_email()))
        desk.smtp.let_go()
        await desk.until(urgent, State.SENT)
    # What was claimed before it was there goes first: eight, for a sender that is still slow, and half as many again.
    assert [to for to, _ in desk.smtp.received].index(address) < 20


@pytest.mark.parametrize("urgency", list(Urgency))
async def test_a_backlog_is_sent_without_a_pause(desk: Desk, monkeypatch: pytest.MonkeyPatch, urgency: Urgency) -> None:
    """NT-06: what lies there after a restart goes out in one go, also when none of it is of another urgency."""
    monkeypatch.setattr("notifications.sending.sender._MAX_POLL_SECONDS", 60.0)
    for _ in range(50):
        await desk.store(urgency=urgency)
    async with desk.sending():
        await eventually(lambda: 50 == len(desk.smtp.received))


async def test_a_commit_wakes_the_sender(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """NT-01: a message is handed over after the commit of the transaction that woke its sender; no poll comes here."""
    monkeypatch.setattr("notifications.sending.sender._MAX_POLL_SECONDS", 3600.0)
    template = desk.deps.composer.catalogue.template("PASSWORD_CHANGED", Channel.EMAIL)
    async with desk.sending() as sender:
        for _ in range(10):
            request = request_for(template)
            async with desk.deps.database.transaction() as tx:
                await send_message(desk.deps, tx, org_id=desk.org_id, request=request)
                sender.wake()
                await tx.run(sending.RELEASE_MESSAGES, org_id=[], id=[], version=[], due_time=desk.clock())
            await eventually(partial(desk.smtp.emails_to, request.address))


async def test_stuck_message_stops_nobody(desk: Desk) -> None:
    """NT-04: while one message hangs at a slow server, the others go on beside it."""
    provider = HeldProvider(holds=(slow_address := an_email()))
    async with desk.sending(provider=provider, connections=2) as sender:
        slow = await desk.store(address=slow_address)
        await desk.until(slow, State.SENDING)
        others = await asyncio.gather(*(desk.store() for _ in range(50)))
        sender.wake()
        for message_id in others:
            await desk.until(message_id, State.SENT)
        assert State.SENDING is (await desk.now(slow)).state
        provider.release.set()
        await desk.until(slow, State.SENT)


async def test_slow_mail_server_does_not_hold_up_sms(desk: Desk) -> None:
    """NT-04: a mail server that never comes to an end costs an attempt's time, and SMS go on meanwhile."""
    async with dripping_server() as port:
        stuck = desk.provider(Channel.EMAIL, url=f"smtp://127.0.0.1:{port}", seconds=0.3)
        async with desk.sending(provider=stuck), desk.sending(Channel.SMS):
            emails = [await desk.store() for _ in range(4)]
            await desk.until(await desk.store(channel=Channel.SMS), State.SENT)
            for message_id in emails:
                failed = await desk.until(message_id, State.TEMPORARY_FAILURE)
                assert "no answer within 0.3 s" == failed.failure_reason


async def test_provider_that_wants_peace_is_left_alone(desk: Desk) -> None:
    """NT-04: after 429 with Retry-After no message is handed over until that time, then all of them are."""
    desk.sms.replies.append(SmsReply(429, {"code": 20429, "message": "Too many."}, {"retry-after": "60"}))
    async with desk.sending(Channel.SMS, connections=1) as sender:
        texts = [await desk.store(channel=Channel.SMS) for _ in range(5)]
        [failed] = await eventually(lambda: desk.in_state(State.TEMPORARY_FAILURE))
        assert ("429 20429: Too many.", desk.clock() + timedelta(minutes=1)) == (failed.failure_reason, failed.due_time)
        desk.clock.advance(timedelta(seconds=59))
        texts.append(await desk.store(channel=Channel.SMS))
        sender.wake()
        async with desk.sending():
            await desk.until(await desk.store(), State.SENT)
        assert 1 == len(desk.sms.requests)
        desk.clock.advance(timedelta(seconds=1))
        for message_id in texts:
            await desk.until(message_id, State.SENT)
    assert 7 == len(desk.sms.requests)


async def test_stopped_sender_finishes_and_gives_back(desk: Desk) -> None:
    """OP-05: a sender that is stopped finishes and records what it began, and gives back what it did not begin."""
    provider = HeldProvider()
    waiting: list[UUID] = [await desk.store() for _ in range(8)]
    async with desk.sending(provider=provider, connections=2):
        await eventually(lambda: len(provider.begun) == 2)
        asyncio.get_running_loop().call_later(0.05, provider.release.set)
    assert provider.is_closed
    expected = {m: State.SENT if m in provider.begun else State.QUEUED for m in waiting}
    assert expected == {m: (await desk.now(m)).state for m in waiting}
