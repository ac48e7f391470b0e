"""The decision about an invitation that a family takes up."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from applications.application.domain.application import Application, Link
from applications.application.domain.decision import Decision, decided
from applications.application.domain.events import Linked, Opened
from applications.application.domain.invitation import Invitation, InvitationOutcome, require_valid


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
        invitation = shown if shown.outcome else shown.ended(InvitationOutcome.REPLACED, now)
    require_valid(invitation, now)
    link = Link(command.account_id, command.username, now)
    accepted = replace(
        invitation.ended(InvitationOutcome.ACCEPTED, now), open_time=invitation.open_time or now, failure_reason=""
    )
    return decided(
        application,
        replace(guardian, invitation=accepted, link=link, unlink=None),
        *(() if invitation.open_time else (Opened(guardian.id, accepted),)),
        Linked(guardian.id, accepted, link),
        now=now,
        ended=accepted,
    )
