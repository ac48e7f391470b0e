"""Families and what they find in their inbox."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local_stack.mail import plain_text
from local_stack.stack import Stack
from tests.e2e.people import Agency, Person

PASSWORD = "seventeen green umbrellas"
_PHONES = iter(range(100_000))


def fresh_email() -> str:
    return f"family-{uuid4().hex[:12]}@example.org"


def fresh_phone() -> str:
    """A number in the range that no real phone has, another one at each call."""
    return f"+1202555{next(_PHONES) % 10_000:04d}"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What came by email or SMS to one contact; each look waits until something fits."""

    stack: Stack
    contact: str

    def link(self, page: str, *, count: int = 1) -> str:
        """The token of the newest link to a page (`i`, `reset`, `activate`), once `count` messages have come."""
        return self._find(rf"/{page}/([\w-]+)", count)

    def code(self, *, count: int = 1) -> str:
        return self._find(r"\b([0-9A-HJKMNP-TV-Z]{4,5}-[0-9A-HJKMNP-TV-Z]{4,5})\b", count)

    def text(self, *, count: int = 1) -> str:
        """The newest message's words."""
        if "@" not in self.contact:
            return self.stack.sms.wait_for_message(self.contact, count=count).body
        return plain_text(self.stack.inbox.wait_for_message(self.contact, count=count))

    def subject(self, *, count: int = 1) -> str:
        return str(self.stack.inbox.wait_for_message(self.contact, count=count)["subject"])

    def _find(self, pattern: str, count: int) -> str:
        text = self.text(count=count)
        found = re.search(pattern, text)
        assert found, f"No {pattern} in {text!r}"
        return found[1]


@dataclass(frozen=True, slots=True)
class Submission:
    """An application as staff enter it."""

    email: str = ""
    phone: str = ""
    preferred: str = "EMAIL"
    language: str = "en"
    names: tuple[str, str] = ("Lucía", "Morales")
    more: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        guardian = {
            "givenName": self.names[0],
            "familyName": self.names[1],
            "email": self.email,
            "phone": self.phone,
            "preferredMethod": self.preferred,
            "language": self.language,
        }
        return {"guardians": [guardian], "children": [{"givenName": "Mateo"}], **self.more}


def by_token(token: str) -> dict[str, Any]:
    return {"proof": {"token": token}}


def by_code(code: str, number: str) -> dict[str, Any]:
    return {"proof": {"typed": {"code": code, "applicationNumber": number}}}


def submit(agency: Agency, submission: Submission) -> dict[str, Any]:
    return agency.admin.post("/v1/applications", **submission.body())


def join(anybody: Person, proof: dict[str, Any], password: str = PASSWORD) -> Person:
    """Claims, registers and accepts; the family, signed in."""
    ticket = anybody.post("/v1/invitations:claim", **proof)["contactTicket"]
    family = anybody.signed_in(anybody.post("/v1/auth/register", contactTicket=ticket, password=password)["tokens"])
    family.post("/v1/invitations:accept", **proof)
    return family
