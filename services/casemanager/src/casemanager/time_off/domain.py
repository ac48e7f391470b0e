"""Time off: when a specialist cannot be booked, whatever the availabilities say (CM-06)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from casemanager.reservations.domain import Reservation, ReservationKind, is_in_force
from casemanager.specialists.domain import Specialist, bookings_in_the_way
from chassis.errors import FieldViolation, InvalidArgument

MAX_LENGTH = timedelta(days=731)
"""As long as a series can be."""
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOff:
    """From `start_time` to before `end_time`; no two of one specialist overlap or touch."""

    org_id: UUID
    id: UUID
    specialist_id: UUID
    start_time: datetime
    end_time: datetime
    reason: str
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A specialist, the time off that the new one overlaps or touches, and what is taken of all of that."""

    specialist: Specialist
    time_off: Sequence[TimeOff]
    reservations: Sequence[Reservation]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimeOff:
    """What is asked for; `even_if_booked`: what is confirmed in it stays, and the rest is blocked."""

    id: UUID
    start_time: datetime
    end_time: datetime
    reason: str
    even_if_booked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The time off as it will be, what it blocks, which ones it takes in, and the bookings that lie in it and stay."""

    specialist: Specialist
    time_off: TimeOff
    blocked: Sequence[Stretch]
    merged_ids: Sequence[UUID] = ()
    bookings: Sequence[Reservation] = ()


@dataclass(frozen=True, slots=True)
class Existing:
    """A time off and whose it is."""

    specialist: Specialist
    time_off: TimeOff


def check_stretch(start: datetime, end: datetime) -> None:
    """InvalidArgument for one that ends before it begins, or lasts more than two years."""
    if end <= start:
        raise _invalid(
            "TIME_OFF_EMPTY", "The end must be after the beginning.", "El final debe ser después del comienzo."
        )
    if end - start > MAX_LENGTH:
        raise _invalid(
            "TIME_OFF_TOO_LONG", "Time off lasts at most two years.", "La ausencia dura como máximo dos años."
        )


def whole(time_off: Sequence[TimeOff], start: datetime, end: datetime) -> Stretch:
    """From the first beginning to the last end of these and of the new one."""
    return min([start, *(each.start_time for each in time_off)]), max([end, *(each.end_time for each in time_off)])


def create_time_off(around: Around, command: NewTimeOff, now: datetime) -> Taken:
    """Blocks the time, as one with the time off beside it.

    BookingsInTheWay for what is held in it, and for what is confirmed unless that may stay.
    """
    start, end = whole(around.time_off, command.start_time, command.end_time)
    others = [
        each for each in around.reservations if each.kind is not ReservationKind.BLOCKED and is_in_force(each, now)
    ]
    in_it = [each for each in others if each.start_time < command.end_time and command.start_time < each.end_time]
    stays = ReservationKind.CONFIRMED if command.even_if_booked else None
    if in_the_way := [each for each in in_it if each.kind is not stays]:
        raise bookings_in_the_way(in_the_way)
    made = TimeOff(
        org_id=around.specialist.org_id,
        id=command.id,
        specialist_id=around.specialist.id,
        start_time=start,
        end_time=end,
        reason=command.reason or next((each.reason for each in around.time_off if each.reason), ""),
        create_time=now,
    )
    return Taken(
        specialist=around.specialist,
        time_off=made,
        blocked=list(_free(start, end, others)),
        merged_ids=[each.id for each in around.time_off],
        bookings=in_it,
    )


def delete_time_off(existing: Existing, _command: None, _now: datetime) -> Existing:
    """Lets the time be booked."""
    return existing


def _free(start: datetime, end: datetime, taken: Sequence[Reservation]) -> Iterator[Stretch]:
    """What is left between; what is taken never overlaps."""
    for each in sorted(taken, key=lambda reservation: reservation.start_time):
        if start < each.start_time:
            yield start, min(each.start_time, end)
        start = max(start, each.end_time)
    if start < end:
        yield start, end


def _invalid(reason: str, english: str, spanish: str) -> InvalidArgument:
    return InvalidArgument(violations=[FieldViolation("end_time", reason, english, localized={"es": spanish})])
