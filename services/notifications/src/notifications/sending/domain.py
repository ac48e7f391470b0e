"""What follows an attempt, and who goes first. Pure: time and chance are handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from notifications.messages.domain import TOO_LATE, AttemptResult, State
from notifications.providers.domain import Accepted, Outcome
from notifications.shared.domain import Urgency

MIN_BACKOFF = timedelta(seconds=5)
MAX_BACKOFF = timedelta(hours=3)
BACKOFF_FACTOR = 3
RETRY_WINDOW = timedelta(hours=24)

RESERVED: Mapping[Urgency, int] = MappingProxyType({Urgency.NORMAL: 4, Urgency.BULK: 8})
"""One place in four of each claim is kept for NORMAL, one in eight for BULK: a flood above does not starve them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What decides about the next attempt: the number of this one, and the time that there is."""

    number: int
    retry_since: datetime
    not_after: datetime | None


def retries_end(retry_since: datetime) -> datetime:
    """From when on a message is given up instead of attempted: who asked for it waits no longer."""
    return retry_since + RETRY_WINDOW


def after_attempt(attempt: Attempt, outcome: Outcome, *, now: datetime, chance: float) -> AttemptResult:
    """What follows an attempt. `chance` in [0, 1) spreads the retries by a quarter to both sides.

    A wait never leaps over `not_after`: it goes half of the way that is left, until less than the first wait is left.
    """
    if isinstance(outcome, Accepted):
        return AttemptResult(State.SENT)
    if outcome.is_suppressed:
        return AttemptResult(State.SUPPRESSED, outcome.reason)
    if outcome.is_permanent:
        return AttemptResult(State.PERMANENT_FAILURE, outcome.reason)
    wait = max(_wait(attempt.number) * (0.75 + chance / 2), outcome.retry_after or timedelta())
    if attempt.not_after is not None and now + wait >= attempt.not_after:
        wait = (attempt.not_after - now) / 2
        if wait < MIN_BACKOFF or wait < (outcome.retry_after or timedelta()):
            return AttemptResult(State.CANCELLED, TOO_LATE)
    if now + wait > retries_end(attempt.retry_since):
        return AttemptResult(State.TEMPORARY_FAILURE, outcome.reason, is_dead=True)
    return AttemptResult(State.TEMPORARY_FAILURE, outcome.reason, due_time=now + wait)


def _wait(number: int) -> timedelta:
    # The exponent is capped, because a large one overflows timedelta long after the longest wait is reached.
    growth: int = BACKOFF_FACTOR ** min(number - 1, 10)
    return min(MIN_BACKOFF * growth, MAX_BACKOFF)
