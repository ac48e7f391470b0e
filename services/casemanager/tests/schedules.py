"""Availabilities and reservations as the tests of slots write them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casemanager.availabilities.domain.availability import Availability, AvailabilityException, Kind, Mode
from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.slots.domain import Schedule, Slot, Terms, find_slots
from chassis.ids import new_id

ORG_ID = UUID(int=1)
MADE = datetime(2026, 1, 1, tzinfo=UTC)
STAFF = Terms(now=MADE, notice=None, horizon=None)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def minute(clock: str) -> int:
    """The minute of the day: 540 for `9:00`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def availability(
    start: str, end: str, *, minutes: int, buffer: int = 0, step: int | None = None, **given: Any
) -> Availability:
    """Every day of 2026 to 2028 unless it says otherwise, in UTC."""
    usual = {
        "org_id": ORG_ID,
        "id": new_id(),
        "specialist_id": UUID(int=7),
        "kind": Kind.AVAILABLE,
        "mode": Mode.TELEHEALTH,
        "time_zone": "UTC",
        "start_minute": minute(start),
        "end_minute": minute(end),
        "start_date": date(2026, 1, 1),
        "end_date": date(2028, 12, 31),
        "weekdays": EVERY_DAY,
        "appointment_minutes": minutes,
        "step_minutes": minutes + buffer if step is None else step,
        "buffer_minutes": buffer,
        "create_time": MADE,
        "update_time": MADE,
        "version": 1,
    }
    return Availability(**{**usual, **given})


def exceptions(*all_of_them: AvailabilityException) -> dict[date, AvailabilityException]:
    return {each.date: each for each in all_of_them}


def reservation(start: datetime, end: datetime, **given: Any) -> Reservation:
    """A confirmed one of some booking."""
    usual = {
        "org_id": ORG_ID,
        "id": new_id(),
        "specialist_id": UUID(int=7),
        "kind": ReservationKind.CONFIRMED,
        "start_time": start,
        "end_time": end,
        "booking_id": new_id(),
    }
    return Reservation(**{**usual, **given})


def schedule(*availabilities: Availability, taken: Sequence[Reservation] = (), specialist: int = 7) -> Schedule:
    return Schedule(specialist_id=UUID(int=specialist), availabilities=availabilities, reservations=taken)


def on(
    day: date, zone: str, *availabilities: Availability, terms: Terms = STAFF, taken: Sequence[Reservation] = ()
) -> list[Slot]:
    """The slots that begin on a local date."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return find_slots([schedule(*availabilities, taken=taken)], midnight, end, terms)


def utc(text: str) -> datetime:
    """The instant: `2027-06-05 22:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(slots: Sequence[Slot]) -> list[str]:
    """When they begin, in UTC: `06-05 22:00`."""
    return [format(slot.start_time, "%m-%d %H:%M") for slot in slots]
