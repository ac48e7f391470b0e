"""Decisions about invitations: AP-01's first one, Invite and Reinvite (one decision, two labels), Revoke, Resend."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from portico_errors.applications import ActionNotAllowed, InvitedJustNow, MethodMissing

from applications.application.domain.application import Application, Guardian
from applications.application.domain.decision import Decision, decided
from applications.application.domain.events import Invited, Revoked
from applications.application.domain.invitation import Invitation, InvitationOutcome, Keys, Method
from applications.application.domain.link_state import Action, require

MAX_RESENDS = 3
"""How many new invitations a family may ask for within `RESEND_WINDOW`."""

RESEND_WINDOW = timedelta(days=1)

MIN_SMS_PAUSE = timedelta(minutes=1)
"""How long a phone is left alone after an invitation that has not failed: a text costs money, and rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Invite a guardian (None: the first) by a method (None: the preferred one, or the other where that is missing).

    `label` is what staff pressed, INVITE or REINVITE. `expire_days` None: as long as the organization says.
    """

    label: Action
    invitation_id: UUID
    keys: Keys
    guardian_id: UUID | None = None
    method: Method | None = None
    expire_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Withdraw the live invitation of a guardian (None: the first)."""

    guardian_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """The holder of an invitation asks for a new one; `recent_resends` is how often they did within RESEND_WINDOW."""

    guardian_id: UUID
    shown_id: UUID
    invitation_id: UUID
    keys: Keys
    recent_resends: int


def invite(application: Application, command: Invite, now: datetime) -> Decision:
    """A new invitation for a guardian; an older one stops working at this moment.

    Raises GuardianNotFound, ActionNotAllowed with the actions that fit, MethodMissing or InvitedJustNow.
    """
    guardian = application.guardian(command.guardian_id)
    require(command.label, guardian, now)
    method = command.method or _usable_method(guardian)
    contact = guardian.contacts.of(method) if method else ""
    if method is None or not contact:
        raise MethodMissing(f"The guardian has no {'phone number' if method is Method.SMS else 'email address'}.")
    _require_pause(guardian, contact, now)
    invitation = _offer(
        application, method, contact, invitation_id=command.invitation_id, now=now, days=command.expire_days
    )
    return _invited(application, guardian, invitation, command.keys, now)


def revoke(application: Application, command: Revoke, now: datetime) -> Decision:
    """The live invitation withdrawn. Raises GuardianNotFound or ActionNotAllowed."""
    guardian = application.guardian(command.guardian_id)
    require(Action.REVOKE_INVITATION, guardian, now)
    assert guardian.invitation is not None  # noqa: S101 (else the action does not fit)
    ended = guardian.invitation.ended(InvitationOutcome.REVOKED, now)
    revoked = Revoked(guardian.id, ended)
    return decided(application, replace(guardian, invitation=ended), revoked, now=now, ended=ended)


def resend(application: Application, command: Resend, now: datetime) -> Decision:
    """A new invitation to the same contact as before, in place of one that ran out or whose code is dead.

    Raises ActionNotAllowed when it is neither, has ended or been replaced, or after three within a day.
    """
    guardian = application.guardian(command.guardian_id)
    last = guardian.invitation
    if last is None or last.id != command.shown_id or last.outcome is not None:
        raise ActionNotAllowed()
    if (last.is_live(now) and not last.is_code_dead) or command.recent_resends >= MAX_RESENDS:
        raise ActionNotAllowed()
    invitation = _offer(application, last.method, last.contact, invitation_id=command.invitation_id, now=now)
    return _invited(application, guardian, invitation, command.keys, now, by_family=True)


def first_invitation(application: Application, *, invitation_id: UUID, keys: Keys, now: datetime) -> Decision:
    """What a new application brings with it: its first guardian invited, unless there is no contact at all."""
    guardian = application.guardians[0]
    method = _usable_method(guardian)
    if method is None:
        return decided(application, guardian, now=now)
    contact = guardian.contacts.of(method)
    invitation = _offer(application, method, contact, invitation_id=invitation_id, now=now)
    return _invited(application, guardian, invitation, keys, now)


def _require_pause(guardian: Guardian, contact: str, now: datetime) -> None:
    """Raises InvitedJustNow when the last invitation is on its way to the same phone, revoked meanwhile or not."""
    last = guardian.invitation
    if last is None or last.method is not Method.SMS or last.contact != contact or last.failure_reason:
        return
    if now < last.create_time + MIN_SMS_PAUSE:
        raise InvitedJustNow(retry_after=last.create_time + MIN_SMS_PAUSE - now)


def _usable_method(guardian: Guardian) -> Method | None:
    """The preferred method, the other where that contact is missing, None with neither."""
    preferred = guardian.preferred_method
    return next((method for method in (preferred, preferred.other) if guardian.contacts.of(method)), None)


def _offer(
    application: Application,
    method: Method,
    contact: str,
    *,
    invitation_id: UUID,
    now: datetime,
    days: int | None = None,
) -> Invitation:
    return Invitation(
        id=invitation_id,
        method=method,
        contact=contact,
        create_time=now,
        expire_time=now + timedelta(days=days or application.organization.invite_days),
    )


def _invited(
    application: Application,
    guardian: Guardian,
    invitation: Invitation,
    keys: Keys,
    now: datetime,
    *,
    by_family: bool = False,
) -> Decision:
    last = guardian.invitation
    return decided(
        application,
        replace(guardian, invitation=invitation, unlink=None),
        Invited(
            guardian_id=guardian.id,
            invitation=invitation,
            keys=keys,
            supersedes=last.id if last else None,
            by_family=by_family,
        ),
        now=now,
        ended=last.ended(InvitationOutcome.REPLACED, now) if last and last.outcome is None else None,
    )
