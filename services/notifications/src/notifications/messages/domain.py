"""What a message goes through, and what follows an attempt. Pure: time and chance are handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from types import MappingProxyType
from uuid import UUID

from chassis.errors import AlreadyExists, Conflict, InvalidArgument, NotFound


class Channel(IntEnum):
    """How a message travels; the numbers are the contract's and the database's."""

    EMAIL = 1
    SMS = 2


class Urgency(IntEnum):
    """How much a message may wait; the numbers are the contract's and the database's."""

    URGENT = 1
    NORMAL = 2
    BULK = 3


class State(IntEnum):
    """Where a message is on its way; the numbers are the contract's and the database's."""

    QUEUED = 1
    SENDING = 2
    SENT = 3
    DELIVERED = 4
    TEMPORARY_FAILURE = 5
    PERMANENT_FAILURE = 6
    SUPPRESSED = 7
    CANCELLED = 8


SUPERSEDED, TOO_LATE = "SUPERSEDED", "TOO_LATE"
"""Why a message is CANCELLED."""


class RequestInvalid(InvalidArgument):
    """The request contradicts itself, or holds what no text holds."""


class TemplateNotFound(NotFound):
    """No template with this key for the channel."""

    reason = "TEMPLATE_NOT_FOUND"
    message = "No such template."


class TemplateValuesInvalid(InvalidArgument):
    """A declared value is missing or malformed, or an undeclared one is there."""

    reason = "TEMPLATE_VALUES_INVALID"
    message = "The values are not those that the template declares."


class RecipientInvalid(InvalidArgument):
    """The address is not one of its channel."""

    reason = "RECIPIENT_INVALID"
    message = "The recipient's address is not one of its channel."


class SealedValuesUnreadable(InvalidArgument):
    """The sealed box does not open with this service's key."""

    reason = "SEALED_VALUES_UNREADABLE"
    message = "The sealed values cannot be opened."


class IdempotencyKeyReused(AlreadyExists):
    """The key belongs to a message with another body."""

    reason = "IDEMPOTENCY_KEY_REUSED"
    message = "The idempotency key belongs to another message."


class SmsTooLong(InvalidArgument):
    """The text would take more parts than allowed."""

    reason = "SMS_TOO_LONG"
    message = "The text takes too many SMS parts."


class MessageNotFound(NotFound):
    """No such message in the caller's organization."""

    reason = "MESSAGE_NOT_FOUND"
    message = "No such message."


class DeadLetterNotFound(NotFound):
    """No such dead letter."""

    reason = "DEAD_LETTER_NOT_FOUND"
    message = "No such dead letter."


class DeadLetterNotRedrivable(Conflict):
    """Its time is over, or its secret is gone."""

    reason = "DEAD_LETTER_NOT_REDRIVABLE"
    message = "What this message says is no longer valid; ask for a new one."


@dataclass(frozen=True, slots=True)
class Request:
    """What another service asks to be sent; `asker` is its name and scopes the idempotency key and the reference."""

    asker: str
    template: str
    channel: Channel
    address: str
    language: str
    values: Mapping[str, str]
    sealed_values: bytes
    reference: str
    idempotency_key: str
    urgency: Urgency
    not_after: datetime | None
    supersedes: str


@dataclass(frozen=True, slots=True)
class Message:
    """One email or SMS to one recipient, as staff see it."""

    org_id: UUID
    message_id: UUID
    template: str
    template_version: int
    channel: Channel
    address: str
    language: str
    reference: str
    state: State
    failure_reason: str
    attempt_count: int
    create_time: datetime
    send_time: datetime | None
    due_at: datetime | None
    subject: str
    text: str
    segment_count: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it; `reason` is in its words, without the recipient's address.

    `retry_after` is how long the provider asked to be left alone, by everybody.
    """

    reason: str
    is_permanent: bool
    retry_after: timedelta | None = None


Outcome = Accepted | Refused


@dataclass(frozen=True, slots=True)
class Attempt:
    """What decides about the next attempt: the number of this one, and the time that there is."""

    number: int
    retry_since: datetime
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message: `due_at` is its next attempt, `is_dead` says that it becomes a dead letter."""

    state: State
    reason: str = ""
    due_at: datetime | None = None
    is_dead: bool = False


FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=3)
WAIT_GROWTH = 3
RETRY_WINDOW = timedelta(hours=24)


def after_attempt(attempt: Attempt, outcome: Outcome, *, now: datetime, chance: float) -> Verdict:
    """What follows an attempt. `chance` in [0, 1) spreads the retries by a quarter to both sides.

    A wait never leaps over `not_after`: it goes half of the way that is left, until less than the first wait is left.
    """
    if isinstance(outcome, Accepted):
        return Verdict(State.SENT)
    if outcome.is_permanent:
        return Verdict(State.PERMANENT_FAILURE, outcome.reason)
    wait = max(_wait(attempt.number) * (0.75 + chance / 2), outcome.retry_after or timedelta())
    if attempt.not_after is not None and now + wait >= attempt.not_after:
        wait = (attempt.not_after - now) / 2
        if wait < FIRST_WAIT or wait < (outcome.retry_after or timedelta()):
            return Verdict(State.CANCELLED, TOO_LATE)
    if now + wait > attempt.retry_since + RETRY_WINDOW:
        return Verdict(State.TEMPORARY_FAILURE, outcome.reason, is_dead=True)
    return Verdict(State.TEMPORARY_FAILURE, outcome.reason, due_at=now + wait)


def _wait(number: int) -> timedelta:
    # The exponent is capped, because a large one overflows timedelta long after the longest wait is reached.
    growth: int = WAIT_GROWTH ** min(number - 1, 10)
    return min(FIRST_WAIT * growth, LONGEST_WAIT)


def is_too_late(not_after: datetime | None, now: datetime) -> bool:
    """Whether a message is worth nothing any more; such a one is cancelled instead of attempted."""
    return not_after is not None and now >= not_after


RESERVED: Mapping[Urgency, int] = MappingProxyType({Urgency.NORMAL: 4, Urgency.BULK: 8})
"""One place in four of each claim is kept for NORMAL, one in eight for BULK: a flood above does not starve them."""


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """What decides whether a message whose retries ran out can be put back to work."""

    message_id: UUID
    template: str
    channel: Channel
    reference: str
    dead_reason: str
    version: int
    not_after: datetime | None
    dead_at: datetime
    redriven_at: datetime | None
    has_values: bool


def redriven(dead: DeadMessage, *, now: datetime) -> DeadMessage:
    """The message put back to work; the same when it was put back before and has not died again.

    `DeadLetterNotRedrivable` when its time is over, or what it says was forgotten.
    """
    if dead.redriven_at is not None:
        return dead
    if is_too_late(dead.not_after, now) or not dead.has_values:
        raise DeadLetterNotRedrivable()
    return replace(dead, redriven_at=now, version=dead.version + 1)
