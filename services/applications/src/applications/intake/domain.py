"""The decision about a new application."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import AnswersTooLarge

from applications.application.domain.application import Application, Child, Contacts, Guardian, Organization, Status
from applications.application.domain.events import Event, Submitted
from applications.application.domain.invitation import Keys, Method
from applications.application.domain.names import is_same_name, number_of
from applications.invitations.domain import first_invitation
from chassis.errors import FieldViolation

MAX_ANSWER_BYTES = 64 * 1024
"""Bytes of the answers as JSON in UTF-8."""

LANGUAGES = ("en", "es")
"""What messages are written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGuardian:
    """A guardian as a new application names them; `language` None: the organization's."""

    id: UUID
    given_name: str
    family_name: str
    contacts: Contacts
    preferred_method: Method
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """A new application with the ids and the serial that it gets; `answers` is a JSON object as text."""

    application_id: UUID
    serial: int
    guardians: tuple[NewGuardian, ...]
    children: tuple[Child, ...]
    answers: str
    invitation_id: UUID
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a submission comes to: the application with its number's serial, and what happened."""

    application: Application
    serial: int
    events: tuple[Event, ...]


def may_repeat(earlier: Application, guardians: Sequence[tuple[str, Contacts]], children: Sequence[Child]) -> bool:
    """Whether an application may be a second one of a family, whose guardians have these names and contacts.

    The same email or phone is enough; of the same name only with a child's birth date, as names are common.
    """
    contacts = {contact for _, each in guardians for contact in (each.email, each.phone)} - {""}
    if any({guardian.contacts.email, guardian.contacts.phone} & contacts for guardian in earlier.guardians):
        return True
    born = {child.birth_date for child in children} & {child.birth_date for child in earlier.children} - {None}
    return bool(born) and any(is_same_name(name, each.name) for name, _ in guardians for each in earlier.guardians)


def submit(organization: Organization, command: Submit, now: datetime) -> Submission:
    """The application with its first guardian invited at once. Raises AnswersTooLarge."""
    if len(command.answers.encode()) > MAX_ANSWER_BYTES:
        violation = FieldViolation("answers", "TOO_LARGE", f"larger than {MAX_ANSWER_BYTES} bytes")
        raise AnswersTooLarge(violations=[violation])
    application = Application(
        organization=organization,
        id=command.application_id,
        number=number_of(command.serial),
        status=Status.ACTIVE,
        guardians=tuple(_guardian(new, organization, now) for new in command.guardians),
        children=command.children,
        answers=command.answers,
        create_time=now,
        update_time=now,
    )
    invited = first_invitation(application, invitation_id=command.invitation_id, keys=command.keys, now=now)
    # The guardian comes into being with their invitation: that is one version, not two.
    first = replace(invited.guardian, version=1)
    return Submission(
        application=application.with_guardian(first), serial=command.serial, events=(Submitted(), *invited.events)
    )


def _guardian(new: NewGuardian, organization: Organization, now: datetime) -> Guardian:
    spoken = next((language for language in organization.languages if language in LANGUAGES), LANGUAGES[0])
    return Guardian(
        id=new.id,
        given_name=new.given_name,
        family_name=new.family_name,
        contacts=new.contacts,
        preferred_method=new.preferred_method,
        language=new.language or spoken,
        update_time=now,
    )
