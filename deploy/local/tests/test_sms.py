"""The SMS sink, as a client of Twilio sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local_stack.ports import Ports
from local_stack.sms import SmsSink, prepare_sms

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "token"


@contextmanager
def serving(folder: Path) -> Iterator[SmsSink]:
    """A running sink, which keeps its messages in a folder."""
    place = SmsSink(Ports().take(), ACCOUNT, TOKEN)
    child = prepare_sms(place, kept=folder / "sms.jsonl", log=folder / "log")
    child.start()
    yield place
    child.stop()


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmsSink]:
    """One for most tests."""
    with serving(tmp_path_factory.mktemp("sms")) as place:
        yield place


def send(sink: SmsSink, *, account: str = ACCOUNT, token: str = TOKEN, **fields: str) -> httpx.Response:
    """Send an SMS as notifications does."""
    form = {"From": "+15005550006", "To": "+13125550100", "Body": "Hello"} | fields
    url = f"{sink.url}/2010-04-01/Accounts/{account}/Messages.json"
    return httpx.post(url, data=form, auth=(account, token))


def test_a_message_is_taken_and_shown(sink: SmsSink) -> None:
    """OP-01: the sink answers like Twilio and keeps the message."""
    answer = send(sink, To="+13125550101", Body="Su código: 7KQ2")
    assert (201, "queued") == (answer.status_code, answer.json()["status"])
    message = sink.wait_for_message("+13125550101")
    assert (answer.json()["sid"], "Su código: 7KQ2") == (message.sid, message.body)


def test_the_page_shows_markup_as_text(sink: SmsSink) -> None:
    """OP-01: what a stranger wrote into a message does nothing in the reader's browser."""
    send(sink, Body="<script>alert(1)</script>")
    page = httpx.get(sink.url).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"From": ""}, 400, 21603),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"To": "Mrs. García"}, 400, 21211),
        ({"To": "+15005550001"}, 400, 21211),
        ({"To": "+15005550009"}, 400, 21614),
        ({"To": "+15005550429"}, 429, 20429),
        ({"token": "wrong"}, 401, 20003),
        ({"account": "ACother"}, 401, 20003),
    ],
)
def test_what_twilio_refuses_is_refused(sink: SmsSink, fields: dict[str, str], status: int, code: int) -> None:
    """NT-12: every refusal of the provider can be had on a laptop, in its own shape."""
    answer = send(sink, **fields)
    assert (status, code, status) == (answer.status_code, answer.json()["code"], answer.json()["status"])


def test_a_busy_provider_says_when_to_come_back(sink: SmsSink) -> None:
    """NT-06: a 429 names the seconds to wait."""
    assert "1" == send(sink, To="+15005550429").headers["Retry-After"]


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic ###", "Bearer token"])
def test_without_credentials_nothing_is_taken(sink: SmsSink, authorization: str) -> None:
    """OP-01: the sink checks the credentials that notifications will need in production."""
    url = f"{sink.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = httpx.post(url, data={"To": "+13125550100"}, headers={"Authorization": authorization})
    assert 401 == answer.status_code


def test_the_next_start_has_the_messages_of_the_last(tmp_path: Path) -> None:
    """CASE-U10: what came before is there again, in its order, and a line that was cut short stops nobody."""
    with serving(tmp_path) as first:
        for text in ("Su código: 7KQ2", "second"):
            send(first, To="+13125550103", Body=text)
    with (tmp_path / "sms.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"sid": "SM')
    with serving(tmp_path) as second:
        assert ["Su código: 7KQ2", "second"] == [message.body for message in second.messages("+13125550103")]
        send(second, To="+13125550103", Body="third")
        assert "third" == second.wait_for_message("+13125550103", count=3).body
