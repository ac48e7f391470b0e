"""An availability: one block of time on a date, or a weekly series of it, with exceptions (CM-06)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from casemanager.availabilities.domain.wall_clock import block_of, zone_of

WEEK_DAYS = 7
_MARGIN = timedelta(days=1)
"""Around the dates of a window: where clocks change at midnight, a block can reach into the date beside its own."""


class Kind(IntEnum):
    """What a request of a time comes to; the numbers are the contract's."""

    AVAILABLE = 1
    ON_DEMAND = 2


class Mode(IntEnum):
    """How the appointment is held; the numbers are the contract's."""

    IN_PERSON = 1
    TELEHEALTH = 2


class ExceptionKind(IntEnum):
    """What is different on a date; the numbers are the contract's."""

    CANCELLED = 1
    CHANGED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityException:
    """A date on which the block does not take place, or at other minutes of the day."""

    date: date
    kind: ExceptionKind
    start_minute: int = 0
    end_minute: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """A block from `start_minute` to `end_minute` of a day on the wall clock of `time_zone`.

    On `start_date` alone when `weekdays` is empty; else on these (Monday is 1, as in ISO 8601) until `end_date`, in
    every `interval_weeks`-th week, counted from that of `start_date`. `service_types` it is for: all when empty;
    `minimum_notice_hours` None: the organization's. An appointment is followed by its buffer.
    """

    org_id: UUID
    id: UUID
    specialist_id: UUID
    kind: Kind
    mode: Mode
    place_id: UUID | None = None
    service_types: tuple[str, ...] = ()
    time_zone: str
    start_minute: int
    end_minute: int
    start_date: date
    end_date: date
    weekdays: tuple[int, ...] = ()
    interval_weeks: int = 1
    appointment_minutes: int
    step_minutes: int
    buffer_minutes: int = 0
    minimum_notice_hours: int | None = None
    exceptions: Mapping[date, AvailabilityException] = field(default_factory=dict)
    create_time: datetime
    update_time: datetime
    version: int


def takes_place_on(availability: Availability, day: int) -> bool:
    """Whether its dates have this one, by ordinal; exceptions aside."""
    first = availability.start_date.toordinal()
    if not availability.weekdays:
        return day == first
    weeks = (day - 1) // WEEK_DAYS - (first - 1) // WEEK_DAYS  # the first day of the calendar was a Monday
    return (
        first <= day <= availability.end_date.toordinal()
        and (day - 1) % WEEK_DAYS + 1 in availability.weekdays
        and weeks % availability.interval_weeks == 0
    )


def blocks(availability: Availability, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """The times of its dates around a window, in order, each from and to in microseconds since 1970.

    All that overlap the window are among them, and some beside it.
    """
    zone = zone_of(availability.time_zone)
    first = max((start.astimezone(zone).date() - _MARGIN).toordinal(), availability.start_date.toordinal())
    last = min((end.astimezone(zone).date() + _MARGIN).toordinal(), availability.end_date.toordinal())
    for day in range(first, last + 1):
        if takes_place_on(availability, day):
            minutes = availability.start_minute, availability.end_minute
            if availability.exceptions and (exception := availability.exceptions.get(date.fromordinal(day))):
                if exception.kind is ExceptionKind.CANCELLED:
                    continue
                minutes = exception.start_minute, exception.end_minute
            yield block_of(day, *minutes, zone)
