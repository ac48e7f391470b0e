"""The mail server and its inbox."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from local_stack.mail import Inbox, MailPorts, prepare_mail
from local_stack.ports import Ports


@contextmanager
def serving(folder: Path) -> Iterator[Inbox]:
    """The inbox of a running mail server, which keeps its messages in a folder."""
    ports = Ports()
    box = Inbox(MailPorts(smtp=ports.take(), imap=ports.take(), web=ports.take()), "password-of-mail")
    child = prepare_mail(box, kept=folder / "mail", log=folder / "log")
    child.start()
    yield box
    child.stop()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    """One for most tests."""
    with serving(tmp_path_factory.mktemp("mail")) as box:
        yield box


def send(inbox: Inbox, recipient: str, text: str) -> None:
    """Send an email as notifications does."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Invitación", "office@example.org", recipient
    message.set_content(text)
    with smtplib.SMTP(inbox.smtp_url.rpartition("@")[2]) as smtp:
        smtp.login("portico", "password-of-mail")
        smtp.send_message(message)


def test_a_sent_message_is_found_by_its_recipient(inbox: Inbox) -> None:
    """OP-01: what goes out by SMTP is read by IMAP, unharmed."""
    send(inbox, "garcia@example.org", "Su código: ÑANDÚ")
    send(inbox, "smith@example.org", "Your code")
    message = inbox.wait_for_message("garcia@example.org")
    assert ("Invitación", "Su código: ÑANDÚ") == (message["Subject"], message.get_content().strip())


def test_the_newest_message_comes_last(inbox: Inbox) -> None:
    """OP-01: whoever waits for a second message gets the second."""
    for text in ("first", "second"):
        send(inbox, "twice@example.org", text)
    assert "second" == inbox.wait_for_message("twice@example.org", count=2).get_content().strip()


def test_waiting_in_vain_says_so(inbox: Inbox) -> None:
    """OP-01: a message that does not come is an error with the address in it."""
    with pytest.raises(TimeoutError, match=r"nobody@example\.org got 0 of 1"):
        inbox.wait_for_message("nobody@example.org", seconds=0)


def test_people_read_it_in_a_browser(inbox: Inbox) -> None:
    """OP-01: there is a web inbox."""
    assert 200 == httpx.get(inbox.url).status_code


async def test_a_list_that_is_kept_tells_what_was_read_since(inbox: Inbox) -> None:
    """OP-01: a tab asks for the whole list every two seconds; it is not parsed again, yet its flags are today's."""
    for text in ("first", "second"):
        send(inbox, "listed@example.org", text)
    inbox.wait_for_message("listed@example.org", count=2)
    async with aiohttp.ClientSession() as browser, browser.ws_connect(f"{inbox.url}/websocket") as tab:

        async def mails(command: str, **details: Any) -> list[dict[str, Any]]:
            await tab.send_json({"command": command, "account": "portico", "mailbox": "INBOX", **details})
            return [mail for mail in (await tab.receive_json())["data"]["mails"] if "listed@" in mail["header"]["to"]]

        listed = await mails("list_mails")
        assert [[], []] == [mail["flags"] for mail in listed]
        read = await mails("flag_mail", uid=listed[0]["uid"], method="set", flag="seen")
        assert [["seen"], []] == [mail["flags"] for mail in read]
        assert [mail["header"] for mail in listed] == [mail["header"] for mail in read]


def test_the_next_start_has_the_messages_of_the_last(tmp_path: Path) -> None:
    """CASE-U10: what came before is there again, unharmed and in its order, and what is no message stops nobody."""
    with serving(tmp_path) as first:
        for text in ("Su código: ÑANDÚ", "second"):
            send(first, "garcia@example.org", text)
        first.wait_for_message("garcia@example.org", count=2)
    (tmp_path / "mail" / "note.eml").write_text("no message", encoding="ascii")
    with serving(tmp_path) as second:
        kept = second.messages("garcia@example.org")
        assert ["Su código: ÑANDÚ", "second"] == [message.get_content().strip() for message in kept]
        send(second, "garcia@example.org", "third")
        assert "third" == second.wait_for_message("garcia@example.org", count=3).get_content().strip()
