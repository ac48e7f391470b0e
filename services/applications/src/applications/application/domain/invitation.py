"""An invitation: an offer to link one guardian to an account, and what it is worth at a moment."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from portico_errors.applications import (
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
)

CODE_LENGTH = 10
MAX_MISMATCHES = 5
"""How many wrong application numbers kill a code; its link survives."""

MAX_UNKNOWN_CODES = 10
"""How many unknown codes of one address are answered within `TRIES_WINDOW`; from then on only code and number together
open something, and all else that is typed counts against the address."""

MAX_ADDRESS_TRIES = 100
"""How many of them one address has within the window before it is refused everything."""

MAX_NETWORK_TRIES = 1000
"""How many of them the addresses of one neighbourhood have together."""

TRIES_WINDOW = timedelta(hours=1)


class Method(IntEnum):
    """How an invitation is sent."""

    EMAIL = 1
    SMS = 2

    @property
    def other(self) -> "Method":
        """The one that remains when this one's contact is missing."""
        return Method.SMS if self is Method.EMAIL else Method.EMAIL


class InvitationOutcome(IntEnum):
    """What ended an invitation before, or after, it ran out. Running out is no end: it can still be replaced."""

    ACCEPTED = 1
    REVOKED = 2
    REPLACED = 3
    CONTACT_CHANGED = 4


class InvitationStatus(IntEnum):
    """What an invitation is worth to the one who shows it."""

    VALID = 1
    EXPIRED = 2
    USED = 3
    REVOKED = 4
    REPLACED = 5
    UNKNOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What opens an invitation, in forms that give nothing away: keyed hashes, and a sealed box for the message."""

    token_hash: bytes
    code_hash: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One offer; its token and code are known only by their keyed hashes, and stand in no state.

    `failure_reason` are the provider's words why the message did not arrive, empty while nothing speaks against it.
    """

    id: UUID
    method: Method
    contact: str
    create_time: datetime
    expire_time: datetime
    outcome: InvitationOutcome | None = None
    end_time: datetime | None = None
    open_time: datetime | None = None
    mismatches: int = 0
    failure_reason: str = ""

    def is_live(self, now: datetime) -> bool:
        """Whether it can be accepted."""
        return self.outcome is None and now < self.expire_time

    @property
    def is_code_dead(self) -> bool:
        """Whether the code was tried with too many wrong numbers."""
        return self.mismatches >= MAX_MISMATCHES

    @property
    def offered_until(self) -> datetime | None:
        """Until when it can be accepted; None for one that was. One that was withdrawn counts as if it never stood."""
        match self.outcome:
            case None:
                return self.expire_time
            case InvitationOutcome.ACCEPTED:
                return None
            case InvitationOutcome.REVOKED | InvitationOutcome.REPLACED | InvitationOutcome.CONTACT_CHANGED:
                # Not the moment of the end: a clock that goes before another would let it live for that long.
                return self.create_time

    def ended(self, outcome: InvitationOutcome, now: datetime) -> "Invitation":
        """The invitation with its end; only one that has none can end."""
        return replace(self, outcome=outcome, end_time=now)


def invitation_status(invitation: Invitation, now: datetime) -> InvitationStatus:
    """What the invitation is worth now. How it ended counts before running out: that is the better explanation."""
    match invitation.outcome:
        case InvitationOutcome.ACCEPTED:
            return InvitationStatus.USED
        case InvitationOutcome.REVOKED | InvitationOutcome.CONTACT_CHANGED:
            return InvitationStatus.REVOKED
        case InvitationOutcome.REPLACED:
            return InvitationStatus.REPLACED
        case None:
            return InvitationStatus.VALID if invitation.is_live(now) else InvitationStatus.EXPIRED


def require_valid(invitation: Invitation, now: datetime) -> None:
    """Raises the error that says why the invitation is worth nothing."""
    match invitation_status(invitation, now):
        case InvitationStatus.VALID:
            return
        case InvitationStatus.EXPIRED:
            raise InvitationExpired(
                f"This invitation expired on {invitation.expire_time.date().isoformat()}.",
                metadata={"expire_time": invitation.expire_time.isoformat()},
            )
        case InvitationStatus.USED:
            raise InvitationUsed()
        case InvitationStatus.REVOKED:
            raise InvitationRevoked()
        case InvitationStatus.REPLACED:
            raise InvitationReplaced()
        case InvitationStatus.UNKNOWN:
            raise InvitationUnknown()
