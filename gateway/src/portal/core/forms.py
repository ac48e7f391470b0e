"""What a person typed into a form, and what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.policy import HTTP
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from google.type.date_pb2 import Date

from chassis.errors import Aborted, DeadlineExceeded, FieldViolation, InvalidArgument, ServiceError
from portal.core.error_messages import error_message, violation_message
from portal.core.i18n import N_, I18n

if TYPE_CHECKING:
    from starlette.requests import Request

_OF_ROW = re.compile(r"(?:case\.)?(guardians|children|parties)\[(\d+)\](\.?)")
MAX_BYTES = 64 * 1024
"""Bytes of a form; only one with a file comes near."""
MAX_FILE_BYTES = 1024 * 1024
"""Bytes of a form with a file; the gateway refuses what says that it is larger (`gateway.envoy`)."""
MAX_SECONDS = 60.0
MAX_FIELDS = 100
SECRETS = frozenset({"password", "new_password", "current_password", "code"})
"""Fields that are typed anew whenever a form is shown again to whoever did not send it in this moment."""
OF_THE_PAGE = frozenset({"as", "request_id", "do", "lost"})
"""Fields that nobody types, and that a form that is shown again has anew."""


class FormTooLarge(InvalidArgument):
    """More bytes or fields than any form has."""

    reason = "FORM_TOO_LARGE"
    message = "The form is larger than any of ours."


@dataclass(frozen=True, slots=True)
class Form:
    """Values by the names of the contract's fields; `problems` beside their field, `problem` above all.

    `is_stale`: the record is no longer as it was when the form was filled; sent once more it takes that one's place.
    Passwords are never shown again: templates have no value for them.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str = ""
    status: int = HTTPStatus.OK
    is_stale: bool = False

    def __getitem__(self, name: str) -> str:
        """What was typed, without blanks around it; empty when nothing was."""
        # Browsers count a line break as one letter, and send it as two.
        return self.values.get(name, "").strip().replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """What was sent for a field that may stand several times."""
        return self[name].split("\n") if self[name] else []

    def raw(self, name: str) -> str:
        """What was typed, to the letter: for passwords."""
        return self.values.get(name, "")

    def shown_again(self) -> Form:
        """What was typed and is no secret."""
        return Form({name: value for name, value in self.values.items() if name not in SECRETS | OF_THE_PAGE})

    def refused(self, error: ServiceError, i18n: I18n, *, about: str = "") -> Form:
        """The same form with what the service said of it; `about` is the field that is meant where it names none.

        Where somebody else was faster it comes without its `etag`: the page gives it that of what is there now.
        """
        if error.reason == Aborted.reason:
            values = {name: value for name, value in self.values.items() if name != "etag"}
            words = i18n(N_("Somebody else changed this meanwhile"))
            return Form(values, problem=words, status=http_status(error), is_stale=True)
        problems: dict[str, list[str]] = {}
        for violation in error.violations:
            problems.setdefault(_name_of(violation.field), []).append(violation_message(violation, i18n))
        words = error_message(error, i18n)
        if about and not problems:
            problems, words = {about: [words]}, error_message(InvalidArgument(), i18n)
        return Form(self.values, problems, words, http_status(error))


def row_prefix(things: str, row: int) -> str:
    """How the names of a row's fields begin in a form that lists people: `guardian2_`, `child_`."""
    thing = {"guardians": "guardian", "children": "child", "parties": "party"}[things]
    if row:
        return f"{thing}{row + 1}_"
    return "" if things == "guardians" else f"{thing}_"


def _name_of(path: str) -> str:
    """A field in the form: `guardians[1].email` is `guardian2_email`, `guardian.email` is `email`, `days[2]` `days`.

    What is wrong with a whole row stands at its name.
    """
    of_row = _OF_ROW.match(path)
    name = "name" if of_row and not of_row[3] else path.rpartition(".")[2].partition("[")[0]
    return row_prefix(of_row[1], int(of_row[2])) + name if of_row else name


def day_of(written: str, path: str) -> Date:
    """The day as browsers send it (2023-05-14); an old one takes any text: InvalidArgument for what is no day."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        violation = FieldViolation(path, "DATE_INVALID", "not a day of the calendar.")
        raise InvalidArgument(violations=[violation]) from None
    return Date(year=day.year, month=day.month, day=day.day)


async def read_form(request: Request, max_bytes: int = MAX_BYTES) -> Form:
    """The body of a posted form; FormTooLarge, or DeadlineExceeded when it does not arrive.

    UTF-8, URL-encoded, or with files as `multipart/form-data`. What stands several times has a line for each value.
    """
    body = b""
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise FormTooLarge
    except TimeoutError:
        raise DeadlineExceeded from None
    content_type = request.headers.get("content-type", "")
    values: dict[str, str] = {}
    for name, value in _parts(content_type, body) if content_type.startswith("multipart/") else _pairs(body):
        values[name] = f"{values[name]}\n{value}" if name in values else value
    return Form(values)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise FormTooLarge from None


def _parts(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of `multipart/form-data` (RFC 7578), which is MIME; of a file what stands in it, without its name."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1") + body, policy=HTTP)
    parts = [part for part in message.walk() if not part.is_multipart()]
    if len(parts) > MAX_FIELDS:
        raise FormTooLarge
    # Excel begins a UTF-8 file with a byte order mark.
    return [
        (
            str(part.get_param("name", "", header="content-disposition")),
            bytes(part.get_payload(decode=True) or b"").decode("utf-8-sig", errors="replace"),
        )
        for part in parts
    ]


def http_status(error: ServiceError) -> int:
    """The HTTP status that goes with a service's refusal (google.rpc.Code)."""
    return {
        "INVALID_ARGUMENT": HTTPStatus.BAD_REQUEST,
        # 401 would have to name a scheme by which the browser itself can ask for a password.
        "UNAUTHENTICATED": HTTPStatus.FORBIDDEN,
        "PERMISSION_DENIED": HTTPStatus.FORBIDDEN,
        "NOT_FOUND": HTTPStatus.NOT_FOUND,
        "ALREADY_EXISTS": HTTPStatus.CONFLICT,
        "ABORTED": HTTPStatus.CONFLICT,
        "FAILED_PRECONDITION": HTTPStatus.CONFLICT,
        "RESOURCE_EXHAUSTED": HTTPStatus.TOO_MANY_REQUESTS,
        "UNAVAILABLE": HTTPStatus.SERVICE_UNAVAILABLE,
        "DEADLINE_EXCEEDED": HTTPStatus.GATEWAY_TIMEOUT,
    }.get(error.code.name, HTTPStatus.INTERNAL_SERVER_ERROR)
