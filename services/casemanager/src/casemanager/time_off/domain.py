"""Time off: when a specialist cannot be booked, whatever the availabilities say (CM-06)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from casemanager.reservations.domain import Reservation, ReservationKind, is_in_force
from casemanager.specialists.domain import Specialist, bookings_in_the_way
from casemanager.tasks.domain.due import Calendar, Due, due_time
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import Task
from chassis.errors import FieldViolation, InvalidArgument

MAX_LENGTH = timedelta(days=731)
"""As long as a series can be."""
MAX_LISTED = 150
"""Bookings that a task lists: its note has 2,000 characters."""
Stretch = tuple[datetime, datetime]
Versions = Mapping[UUID, int]
"""The bookings that lie in a time off, by id, each at the version at which its time was looked at."""


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
    """A specialist, the time off that the new one overlaps or touches, and what is held or confirmed in all of that.

    `calendar` says when staff work.
    """

    specialist: Specialist
    time_off: Sequence[TimeOff]
    reservations: Sequence[Reservation]
    versions: Versions
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimeOff:
    """What is asked for; `even_if_booked`: what is confirmed stays, staff have a task, and the rest is blocked."""

    id: UUID
    task_id: UUID
    start_time: datetime
    end_time: datetime
    reason: str
    even_if_booked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The time off as it will be, what it blocks, which ones it takes in, and the bookings that lie in it and stay.

    `task` asks staff to move these; `versions` are of all that lie in the whole.
    """

    specialist: Specialist
    time_off: TimeOff
    blocked: Sequence[Stretch]
    versions: Versions
    task: Task | None
    merged_ids: Sequence[UUID] = ()
    bookings: Sequence[Reservation] = ()


@dataclass(frozen=True, slots=True)
class Existing:
    """A time off and whose it is, and what is booked in it."""

    specialist: Specialist
    time_off: TimeOff
    versions: Versions


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
    others = [each for each in around.reservations if is_in_force(each, now)]
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
        versions=around.versions,
        task=_move_task(around, in_it, command.task_id, now) if in_it else None,
        merged_ids=[each.id for each in around.time_off],
        bookings=in_it,
    )


def _move_task(around: Around, booked: Sequence[Reservation], task_id: UUID, now: datetime) -> Task:
    """What asks staff to move what is booked; its note says whose and which, in the words of no language."""
    numbers = [each.booking_number for each in booked]
    more = [f"+ {len(numbers) - MAX_LISTED}"] if len(numbers) > MAX_LISTED else []
    return Task(
        org_id=around.specialist.org_id,
        id=task_id,
        kind=TaskKind.MOVE_BOOKINGS,
        note=f"{around.specialist.display_name}: {', '.join([*numbers[:MAX_LISTED], *more])}",
        due_time=due_time(TaskKind.MOVE_BOOKINGS, Due(calendar=around.calendar, zone=around.calendar.zone), now),
        create_time=now,
    )


def delete_time_off(existing: Existing, _command: None, _now: datetime) -> Existing:
    """Lets the time be booked."""
    return existing


def _free(start: datetime, end: datetime, taken: Sequence[Reservation]) -> Iterator[Stretch]:
    """What is left between; what is taken comes in order, and never overlaps."""
    for each in taken:
        if start < each.start_time:
            yield start, min(each.start_time, end)
        start = max(start, each.end_time)
    if start < end:
        yield start, end


def _invalid(reason: str, english: str, spanish: str) -> InvalidArgument:
    return InvalidArgument(violations=[FieldViolation("end_time", reason, english, localized={"es": spanish})])
