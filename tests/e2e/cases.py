"""An application together with all who have to do with it, and how it gets where a story begins."""

from dataclasses import dataclass
from typing import Any

import psycopg

from chassis.testing.eventually import eventually
from local_stack.stack import Stack
from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.people import Agency, Person

REFUSED_NUMBER = "+15005550001"
"""The SMS provider refuses it for good: `local_stack.sms_sink`."""


@dataclass(frozen=True, slots=True)
class Case:
    """An application, whose staff it is, and where its family reads its messages."""

    agency: Agency
    mailbox: Mailbox
    id: str
    number: str

    @property
    def page(self) -> str:
        """Its page for staff."""
        return f"/staff/applications/{self.id}"

    @property
    def guardian(self) -> dict[str, Any]:
        """The first one, as staff see it now."""
        guardian: dict[str, Any] = self.agency.admin.get(f"/v1/applications/{self.id}")["guardians"][0]
        return guardian

    def do(self, action: str) -> None:
        """One of the actions of staff, past the pages."""
        self.agency.admin.post(f"/v1/applications/{self.id}:{action}")

    def link(self, *, count: int = 1) -> str:
        """The path in the newest invitation, once `count` messages have come."""
        return f"/i/{self.mailbox.link('i', count=count)}"

    def join(self, anybody: Person) -> Person:
        """The family follows its first invitation, past the pages."""
        return join(anybody, by_token(self.mailbox.link("i")))


def entered(stack: Stack, agency: Agency, submission: Submission | None = None) -> Case:
    """Submitted by staff; its family is invited, by email if nothing else is said."""
    submission = submission or Submission(email=fresh_email())
    application = submit(agency, submission)
    mailbox = Mailbox(stack, submission.email or submission.phone)
    return Case(agency, mailbox, application["id"], application["number"])


async def undelivered(stack: Stack, agency: Agency, *, names: tuple[str, str], language: str = "en") -> Case:
    """Its invitation went to a number that the provider refuses."""
    case = entered(stack, agency, Submission(phone=REFUSED_NUMBER, preferred="SMS", names=names, language=language))
    await eventually(lambda: case.guardian["linkState"] == "UNDELIVERABLE")
    return case


def expire(stack: Stack, case: Case) -> None:
    """Its invitation ran out an hour ago."""
    with psycopg.connect(stack.owner_url("applications")) as database:
        database.execute(
            "WITH ended AS (UPDATE invitations SET create_time = now() - interval '2 hours',"
            " expire_time = now() - interval '1 hour' WHERE application_id = %(id)s)"
            " UPDATE guardians SET offered_until = now() - interval '1 hour' WHERE application_id = %(id)s",
            {"id": case.id},
        )
