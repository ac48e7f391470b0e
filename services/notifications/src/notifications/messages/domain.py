"""What a message is, and what it goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from notifications.shared.domain import Channel


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


REFUSED_VERSION, FIRST_VERSION = 1, 2
"""Of the answer to a request that was refused, and of a stored message: what a redrive tells is newer."""

SUPERSEDED, TOO_LATE = "SUPERSEDED", "TOO_LATE"
"""Why a message is CANCELLED."""

NOT_ATTEMPTED = "NOT_ATTEMPTED"
"""Why a message was given up that no provider was ever asked to take."""


@dataclass(frozen=True, slots=True)
class Message:
    """One email or SMS to one recipient, as staff see it."""

    org_id: UUID
    id: UUID
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
    due_time: datetime | None
    subject: str
    text: str
    segment_count: int


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What becomes of a message: `due_time` is its next attempt, `is_dead` says that it becomes a dead letter."""

    state: State
    reason: str = ""
    due_time: datetime | None = None
    is_dead: bool = False


def is_too_late(not_after: datetime | None, now: datetime) -> bool:
    """Whether a message is worth nothing any more; such a one is cancelled instead of attempted."""
    return not_after is not None and now >= not_after


@dataclass(frozen=True, slots=True)
class DeadLetteredMessage:
    """A message whose retries ran out, and what decides whether it can be put back to work."""

    org_id: UUID
    id: UUID
    template: str
    channel: Channel
    reference: str
    dead_reason: str
    version: int
    group: str
    not_after: datetime | None
    dead_time: datetime
    redrive_time: datetime | None
    has_values: bool
    is_superseded: bool


@dataclass(frozen=True, slots=True)
class CancelledMessage:
    """A message that was taken back with its group before a provider had it."""

    id: UUID
    template: str
    channel: Channel
    reference: str
    version: int
