"""An organization in which every state of an application stands, for walks over all pages."""

from dataclasses import dataclass
from typing import Any

from local_stack.stack import Stack
from tests.e2e.cases import Case, entered, expire, undelivered
from tests.e2e.clinics import Clinic, clinic_of
from tests.e2e.diaries import Diary, diary_of
from tests.e2e.families import Mailbox, Submission, fresh_email, submit
from tests.e2e.insurers import Insurer, insurer_of
from tests.e2e.people import Agency, Person

MORE = 17
"""Applications without a story: with the others they are more than one page of the list."""
DETAILS: dict[str, Any] = {
    "children": [
        {"givenName": "Lucía", "familyName": "Morales", "birthDate": {"year": 2021, "month": 3, "day": 14}},
        {"givenName": "Mateo"},
    ],
    "answers": {"program": "Full day", "start": "2026-09-01", "notes": "Lucía is allergic to nuts. " * 10},
}
TWO_GUARDIANS: dict[str, Any] = {
    "guardians": [
        {"givenName": "María", "familyName": "García López", "email": "maria.garcia@example.org"},
        {"givenName": "José", "familyName": "García"},
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Applications by what became of them; paths of messages that nobody has followed yet."""

    agency: Agency
    beginners: Agency
    """Nothing was entered there yet."""
    invited: Case
    expired: Case
    withdrawn: Case
    linked: Case
    unlinked: Case
    undelivered: Case
    without_contact: Case
    of_two: Case
    insurer: Insurer
    clinic: Clinic
    diary: Diary
    replaced: str
    used: str
    known: str
    """The invitation of a family that has an account."""
    reset: str
    activation: str


async def world_of(stack: Stack, agency: Agency, beginners: Agency, anybody: Person) -> World:
    """A world in which all this has just happened."""
    invited, expired, withdrawn, linked, unlinked = (
        entered(stack, agency, Submission(email=fresh_email(), more=DETAILS)) for _ in range(5)
    )
    replaced, used = invited.link(), linked.link()
    invited.do("reinvite")
    expire(stack, expired)
    withdrawn.do("revokeInvitation")
    linked.join(anybody)
    unlinked.join(anybody)
    unlinked.do("unlink")
    known = entered(stack, agency, Submission(email=linked.mailbox.contact)).link(count=2)
    anybody.post("/v1/auth/password:forgot", realm="family", username=linked.mailbox.contact)
    rosa = Mailbox(stack, fresh_email())
    agency.admin.post("/v1/login-users", role="STAFF", username=rosa.contact, displayName="Rosa", language="en")
    for _ in range(MORE):
        submit(agency, Submission(names=("Robert", "Williams")))
    return World(
        agency=agency,
        beginners=beginners,
        invited=invited,
        expired=expired,
        withdrawn=withdrawn,
        linked=linked,
        unlinked=unlinked,
        undelivered=await undelivered(stack, agency, names=("Agnieszka", "Kowalska")),
        without_contact=entered(stack, agency, Submission(names=("Robert", "Williams"))),
        insurer=insurer_of(stack, agency, anybody),
        clinic=clinic_of(stack, agency, anybody),
        diary=diary_of(stack, anybody),
        of_two=entered(stack, agency, Submission(more=TWO_GUARDIANS)),
        replaced=replaced,
        used=used,
        known=known,
        reset=f"/family/reset/{linked.mailbox.link('reset', count=3)}",
        activation=f"/o/{agency.slug}/activate/{rosa.link('activate')}",
    )
