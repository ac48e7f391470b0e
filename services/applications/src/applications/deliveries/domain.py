"""What a report about a message means for the invitation that it carries: AP-17, and UNDELIVERABLE of AP-03."""

from dataclasses import dataclass
from enum import Enum, auto

from applications.application.domain.timeline import Kind


class DeliveryStatus(Enum):
    """What became of a message."""

    QUEUED = auto()
    SENT = auto()
    DELIVERED = auto()
    RETRIED = auto()
    FAILED = auto()
    SUPPRESSED = auto()
    SUPERSEDED = auto()
    TOO_LATE = auto()


MESSAGE_STATES = {
    DeliveryStatus.QUEUED: 1,
    DeliveryStatus.SENT: 3,
    DeliveryStatus.DELIVERED: 4,
    DeliveryStatus.RETRIED: 5,
    DeliveryStatus.FAILED: 6,
    DeliveryStatus.SUPPRESSED: 7,
    DeliveryStatus.SUPERSEDED: 8,
    DeliveryStatus.TOO_LATE: 8,
}
"""What an invitation of a batch remembers of its message: the numbers are notifications'."""

FINAL = frozenset({3, 4, 6, 7, 8})
"""The states of messages that were sent or given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The line that it leaves (None: none), and why the message did not arrive.

    `failure_reason` empty: nothing speaks against it any more; None: nothing new is known.
    """

    kind: Kind | None
    detail: str = ""
    failure_reason: str | None = None


def report_of(status: DeliveryStatus, reason: str) -> Report:
    """What a status means; `reason` are the provider's words."""
    match status:
        case DeliveryStatus.QUEUED:
            return Report(kind=Kind.MESSAGE_QUEUED, failure_reason="")
        case DeliveryStatus.SENT:
            return Report(kind=Kind.MESSAGE_SENT, failure_reason="")
        case DeliveryStatus.DELIVERED:
            return Report(kind=Kind.MESSAGE_DELIVERED, failure_reason="")
        case DeliveryStatus.RETRIED:
            return Report(kind=Kind.MESSAGE_FAILED, detail=reason)
        case DeliveryStatus.FAILED | DeliveryStatus.SUPPRESSED:
            return Report(kind=Kind.MESSAGE_FAILED, detail=reason, failure_reason=reason or status.name)
        case DeliveryStatus.SUPERSEDED:
            return Report(kind=None)
        case DeliveryStatus.TOO_LATE:
            return Report(kind=Kind.MESSAGE_FAILED, detail=status.name, failure_reason=status.name)
