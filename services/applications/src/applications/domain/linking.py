"""Decisions about links: Accept, Unlink and its undo, and the password reset that staff send to a linked family."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import UndoExpired

from applications.domain.application import Application, Link, Unlink
from applications.domain.decision import Decision, decided
from applications.domain.events import Linked, Opened, PasswordResetSent, Relinked, Unlinked
from applications.domain.invitation import End, Invitation, require_valid
from applications.domain.link_state import Action, can_undo, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """An account, whose username is its email or phone, takes up the invitation that it shows."""

    guardian_id: UUID
    shown: Invitation
    account_id: UUID
    username: str


def accept(application: Application, command: Accept, now: datetime) -> Decision:
    """The guardian linked to the account; unchanged when it is already.

    Raises InvitationExpired, InvitationUsed, InvitationRevoked or InvitationReplaced.
    """
    guardian = application.guardian(command.guardian_id)
    if guardian.link and guardian.link.account_id == command.account_id:
        return decided(application, guardian, now=now)
    current, shown = guardian.invitation, command.shown
    if current and current.id == shown.id:
        # What was shown may have been read before the guardian, whose own is newer.
        invitation = current
    else:
        # Only the current one can be open: what was read as open was replaced meanwhile.
        invitation = shown if shown.end else shown.ended(End.REPLACED, now)
    require_valid(invitation, now)
    link = Link(command.account_id, command.username, now)
    accepted = replace(invitation.ended(End.ACCEPTED, now), open_time=invitation.open_time or now, failure_reason="")
    return decided(
        application,
        replace(guardian, invitation=accepted, link=link, unlink=None),
        *(() if invitation.open_time else (Opened(guardian.id),)),
        Linked(guardian.id, accepted, link),
        now=now,
        ended=accepted,
    )


def unlink(application: Application, guardian_id: UUID | None, now: datetime) -> Decision:
    """The link taken away at once. Raises GuardianNotFound or ActionNotAllowed."""
    guardian = application.guardian(guardian_id)
    require(Action.UNLINK, guardian, now)
    assert guardian.link is not None  # noqa: S101 (else the action does not fit)
    after = replace(guardian, link=None, unlink=Unlink(guardian.link, now))
    return decided(application, after, Unlinked(guardian.id, guardian.link), now=now)


def undo_unlink(application: Application, guardian_id: UUID | None, now: datetime) -> Decision:
    """The link given back. Raises GuardianNotFound or UndoExpired."""
    guardian = application.guardian(guardian_id)
    if guardian.unlink is None or not can_undo(guardian, now):
        raise UndoExpired()
    link = guardian.unlink.link
    return decided(application, replace(guardian, link=link, unlink=None), Relinked(guardian.id, link), now=now)


def note_password_reset(application: Application, guardian_id: UUID | None, now: datetime) -> Decision:
    """That the linked family's reset message was sent. Raises GuardianNotFound or ActionNotAllowed."""
    guardian = application.guardian(guardian_id)
    require(Action.SEND_PASSWORD_RESET, guardian, now)
    assert guardian.link is not None  # noqa: S101 (else the action does not fit)
    return decided(application, guardian, PasswordResetSent(guardian.id, guardian.link), now=now)
