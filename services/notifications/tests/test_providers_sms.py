import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from chassis.ids import new_id
from chassis.testing import FakeClock
from notifications.providers.domain import Accepted, OutboundMessage, Refused
from notifications.providers.sms import SmsProvider
from services.notifications.tests.servers import SmsReply, SmsServer, dripping_server

ANA = "+12135550123"


def _provider(url: str, clock: FakeClock, *, seconds: float = 5) -> SmsProvider:
    return SmsProvider(url, account="AC1", token="hush", sender="+12135550100", clock=clock, attempt_seconds=seconds)


def _outbound(text: str = "¡Hola! Ana & Bo = 2+2") -> OutboundMessage:
    return OutboundMessage(new_id(), ANA, text.encode())


@pytest.fixture
async def provider(sms: SmsServer, clock: FakeClock) -> AsyncIterator[SmsProvider]:
    provider = _provider(sms.url, clock)
    yield provider
    await provider.close()


async def test_text_is_handed_over_as_twilio_wants_it(sms: SmsServer, provider: SmsProvider) -> None:
    """NT-04: an SMS is a form to the account's messages, with the account's login and the message's id."""
    outbound = _outbound()
    assert Accepted() == await provider.send(outbound)
    [request] = sms.requests
    assert "/2010-04-01/Accounts/AC1/Messages.json" == request.path
    assert {"From": "+12135550100", "To": ANA, "Body": "¡Hola! Ana & Bo = 2+2"} == request.form
    assert f"Basic {base64.b64encode(b'AC1:hush').decode()}" == request.headers["authorization"]
    assert str(outbound.id) == request.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("status", "code", "is_permanent"),
    [
        (400, 21211, True),
        (400, 21610, True),
        (400, 21614, True),
        (400, 21214, True),
        (400, 21217, True),
        (400, "21211", True),
        *((400, code, False) for code in (21408, 21612, 21704, 30022, 30034, 63018, 99999)),
        (400, 21606, False),
        (400, 21611, False),
        (401, 20003, False),
        (403, 20003, False),
        (404, 20404, False),
        (500, 20500, False),
        (503, None, False),
    ],
)
async def test_answer_decides_about_a_retry(
    sms: SmsServer, provider: SmsProvider, status: int, code: int | str | None, is_permanent: bool
) -> None:
    """NT-06, CASE-M6: only what is about the number is final, STOP a wish; our route and text are tried again."""
    sms.replies.append(SmsReply(status, {"code": code, "message": "Words.", "status": status}))
    expected = f"{status} {code}: Words." if code else f"{status} Words."
    refused = Refused(expected, is_permanent=is_permanent, is_suppressed=code == 21610)
    assert refused == await provider.send(_outbound())


async def test_message_that_failed_at_once_is_not_sent(sms: SmsServer, provider: SmsProvider) -> None:
    """NT-05: an answer of success that carries an error is a failure."""
    body = {"sid": "SM1", "status": "failed", "error_code": 21610, "error_message": "Unsubscribed."}
    sms.replies.append(SmsReply(201, body))
    assert Refused("201 21610: Unsubscribed.", is_permanent=True, is_suppressed=True) == await provider.send(
        _outbound()
    )


async def test_retry_after_is_heard(sms: SmsServer, provider: SmsProvider, clock: FakeClock) -> None:
    """NT-04: 429 says how long to wait, in seconds or as a date; an hour is the longest that is believed."""
    in_a_minute = format_datetime(clock() + timedelta(seconds=60), usegmt=True)
    for value in ("7", in_a_minute, "86400", "soon", "-5"):
        sms.replies.append(SmsReply(429, {"code": 20429, "message": "Too many."}, {"retry-after": value}))
    outcomes = [await provider.send(_outbound()) for _ in range(5)]
    waits = [outcome.retry_after for outcome in outcomes if isinstance(outcome, Refused) and not outcome.is_permanent]
    assert [timedelta(seconds=7), timedelta(minutes=1), timedelta(hours=1), None, None] == waits


@pytest.mark.parametrize("body", [[], "no", None])
async def test_answer_that_is_none_is_temporary(sms: SmsServer, provider: SmsProvider, body: object) -> None:
    """NT-06, CASE-M6: an error page of something in between says nothing about the number."""
    for status in (502, 400):
        sms.replies.append(SmsReply(status, body))  # type: ignore[arg-type]
        assert Refused(str(status), is_permanent=False) == await provider.send(_outbound())


async def test_absent_provider_is_temporary(clock: FakeClock) -> None:
    """NT-06: a provider that is not there says nothing about the message."""
    provider = _provider("http://127.0.0.1:1", clock)
    assert Refused("ConnectError", is_permanent=False) == await provider.send(_outbound())
    await provider.close()


async def test_dripping_provider_is_given_up(clock: FakeClock) -> None:
    """NT-04: a provider that answers a byte at a time is left after the time of one attempt."""
    async with dripping_server() as port:
        provider = _provider(f"http://127.0.0.1:{port}", clock, seconds=0.2)
        outcome = await provider.send(_outbound())
        assert isinstance(outcome, Refused)
        assert not outcome.is_permanent
        await provider.close()


async def test_several_texts_go_at_once(sms: SmsServer, provider: SmsProvider) -> None:
    """NT-04: texts are handed over side by side."""
    outcomes = await asyncio.gather(*(provider.send(_outbound(str(number))) for number in range(20)))
    assert [Accepted()] * 20 == outcomes
    assert {str(number) for number in range(20)} == set(sms.texts_to(ANA))
