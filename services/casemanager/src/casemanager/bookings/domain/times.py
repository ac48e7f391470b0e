"""The time that somebody chooses: whether it can be had, and what it is (CM-06, CM-08, CM-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portico_errors.casemanager import OutsideReasonNeeded, SlotTaken, SlotUnknown, TooEarlyToBook, TooLate

from casemanager.availabilities.domain.availability import Availability, Kind, Mode, blocks
from casemanager.availabilities.domain.wall_clock import instant_of
from casemanager.bookings.domain.appointment import Appointment, Shown
from casemanager.places.domain import Place
from casemanager.reservations.domain import Reservation
from casemanager.slots.domain import Reason, Schedule, Terms, find_slot, hindrances, takes_time
from casemanager.specialists.domain import Specialist
from chassis.errors import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChoice:
    """A slot of the search."""

    availability_id: UUID
    start_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChoice:
    """A time of staff's own; `outside_reason` where the specialist has no availability."""

    specialist_id: UUID
    place_id: UUID | None
    mode: Mode
    start_time: datetime
    minutes: int
    outside_reason: str = ""


Choice = SlotChoice | TimeChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A choice, with what is known of its specialist's time around it.

    `availabilities` are those that are there; of a slot the one that it names, or none; `fits`: the search would find
    it for who asks. `specialist` is the active one; None where a slot's availability is gone.
    """

    choice: Choice
    specialist: Specialist | None
    place: Place | None
    availabilities: Sequence[Availability]
    fits: bool = True
    reservations: Sequence[Reservation]

    @property
    def asks_first(self) -> bool:
        """Whether the specialist has to be asked before it is sure."""
        return isinstance(self.choice, SlotChoice) and any(each.kind is Kind.ON_DEMAND for each in self.availabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTime:
    """A time that can be had; `is_sure`: it needs nobody's word."""

    appointment: Appointment
    shown: Shown
    is_sure: bool


def free_time(chosen: Chosen, terms: Terms) -> FreeTime:
    """The time of the choice.

    SlotUnknown, TooLate, TooEarlyToBook or OutsideReasonNeeded where it cannot be chosen; SlotTaken where somebody else
    has some of it.
    """
    match chosen.choice:
        case SlotChoice() as choice:
            return _slot(chosen, choice, terms)
        case own:
            return _own_time(chosen, own, terms)


def _slot(chosen: Chosen, choice: SlotChoice, terms: Terms) -> FreeTime:
    start, specialist = choice.start_time, chosen.specialist
    if specialist is None or not chosen.availabilities or not chosen.fits:
        raise SlotUnknown()
    [availability] = chosen.availabilities
    schedule = Schedule(
        specialist_id=specialist.id, availabilities=chosen.availabilities, reservations=chosen.reservations
    )
    if in_the_way := hindrances(schedule, availability, start, terms):
        raise _refusal(in_the_way[0].reason, specialist.id, start)
    slot = find_slot(schedule, start, terms)
    assert slot is not None  # noqa: S101 (nothing is in its way)
    appointment = Appointment(
        specialist_id=specialist.id,
        place_id=slot.availability.place_id,
        mode=slot.availability.mode,
        availability_id=slot.availability.id,
        start_time=slot.start_time,
        end_time=slot.end_time,
        buffer_minutes=slot.availability.buffer_minutes,
        time_zone=slot.availability.time_zone,
    )
    return FreeTime(
        appointment=appointment,
        shown=_shown(specialist, chosen.place),
        is_sure=slot.availability.kind is Kind.AVAILABLE,
    )


def _refusal(reason: Reason, specialist_id: UUID, start: datetime) -> ServiceError:
    match reason:
        case Reason.PAST | Reason.TOO_SOON:
            return TooLate("This slot cannot be booked any more.")
        case Reason.TOO_FAR:
            return TooEarlyToBook()
        case Reason.HELD | Reason.CONFIRMED | Reason.BLOCKED:
            return slot_taken(specialist_id, start)
    return SlotUnknown()


def _own_time(chosen: Chosen, own: TimeChoice, terms: Terms) -> FreeTime:
    specialist, place = chosen.specialist, chosen.place
    assert specialist is not None  # noqa: S101 (who loads a time of staff refuses an unknown one)
    start, end = own.start_time, own.start_time + timedelta(minutes=own.minutes)
    if start < terms.now:
        raise TooLate("This time is over.")
    inside = next((each for each in chosen.availabilities if _contains(each, start, end)), None)
    if inside is None and not own.outside_reason.strip():
        raise OutsideReasonNeeded()
    appointment = Appointment(
        specialist_id=specialist.id,
        place_id=own.place_id,
        mode=own.mode,
        availability_id=inside.id if inside else None,
        start_time=start,
        end_time=end,
        buffer_minutes=inside.buffer_minutes if inside else 0,
        time_zone=place.time_zone if place else specialist.time_zone,
        outside_reason="" if inside else " ".join(own.outside_reason.split()),  # one line of the history
    )
    if any(_is_in_the_way(each, appointment, terms) for each in chosen.reservations):
        raise slot_taken(specialist.id, start)
    return FreeTime(appointment=appointment, shown=_shown(specialist, place), is_sure=True)


def _contains(availability: Availability, start: datetime, end: datetime) -> bool:
    return any(
        instant_of(since) <= start and end <= instant_of(until) for since, until in blocks(availability, start, end)
    )


def _is_in_the_way(reservation: Reservation, appointment: Appointment, terms: Terms) -> bool:
    overlaps = reservation.start_time < appointment.free_time and appointment.start_time < reservation.end_time
    return overlaps and takes_time(reservation, terms)


def _shown(specialist: Specialist, place: Place | None) -> Shown:
    return Shown(
        specialist_name=specialist.display_name,
        place_name=place.name if place else "",
        place_address=place.address if place else "",
        directions=place.directions if place else "",
        specialties=specialist.specialties,
        specialist_email=specialist.email,
        specialist_zone=specialist.time_zone,
        specialist_language=specialist.language,
    )


def slot_taken(specialist_id: UUID, start: datetime) -> SlotTaken:
    """The refusal that names the time; which slots come next is added by who can look."""
    written = start.isoformat().replace("+00:00", "Z")
    return SlotTaken(metadata={"specialist_id": str(specialist_id), "start_time": written})
