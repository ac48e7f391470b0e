"""What a command comes to: the booking afterwards, and all that is written and said with it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ReasonNeeded

from casemanager.bookings.domain.appointment import Appointment, Option
from casemanager.bookings.domain.booking import Booking, Reason, Seen
from casemanager.tasks.domain.task import Task
from chassis.errors import FieldViolation


class Kind(IntEnum):
    """What happened to a booking; the numbers are the contract's."""

    REQUESTED = 1
    ACCEPTED = 2
    OFFERED = 3
    CONFIRMED = 4
    REFUSED = 5
    DECLINED = 6
    EXPIRED = 7
    CANCELLED = 8
    RESCHEDULED = 9
    MOVE_REQUESTED = 10
    MOVE_DECLINED = 11
    OUTCOME_RECORDED = 12
    ASSIGNED = 13
    TAKEN_OVER = 14
    CANCELLATION_KIND_SET = 15
    UPDATED = 16
    NOTE_ADDED = 17
    PAPERWORK_SENT = 18
    REPORT_FILED = 19
    REPORTED = 20
    REPORT_WITHDRAWN = 21
    REPORT_QUARANTINED = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Why, in one of the reasons and in words."""

    reason: Reason | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        """ReasonNeeded where OTHER says nothing."""
        if self.reason is Reason.OTHER and not self.comment.strip():
            raise reason_needed("comment")


NO_REASON = Because()


def reason_needed(field: str) -> ReasonNeeded:
    """The refusal of a field in which somebody has to say more."""
    words = ("Say why.", "Indique el motivo.")
    return ReasonNeeded(violations=[FieldViolation(field, "REASON_NEEDED", words[0], localized={"es": words[1]})])


@dataclass(frozen=True, slots=True)
class FollowUps:
    """The tasks that a decision opens, and those that it moves or ends."""

    opened: tuple[Task, ...] = ()
    changed: tuple[Task, ...] = ()


NOTHING_FOLLOWS = FollowUps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A booking as a command left it. `before` is None for a new one.

    `takes` is the time that the booking gets, and `holds` are the options whose times it keeps free: in the place of
    all that it had. `frees_all`, or the options of `freed_ids`: what it has no longer. With none of them all stays.
    `answered_tasks` are those of its case that a new request does; `tasks` follow from all of it.
    """

    seen: Seen
    before: Booking | None
    kind: Kind
    because: Because = NO_REASON
    changes: tuple[str, ...] = ()
    takes: Appointment | None = None
    holds: tuple[Option, ...] = ()
    frees_all: bool = False
    freed_ids: tuple[UUID, ...] = ()
    suggests_rebooking: bool = False
    answered_tasks: tuple[Task, ...] = ()
    tasks: FollowUps = NOTHING_FOLLOWS

    @property
    def booking(self) -> Booking:
        """The booking as it is afterwards."""
        return self.seen.booking

    @property
    def changes_state(self) -> bool:
        """Whether it is in another state than before, or new."""
        return self.before is None or self.before.state is not self.booking.state

    def numbered(self, number: str) -> "Decision":
        """The same, for a new booking that has got its number."""
        return replace(self, seen=replace(self.seen, booking=replace(self.booking, number=number)))


def decided(seen: Seen, booking: Booking, kind: Kind, **more: object) -> Decision:
    """What a command on a booking that is there comes to."""
    made: Decision = Decision(
        seen=replace(seen, booking=booking),
        before=seen.booking,
        kind=kind,
        **more,  # type: ignore[arg-type]
    )
    return made


OUTSIDE = "outside_availability: "
"""How the history begins to say why a time is outside of any availability."""


def change_of(name: str, before: object, after: object) -> str:
    """A line of what is different, as the history keeps it."""
    return f"{name}: {_written(before)} → {_written(after)}"


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.name if isinstance(value, IntEnum) else str(value or "–")
