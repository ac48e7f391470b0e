"""Decisions about what a family stated: a new application, and a guardian's changed details."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import AnswersTooLarge

from applications.domain.application import Application, Child, Contacts, Guardian, Organization, Status
from applications.domain.decision import Decision, decided
from applications.domain.events import ContactChanged, Event, Revoked, Submitted
from applications.domain.invitation import End, Method
from applications.domain.inviting import first_invitation
from chassis.errors import FieldViolation

MOST_ANSWERS = 64 * 1024
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
    """A new application with the ids and the number that it gets; `answers` is a JSON object as text."""

    application_id: UUID
    number: str
    guardians: tuple[NewGuardian, ...]
    children: tuple[Child, ...]
    answers: str
    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """New details of a guardian; None leaves one as it is."""

    guardian_id: UUID
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    phone: str | None = None
    preferred_method: Method | None = None
    language: str | None = None


def submit(organization: Organization, command: Submit, now: datetime) -> tuple[Application, tuple[Event, ...]]:
    """The application with its first guardian invited at once, and what happened. Raises AnswersTooLarge."""
    if len(command.answers.encode()) > MOST_ANSWERS:
        raise AnswersTooLarge(violations=[FieldViolation("answers", "TOO_LARGE", f"larger than {MOST_ANSWERS} bytes")])
    application = Application(
        organization=organization,
        id=command.application_id,
        number=command.number,
        status=Status.ACTIVE,
        guardians=tuple(_guardian(new, organization, now) for new in command.guardians),
        children=command.children,
        answers=command.answers,
        create_time=now,
    )
    invited = first_invitation(application, invitation_id=command.invitation_id, now=now)
    # The guardian comes into being with their invitation: that is one version, not two.
    first = replace(invited.guardian, version=1)
    return application.with_guardian(first), (Submitted(), *invited.events)


def update(application: Application, command: Update, now: datetime) -> Decision:
    """The guardian with new details; a changed contact revokes the invitation and forgets a failed delivery.

    Also one that ran out is revoked then: else it could be renewed to the contact that was wrong.
    Raises GuardianNotFound.
    """
    guardian = application.guardian(command.guardian_id)
    contacts = Contacts(
        email=_given(command.email, guardian.contacts.email), phone=_given(command.phone, guardian.contacts.phone)
    )
    after = replace(
        guardian,
        given_name=_given(command.given_name, guardian.given_name),
        family_name=_given(command.family_name, guardian.family_name),
        preferred_method=command.preferred_method or guardian.preferred_method,
        language=_given(command.language, guardian.language),
        contacts=contacts,
    )
    if contacts == guardian.contacts:
        return decided(application, after, now=now)
    invitation = guardian.invitation
    if invitation is None or invitation.end is not None:
        changed = replace(invitation, failure_reason="") if invitation else None
        return decided(application, replace(after, invitation=changed), ContactChanged(guardian.id), now=now)
    ended = replace(invitation, failure_reason="").ended(End.REVOKED, now)
    return decided(
        application,
        replace(after, invitation=ended),
        ContactChanged(guardian.id),
        *((Revoked(guardian.id, ended),) if invitation.is_live(now) else ()),
        now=now,
        ended=ended,
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


def _given(value: str | None, otherwise: str) -> str:
    return otherwise if value is None else value
