"""What a ledger is and what may become of it; pure: no clock, no ids, no database."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict
from chassis.machine import Machine


class LedgerState(StrEnum):
    """Whether a ledger takes entries."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class LedgerAction(StrEnum):
    """What can be done with a ledger."""

    BOOK = "BOOK"
    CLOSE = "CLOSE"


class LedgerActionNotAllowed(Conflict):
    """The ledger is in another state."""

    reason = "LEDGER_ACTION_NOT_ALLOWED"
    message = "The ledger does not allow this now."


class NotEnough(Conflict):
    """More than there is cannot be taken."""

    reason = "NOT_ENOUGH"
    message = "Not enough."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """An account of amounts; `version` rises with each change."""

    org_id: UUID
    id: UUID
    name: str
    state: LedgerState
    balance: int
    version: int
    labels: dict[str, str]
    open_time: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount that was booked, and what was written beside it."""

    id: UUID
    amount: int
    text: str | None


LEDGER_MACHINE = Machine(
    {
        (LedgerState.OPEN, LedgerAction.BOOK): LedgerState.OPEN,
        (LedgerState.OPEN, LedgerAction.CLOSE): LedgerState.CLOSED,
    },
    LedgerActionNotAllowed,
)


def book(ledger: Ledger, amount: int) -> Ledger:
    """Add an amount, or take one; raises LedgerActionNotAllowed or NotEnough."""
    state = LEDGER_MACHINE.next(ledger.state, LedgerAction.BOOK)
    if ledger.balance + amount < 0:
        raise NotEnough()
    return replace(ledger, state=state, balance=ledger.balance + amount, version=ledger.version + 1)


def close(ledger: Ledger) -> Ledger:
    """Let nothing be booked any more; raises LedgerActionNotAllowed."""
    state = LEDGER_MACHINE.next(ledger.state, LedgerAction.CLOSE)
    return replace(ledger, state=state, version=ledger.version + 1)
