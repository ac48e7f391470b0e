"""Where a guardian stands on the way to an account, and what staff can do about it: AP-03.

Nothing here is stored. The state is a matter of facts and of the time, so that expiry needs no job to be true.
"""

from datetime import datetime, timedelta
from enum import IntEnum

from portico_errors.applications import ActionNotAllowed

from applications.application.domain.application import Guardian
from applications.application.domain.invitation import InvitationOutcome

UNDO_WINDOW = timedelta(minutes=15)
"""How long an unlink can be undone; the family is told when it is over."""


class LinkState(IntEnum):
    """The state of the link; `link_state` says which holds."""

    NO_CONTACT = 1
    NOT_INVITED = 2
    INVITED = 3
    EXPIRED = 4
    UNDELIVERABLE = 5
    LINKED = 6


class Action(IntEnum):
    """What staff can do."""

    INVITE = 1
    REINVITE = 2
    UNLINK = 3
    UPDATE = 4
    SEND_PASSWORD_RESET = 5
    UNDO_UNLINK = 6
    REVOKE_INVITATION = 7


_FIRST = {
    LinkState.LINKED: (Action.UNLINK, Action.SEND_PASSWORD_RESET),
    LinkState.NO_CONTACT: (Action.UPDATE,),
    LinkState.UNDELIVERABLE: (Action.REINVITE,),
    LinkState.INVITED: (Action.REINVITE,),
    LinkState.EXPIRED: (Action.REINVITE,),
    LinkState.NOT_INVITED: (Action.INVITE,),
}
"""What comes first in a state."""


def link_state(guardian: Guardian, now: datetime) -> LinkState:
    """The first of LINKED, NO_CONTACT, UNDELIVERABLE, INVITED, EXPIRED, NOT_INVITED that holds."""
    if guardian.link:
        return LinkState.LINKED
    if not guardian.contacts:
        return LinkState.NO_CONTACT
    invitation = guardian.invitation
    # One that was accepted is no offer any more: its link was taken away.
    if invitation is None or invitation.outcome is InvitationOutcome.ACCEPTED:
        return LinkState.NOT_INVITED
    if invitation.failure_reason:
        return LinkState.UNDELIVERABLE
    return LinkState.INVITED if invitation.is_live(now) else LinkState.EXPIRED


def allowed_actions(guardian: Guardian, now: datetime) -> tuple[Action, ...]:
    """What staff can do now, in the order in which it is offered; the first is the one that comes first."""
    first = _FIRST[link_state(guardian, now)]
    is_live = guardian.invitation is not None and guardian.invitation.is_live(now)
    further = {Action.REVOKE_INVITATION: is_live, Action.UNDO_UNLINK: can_undo(guardian, now), Action.UPDATE: True}
    return (*first, *(action for action, fits in further.items() if fits and action not in first))


def can_undo(guardian: Guardian, now: datetime) -> bool:
    """Whether an unlink can be undone: within the window, and unless the guardian was invited since."""
    return guardian.unlink is not None and now < guardian.unlink.unlink_time + UNDO_WINDOW


def require(action: Action, guardian: Guardian, now: datetime) -> None:
    """Raises ActionNotAllowed, with the actions that fit, unless this one does."""
    allowed = allowed_actions(guardian, now)
    if action not in allowed:
        state, fit = link_state(guardian, now).name, [fitting.name for fitting in allowed]
        raise ActionNotAllowed(
            f"{action.name} does not fit {state}; {', '.join(fit)} {'does' if len(fit) == 1 else 'do'}.",
            metadata={"link_state": state, "allowed_actions": ",".join(fit)},
        )
