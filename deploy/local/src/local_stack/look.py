"""Looking at a running stack from another terminal: what it says of itself, and what came by mail."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_stack.mail import POLL_SECONDS, Inbox, MailPorts, plain_text

SUMMARY = "stack.json"


class NotRunning(Exception):
    """No stack runs on this data folder."""


def said(data: Path, name: str) -> str:
    """`gateway`, `inbox`, `sms` (addresses), or `login.STAFF_ADMIN` (the body of a sign-in, as JSON).

    Of several logins with a role it is the first one, and the first one of an organization where its realm is said:
    `login.STAFF@harbour-assessments`. Raises NotRunning, or KeyError for a name that the stack says nothing about.
    """
    summary = _summary(data)
    kind, _, whose = name.partition(".")
    if kind != "login":
        return str(summary[name])
    role, _, realm = whose.partition("@")
    fitting = (login for login in summary["logins"] if login["role"] == role and realm in {"", login["realm"]})
    login = next(fitting, None)
    if login is None:
        raise KeyError(name)
    return json.dumps({key: login[key] for key in ("realm", "username", "password")})


def newest_mail(data: Path, address: str, *, containing: str, seconds: float) -> str:
    """The words of the newest message for an address that contain a text, waited for; raises TimeoutError."""
    url = urlsplit(_summary(data)["imap"])
    inbox = Inbox(MailPorts(smtp=0, imap=url.port or 0, web=0), url.password or "")
    deadline = time.monotonic() + seconds
    while True:
        # A server that is busy taking hundreds of messages answers later; the wait is for the message all the same.
        with suppress(TimeoutError):
            for message in reversed(inbox.messages(address)):
                text = plain_text(message)
                if containing in text:
                    return f"Subject: {message['subject']}\n\n{text}"
        if time.monotonic() > deadline:
            raise TimeoutError(f"No such message for {address} within {seconds:g} s.")
        time.sleep(POLL_SECONDS)


def _summary(data: Path) -> dict[str, Any]:
    try:
        summary: dict[str, Any] = json.loads((data / SUMMARY).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise NotRunning(f"No stack runs on {data}: `make run` starts one.") from None
    return summary
