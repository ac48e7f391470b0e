"""The decision about a guardian's changed details."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from applications.application.domain.application import Application, Contacts
from applications.application.domain.decision import Decision, decided
from applications.application.domain.events import ContactChanged, Revoked
from applications.application.domain.invitation import InvitationOutcome, Method


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


def update(application: Application, command: Update, now: datetime) -> Decision:
    """The guardian with new details; a changed contact ends the invitation and forgets a failed delivery to it.

    Also one that ran out is ended then: else it could be renewed to the contact that was wrong.
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
        email_failure_time=guardian.email_failure_time if contacts.email == guardian.contacts.email else None,
        phone_failure_time=guardian.phone_failure_time if contacts.phone == guardian.contacts.phone else None,
    )
    if contacts == guardian.contacts:
        return decided(application, after, now=now)
    invitation = guardian.invitation
    if invitation is None or invitation.outcome is not None:
        changed = replace(invitation, failure_reason="") if invitation else None
        return decided(application, replace(after, invitation=changed), ContactChanged(guardian.id), now=now)
    ended = replace(invitation, failure_reason="").ended(InvitationOutcome.CONTACT_CHANGED, now)
    return decided(
        application,
        replace(after, invitation=ended),
        ContactChanged(guardian.id),
        *((Revoked(guardian.id, ended),) if invitation.is_live(now) else ()),
        now=now,
        ended=ended,
    )


def _given(value: str | None, otherwise: str) -> str:
    return otherwise if value is None else value
