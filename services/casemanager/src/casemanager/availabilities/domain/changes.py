"""Making an availability, changing it and its dates, and removing it; bookings stay, and are named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portico_errors.casemanager import AvailabilityTooLong, PlaceInactive

from casemanager.availabilities.domain.availability import (
    Availability,
    AvailabilityException,
    ExceptionKind,
    Kind,
    Mode,
    blocks,
    takes_place_on,
)
from casemanager.availabilities.domain.wall_clock import MINUTE, microseconds
from casemanager.places.domain import Place
from casemanager.places.domain import Status as PlaceStatus
from casemanager.reservations.domain import Reservation
from casemanager.specialists.domain import Specialist
from casemanager.value_lists.domain import check_listed
from chassis.errors import FieldViolation, InvalidArgument

MAX_YEARS = 2
FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2199, 12, 31)
"""What calendars of people have; far beyond, arithmetic of dates ends."""
_WORDS = {
    "BLOCK_EMPTY": ("The end must be after the beginning.", "El final debe ser después del comienzo."),
    "BLOCK_TOO_SHORT": (
        "The block is shorter than one appointment.",
        "El bloque es más corto que una cita.",
    ),
    "DATE_OUT_OF_BOUNDS": ("Choose a date from 2000 to 2199.", "Elija una fecha entre 2000 y 2199."),
    "SERIES_ENDS_BEFORE_IT_BEGINS": (
        "The last date must not be before the first one.",
        "La última fecha no puede ser anterior a la primera.",
    ),
    "WEEKDAYS_MISSING": ("Choose the days of the week.", "Elija los días de la semana."),
    "NO_DATES": ("No date of these weeks is one of these days.", "Ninguna fecha de estas semanas cae en esos días."),
    "NOT_A_DATE_OF_IT": (
        "The availability does not take place on this date.",
        "La disponibilidad no tiene lugar en esta fecha.",
    ),
    "PLACE_MISSING": ("Choose a place.", "Elija un lugar."),
    "PLACE_NOT_NEEDED": ("Telehealth has no place.", "La telesalud no tiene lugar."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is written of an availability, in the fields of one; `step_minutes` None: appointment and buffer.

    `listed` are the types of service that can be chosen.
    """

    kind: Kind
    service_types: tuple[str, ...]
    start_minute: int
    end_minute: int
    start_date: date
    end_date: date
    weekdays: tuple[int, ...]
    interval_weeks: int
    appointment_minutes: int
    step_minutes: int | None
    buffer_minutes: int
    minimum_notice_hours: int | None
    listed: frozenset[str] = frozenset()

    def check_services(self, kept: Sequence[str] = ()) -> None:
        """Raises ValueNotListed for types of service that are neither listed nor `kept`."""
        fields = {f"block.service_types[{place}]": key for place, key in enumerate(self.service_types)}
        check_listed(fields, listed=self.listed, kept=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAvailability:
    """What is made, and how appointments are held."""

    id: UUID
    mode: Mode
    block: Block


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose availability is made, and where."""

    specialist: Specialist
    place: Place | None


@dataclass(frozen=True, slots=True)
class Booked:
    """An availability, and what is confirmed of its specialist's time from now on, by start."""

    availability: Availability
    confirmed: Sequence[Reservation] = ()

    @property
    def version(self) -> int:
        """The availability's."""
        return self.availability.version


def new_availability(scene: Scene, command: NewAvailability, now: datetime) -> Booked:
    """An availability by the clock of its place, or for telehealth by its specialist's.

    InvalidArgument, AvailabilityTooLong, PlaceInactive, or ValueNotListed.
    """
    place, specialist = scene.place, scene.specialist
    if (command.mode is Mode.IN_PERSON) != (place is not None):
        raise _invalid("place_id", "PLACE_NOT_NEEDED" if place else "PLACE_MISSING")
    if place is not None and place.status is PlaceStatus.INACTIVE:
        raise PlaceInactive()
    block = command.block
    block.check_services()
    made = Availability(
        org_id=specialist.org_id,
        id=command.id,
        specialist_id=specialist.id,
        mode=command.mode,
        place_id=place.id if place else None,
        time_zone=place.time_zone if place else specialist.time_zone,
        create_time=now,
        update_time=now,
        version=1,
        **_fields(block),
    )
    return Booked(_checked(made))


def update_availability(booked: Booked, block: Block, now: datetime) -> Booked:
    """Writes the block anew; exceptions on dates that it no longer has are gone. Raises as `new_availability`."""
    block.check_services(kept=booked.availability.service_types)
    changed = _checked(replace(booked.availability, **_fields(block)))
    kept = {day: each for day, each in changed.exceptions.items() if takes_place_on(changed, day.toordinal())}
    return _changed(booked, replace(changed, exceptions=kept), now)


def delete_availability(booked: Booked, _: None, now: datetime) -> Booked:
    """Removes it; names all that is confirmed in its times."""
    removed = replace(booked.availability, update_time=now, version=booked.availability.version + 1)
    return Booked(removed, [each for each in booked.confirmed if _lies_in(booked.availability, each)])


def set_exception(booked: Booked, exception: AvailabilityException, now: datetime) -> Booked:
    """Cancels or changes one of its dates; InvalidArgument for another date, or minutes that are none."""
    availability = booked.availability
    if not takes_place_on(availability, exception.date.toordinal()):
        raise _invalid("date", "NOT_A_DATE_OF_IT")
    if exception.kind is ExceptionKind.CHANGED and exception.end_minute <= exception.start_minute:
        raise _invalid("end_minute", "BLOCK_EMPTY")
    exceptions = {**availability.exceptions, exception.date: exception}
    return _changed(booked, replace(availability, exceptions=exceptions), now)


def delete_exception(booked: Booked, day: date, now: datetime) -> Booked:
    """Lets a date be as the others; without an exception nothing is different."""
    others = {date_: each for date_, each in booked.availability.exceptions.items() if date_ != day}
    return _changed(booked, replace(booked.availability, exceptions=others), now)


def two_years_after(day: date) -> date:
    """The last date that a series from this one on can have."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + MAX_YEARS, 2, 28)
    return day.replace(year=day.year + MAX_YEARS)


def _changed(booked: Booked, changed: Availability, now: datetime) -> Booked:
    before = booked.availability
    outside = [each for each in booked.confirmed if _lies_in(before, each) and not _covers(before, changed, each)]
    return Booked(replace(changed, update_time=now, version=before.version + 1), outside)


def _lies_in(availability: Availability, reservation: Reservation) -> bool:
    start = microseconds(reservation.start_time)
    around = blocks(availability, reservation.start_time, reservation.end_time)
    return any(block_start <= start < block_end for block_start, block_end in around)


def _covers(before: Availability, changed: Availability, reservation: Reservation) -> bool:
    """Whether the appointment, which what is reserved outlasts by the buffer, still lies in its times."""
    start = microseconds(reservation.start_time)
    end = max(start, microseconds(reservation.end_time) - before.buffer_minutes * MINUTE)
    around = blocks(changed, reservation.start_time, reservation.end_time)
    return any(block_start <= start and end <= block_end for block_start, block_end in around)


def _fields(block: Block) -> dict[str, Any]:
    fields = {name: getattr(block, name) for name in Block.__dataclass_fields__ if name != "listed"}
    if block.step_minutes is None:
        fields["step_minutes"] = block.appointment_minutes + block.buffer_minutes
    return fields


def _checked(availability: Availability) -> Availability:
    if violations := [_violation(f"block.{name}", reason) for name, reason in _mistakes(availability)]:
        raise InvalidArgument(violations=violations)
    if availability.end_date > two_years_after(availability.start_date):
        raise AvailabilityTooLong()
    days = range(availability.start_date.toordinal(), availability.end_date.toordinal() + 1)
    if not any(takes_place_on(availability, day) for day in days):
        raise _invalid("block.weekdays", "NO_DATES")
    return availability


def _mistakes(availability: Availability) -> Iterator[tuple[str, str]]:
    start, end = availability.start_date, availability.end_date
    minutes = availability.end_minute - availability.start_minute
    if minutes <= 0:
        yield "end_minute", "BLOCK_EMPTY"
    elif minutes < availability.appointment_minutes:
        yield "appointment_minutes", "BLOCK_TOO_SHORT"
    yield from ((name, "DATE_OUT_OF_BOUNDS") for name, day in _dates(start, end) if not FIRST_DATE <= day <= LAST_DATE)
    if end < start:
        yield "end_date", "SERIES_ENDS_BEFORE_IT_BEGINS"
    elif start < end and not availability.weekdays:
        yield "weekdays", "WEEKDAYS_MISSING"


def _dates(start: date, end: date) -> Sequence[tuple[str, date]]:
    return (("start_date", start), ("end_date", end))


def _invalid(name: str, reason: str) -> InvalidArgument:
    return InvalidArgument(violations=[_violation(name, reason)])


def _violation(name: str, reason: str) -> FieldViolation:
    english, spanish = _WORDS[reason]
    return FieldViolation(name, reason, english, localized={"es": spanish})
