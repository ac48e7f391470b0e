"""Decisions about links: Unlink and its undo, and the password reset that staff send to a linked family."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import UndoExpired

from applications.application.domain.application import Application, Guardian, Unlink
from applications.application.domain.decision import Decision, decided
from applications.application.domain.events import PasswordResetSent, Relinked, Unlinked
from applications.application.domain.link_state import Action, can_undo, require


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
    return relink(application, guardian, guardian.unlink, now)


def relink(application: Application, guardian: Guardian, taken: Unlink, now: datetime) -> Decision:
    """The link given back, however long ago it was taken: a batch has a window of its own."""
    after = replace(guardian, link=taken.link, unlink=None)
    return decided(application, after, Relinked(guardian.id, taken.link), now=now)


def note_password_reset(application: Application, guardian_id: UUID | None, now: datetime) -> Decision:
    """That the linked family's reset message was sent. Raises GuardianNotFound or ActionNotAllowed."""
    guardian = application.guardian(guardian_id)
    require(Action.SEND_PASSWORD_RESET, guardian, now)
    assert guardian.link is not None  # noqa: S101 (else the action does not fit)
    return decided(application, guardian, PasswordResetSent(guardian.id, guardian.link), now=now)
