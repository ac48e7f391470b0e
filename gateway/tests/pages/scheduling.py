"""What casemanager answers about who can be booked where and when: a place and a specialist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.availabilities_pb2 import ListAvailabilitiesResponse
from portico.casemanager.v1.places_pb2 import ListPlacesResponse
from portico.casemanager.v1.schedule_resources_pb2 import (
    Availability,
    AvailabilityException,
    BookedTime,
    CalendarEntry,
    Place,
    Slot,
    SlotHindrance,
    Specialist,
    TimeOff,
)
from portico.casemanager.v1.slots_pb2 import ExplainSlotResponse, ListCalendarEntriesResponse, SearchSlotsResponse
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsResponse
from portico.casemanager.v1.time_off_pb2 import ListTimeOffResponse

from chassis.wire import timestamp

from .case_managers import login, on

PLACE_ID, ZHANG_ID = "01990000-0000-7000-8000-0000000000c1", "01990000-0000-7000-8000-0000000000c2"
OTHER_PLACE_ID = "01990000-0000-7000-8000-0000000000c3"
MONDAYS_ID, SKIING_ID = "01990000-0000-7000-8000-0000000000c4", "01990000-0000-7000-8000-0000000000c5"
BOOKING_ID, ZHANGS_ACCOUNT_ID = "01990000-0000-7000-8000-0000000000c6", "01990000-0000-7000-8000-0000000000c7"
CHICAGO = ZoneInfo("America/Chicago")
PLACE, ZHANG = f"/places/{PLACE_ID}", f"/specialists/{ZHANG_ID}"


def place(**changes: object) -> Place:
    """The clinic at the river, in Chicago."""
    usual = {
        "id": PLACE_ID,
        "name": "Riverside Clinic",
        "address": "1 River St\nChicago, IL 60601",
        "state": "IL",
        "time_zone": "America/Chicago",
        "directions": "Second floor",
        "status": Place.ACTIVE,
        "create_time": timestamp(on(5)),
    }
    return Place(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def specialist(**changes: object) -> Specialist:
    """Dr Zhang, who sees people in the clinic and by telehealth."""
    usual = {
        "id": ZHANG_ID,
        "title": "Dr",
        "given_name": "Rui",
        "family_name": "Zhang",
        "specialties": ["ORTHOPAEDICS", "Hand surgery"],
        "languages": ["en", "zh"],
        "email": "zhang@clinic.example",
        "phone": "+13125550160",
        "time_zone": "America/Chicago",
        "modes": [res.IN_PERSON, res.TELEHEALTH],
        "place_ids": [PLACE_ID],
        "note": "Prefers mornings",
        "account_status": Specialist.ACTIVE,
        "create_time": timestamp(on(5)),
        "language": "en",
        "login": login(username="zhang@clinic.example", account_id=ZHANGS_ACCOUNT_ID),
    }
    return Specialist(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def chicago(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time of 2026 on the clock of the clinic."""
    return datetime(2026, month, day, hour, minute, tzinfo=CHICAGO)


def mondays(**changes: object) -> Availability:
    """Every Monday and Wednesday morning in the clinic, but not on the 9th of February."""
    usual = {
        "id": MONDAYS_ID,
        "specialist_id": ZHANG_ID,
        "kind": Availability.AVAILABLE,
        "mode": res.IN_PERSON,
        "place_id": PLACE_ID,
        "time_zone": "America/Chicago",
        "start_minute": 540,
        "end_minute": 720,
        "start_date": "2026-02-02",
        "end_date": "2026-06-29",
        "weekdays": [1, 3],
        "interval_weeks": 1,
        "appointment_minutes": 45,
        "step_minutes": 60,
        "buffer_minutes": 15,
        "exceptions": [
            AvailabilityException(date="2026-02-09", kind=AvailabilityException.CANCELLED, reason="Congress")
        ],
        "create_time": timestamp(on(5)),
    }
    return Availability(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def booked() -> BookedTime:
    """A booking on a Monday at nine in Chicago."""
    return BookedTime(
        booking_id=BOOKING_ID,
        booking_number="B-000012",
        start_time=timestamp(chicago(2, 16, 9)),
        end_time=timestamp(chicago(2, 16, 10)),
    )


def skiing(**changes: object) -> TimeOff:
    """The first week of March."""
    usual = {
        "id": SKIING_ID,
        "specialist_id": ZHANG_ID,
        "start_time": timestamp(chicago(3, 2, 0)),
        "end_time": timestamp(chicago(3, 7, 0)),
        "reason": "Skiing",
    }
    return TimeOff(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def calendar_entry(kind: str | int, start: datetime, end: datetime, **changes: object) -> CalendarEntry:
    """A stretch of Dr Zhang's time."""
    usual = {
        "specialist_id": ZHANG_ID,
        "kind": CalendarEntry.Kind.Value(kind) if isinstance(kind, str) else kind,
        "start_time": timestamp(start),
        "end_time": timestamp(end),
        "time_zone": "America/Chicago",
    }
    return CalendarEntry(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def free(start: datetime, end: datetime, **changes: object) -> CalendarEntry:
    """A block of the Mondays."""
    of_it = {"availability_id": MONDAYS_ID, "place_id": PLACE_ID, "availability_kind": Availability.AVAILABLE}
    return calendar_entry("AVAILABLE", start, end, **{**of_it, **changes})


def slot(start: datetime, end: datetime, **changes: object) -> Slot:
    """A time with Dr Zhang in the clinic."""
    usual = {
        "specialist_id": ZHANG_ID,
        "specialist_name": "Dr Rui Zhang",
        "specialties": ["ORTHOPAEDICS", "Hand surgery"],
        "availability_id": MONDAYS_ID,
        "place_id": PLACE_ID,
        "place_name": "Riverside Clinic",
        "mode": res.IN_PERSON,
        "kind": Availability.AVAILABLE,
        "start_time": timestamp(start),
        "end_time": timestamp(end),
        "time_zone": "America/Chicago",
        "local_start": f"{start:%Y-%m-%dT%H:%M}",
    }
    return Slot(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


OF_SCHEDULING: Mapping[str, Message] = {
    "ListPlaces": ListPlacesResponse(places=[place()]),
    "ListSpecialists": ListSpecialistsResponse(specialists=[specialist()]),
    "ListAvailabilities": ListAvailabilitiesResponse(availabilities=[mondays()]),
    "ListTimeOff": ListTimeOffResponse(time_off=[skiing()]),
    "CreateTimeOff": skiing(),
    "DeleteTimeOff": Empty(),
    "ListCalendarEntries": ListCalendarEntriesResponse(entries=[free(chicago(2, 2, 9), chicago(2, 2, 12))]),
    "ExplainSlot": ExplainSlotResponse(hindrances=[SlotHindrance(reason=SlotHindrance.NO_AVAILABILITY)]),
    "SearchSlots": SearchSlotsResponse(slots=[slot(chicago(2, 2, 9), chicago(2, 2, 9, 45))]),
    **dict.fromkeys(
        (
            "CreateAvailability",
            "GetAvailability",
            "UpdateAvailability",
            "DeleteAvailability",
            "SetAvailabilityException",
            "DeleteAvailabilityException",
        ),
        mondays(),
    ),
    **dict.fromkeys(("CreatePlace", "UpdatePlace", "DeactivatePlace", "ActivatePlace"), place()),
    **dict.fromkeys(
        (
            "CreateSpecialist",
            "GetSpecialist",
            "UpdateSpecialist",
            "DeactivateSpecialist",
            "ActivateSpecialist",
            "EnableSpecialistLogin",
            "DisableSpecialistLogin",
            "ResendSpecialistActivation",
            "SendSpecialistPasswordReset",
        ),
        specialist(),
    ),
}
