"""A sink that speaks Twilio's API for messages: `python -m local_stack.sms_sink`.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message
Settings: SMS_PORT, SMS_ACCOUNT, SMS_TOKEN, and SMS_KEPT: the file that keeps the messages, a JSON object on each line.
"""

import binascii
import json
import os
import secrets
from base64 import b64decode
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from local_stack.files import write_private
from local_stack.ports import LOOPBACK
from local_stack.sms import ShortMessage

KEPT_MESSAGES = 1000
MAX_BODY_CHARACTERS = 1600
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width">
<title>SMS</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border-top: 1px solid #ccc; padding: 1rem 0 }}
p {{ margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }}
</style>
</head>
<body><h1>SMS</h1>{messages}</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of Twilio: HTTP status, its own code, and words."""

    status: HTTPStatus
    code: int
    message: str

    def response(self) -> JSONResponse:
        """In Twilio's shape."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": int(self.status)}
        busy = self.status == HTTPStatus.TOO_MANY_REQUESTS
        return JSONResponse(body, status_code=self.status, headers={"Retry-After": "1"} if busy else None)


def bad_request(code: int, message: str) -> Refusal:
    """A refusal that no repetition will change."""
    return Refusal(HTTPStatus.BAD_REQUEST, code, message)


UNAUTHORIZED = Refusal(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
# https://www.twilio.com/docs/iam/test-credentials#test-sms-messages-parameters-To, and (429) one of our own.
MAGIC_RECIPIENTS = {
    "+15005550001": bad_request(21211, "The 'To' number is not a valid phone number."),
    "+15005550002": bad_request(21612, "The 'To' phone number is not currently reachable via SMS."),
    "+15005550003": bad_request(21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": bad_request(21610, "Attempt to send to unsubscribed recipient."),
    "+15005550009": bad_request(21614, "'To' number is not a valid mobile number."),
    "+15005550429": Refusal(HTTPStatus.TOO_MANY_REQUESTS, 20429, "Too Many Requests"),
}


def refusal(*, sender: str, recipient: str, body: str) -> Refusal | None:
    """Why Twilio would not take the message; None when it would."""
    digits = recipient.removeprefix("+")
    if not recipient:
        return bad_request(21604, "A 'To' phone number is required.")
    if not sender:
        return bad_request(21603, "A 'From' phone number is required.")
    if not body:
        return bad_request(21602, "Message body is required.")
    if len(body) > MAX_BODY_CHARACTERS:
        return bad_request(21617, "The concatenated message body exceeds the 1600 character limit.")
    if not (digits.isascii() and digits.isdigit()):
        return MAGIC_RECIPIENTS["+15005550001"]
    return MAGIC_RECIPIENTS.get(recipient)


class Sink:
    """The requests that the sink answers."""

    def __init__(self, *, account: str, token: str, kept: Path) -> None:
        self._account, self._token, self._kept = account, token, kept
        self._messages = deque(_read(kept), maxlen=KEPT_MESSAGES)
        write_private(kept, "".join(map(_line, self._messages)).encode("utf-8"))

    def app(self) -> Starlette:
        """The ASGI application."""
        create = Route("/2010-04-01/Accounts/{account}/Messages.json", self.create_message, methods=["POST"])
        return Starlette(routes=[create, Route("/messages", self.list_messages), Route("/", self.page)])

    async def create_message(self, request: Request) -> JSONResponse:
        """Keep a message, as Twilio would send it."""
        if not self._is_authenticated(request):
            return UNAUTHORIZED.response()
        async with request.form() as form:
            sender, recipient, body = (str(form.get(name, "")) for name in ("From", "To", "Body"))
        refused = refusal(sender=sender, recipient=recipient, body=body)
        if refused is not None:
            return refused.response()
        now = datetime.now(tz=UTC)
        message = ShortMessage(
            sid=f"SM{secrets.token_hex(16)}", sender=sender, recipient=recipient, body=body, time=now.isoformat()
        )
        with self._kept.open("a", encoding="utf-8") as file:
            file.write(_line(message))
        self._messages.append(message)
        answer = {
            "sid": message.sid,
            "account_sid": self._account,
            "from": sender,
            "to": recipient,
            "body": body,
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(now),
            "error_code": None,
            "error_message": None,
            "uri": f"/2010-04-01/Accounts/{self._account}/Messages/{message.sid}.json",
        }
        return JSONResponse(answer, status_code=HTTPStatus.CREATED)

    async def list_messages(self, request: Request) -> JSONResponse:
        """What came, oldest first; `?to=` picks a number."""
        wanted = request.query_params.get("to")
        return JSONResponse([asdict(message) for message in self._messages if wanted in {None, message.recipient}])

    async def page(self, request: Request) -> HTMLResponse:  # noqa: ARG002 - Starlette hands it in
        """What came, newest first, for people."""
        articles = [
            f"<article><b>{escape(message.recipient)}</b> from {escape(message.sender)}, "
            f"<time>{escape(message.time)}</time><p>{escape(message.body)}</p></article>"
            for message in reversed(self._messages)
        ]
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(PAGE.format(messages="".join(articles) or "<p>Nothing yet.</p>"), headers=policy)

    def _is_authenticated(self, request: Request) -> bool:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        try:
            given = b64decode(credentials, validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = f"{self._account}:{self._token}".encode()
        same_account = request.path_params["account"] == self._account
        return scheme.lower() == "basic" and secrets.compare_digest(given, wanted) and same_account


def _read(kept: Path) -> Iterator[ShortMessage]:
    """What came before this start; a line that was cut short is passed over."""
    for line in kept.read_text(encoding="utf-8", errors="replace").splitlines() if kept.exists() else ():
        with suppress(ValueError, TypeError):
            yield ShortMessage(**json.loads(line))


def _line(message: ShortMessage) -> str:
    return f"{json.dumps(asdict(message))}\n"


if __name__ == "__main__":
    sink = Sink(account=os.environ["SMS_ACCOUNT"], token=os.environ["SMS_TOKEN"], kept=Path(os.environ["SMS_KEPT"]))
    uvicorn.run(sink.app(), host=LOOPBACK, port=int(os.environ["SMS_PORT"]), access_log=False)
