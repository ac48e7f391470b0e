"""What casemanager answers about bookings: one of Ana's, confirmed, with Dr Zhang in the clinic."""

from __future__ import annotations

from collections.abc import Mapping

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from portico.casemanager.v1 import schedule_resources_pb2 as schedule
from portico.casemanager.v1.booking_resources_pb2 import (
    CLIENT_REQUEST,
    OTHER,
    OWN_CASE_MANAGER,
    STAFF_MEMBER,
    SUBJECT_UNAVAILABLE,
    Booking,
    BookingHistoryEntry,
    BookingOption,
    Cancellation,
    MoveRequest,
    TimeWindow,
)
from portico.casemanager.v1.bookings_pb2 import ListBookingHistoryResponse, ListBookingsResponse
from portico.notifications.v1.messages_pb2 import ListMessagesResponse
from portico.notifications.v1.resources_pb2 import EMAIL, Recipient
from portico.notifications.v1.resources_pb2 import Message as SentMessage

from chassis.wire import timestamp

from .case_managers import ANA_ID, COMPANY_ID, STAFF_ID, UNIT_ID, on
from .cases import CASE_ID
from .scheduling import MONDAYS_ID, PLACE_ID, ZHANG_ID, chicago

BOOKING_ID, OTHER_BOOKING_ID = "01990000-0000-7000-8000-0000000000b1", "01990000-0000-7000-8000-0000000000b2"
OPTION_ID, OTHER_OPTION_ID = "01990000-0000-7000-8000-0000000000b3", "01990000-0000-7000-8000-0000000000b4"
OWN_BOOKINGS, BOOKINGS, SP_BOOKINGS = "/cm/bookings", "/staff/bookings", "/sp/bookings"
OWN_HISTORY, HISTORY_PAGE, SP_HISTORY = "/cm/history", "/staff/history", "/sp/history"
OWN_BOOKING, BOOKING, SP_BOOKING = (f"{each}/{BOOKING_ID}" for each in (OWN_BOOKINGS, BOOKINGS, SP_BOOKINGS))
ETAG = "7"
SLOT_KEY = f"{ZHANG_ID}@{MONDAYS_ID}@2026-02-02T15:00:00Z"
"""The slot that the search finds: on Monday the 2nd of February at nine in Chicago."""
OF_CASE_MANAGERS_NOW = (Booking.RESCHEDULE, Booking.REQUEST_MOVE, Booking.CANCEL, Booking.UPDATE)


def booking(**changes: object) -> Booking:
    """B-000123, confirmed, as Ana sees it."""
    usual = {
        "id": BOOKING_ID,
        "number": "B-000123",
        "case_id": CASE_ID,
        "case_number": "C-000123",
        "subject_name": "Noah Tran",
        "company_id": COMPANY_ID,
        "company_name": "Harbor Insurance",
        "business_unit_id": UNIT_ID,
        "case_manager_id": ANA_ID,
        "case_manager_name": "Ana García",
        "responsible_staff_id": STAFF_ID,
        "specialty": "ORTHOPAEDICS",
        "note": "Needs the lift.",
        "service_type": "IME",
        "way": Booking.SLOT,
        "state": Booking.CONFIRMED,
        "allowed_actions": OF_CASE_MANAGERS_NOW,
        "specialist_id": ZHANG_ID,
        "specialist_name": "Dr Rui Zhang",
        "place_id": PLACE_ID,
        "place_name": "Riverside Clinic",
        "place_address": "1 River St",
        "mode": schedule.IN_PERSON,
        "availability_id": MONDAYS_ID,
        "start_time": timestamp(chicago(2, 16, 9)),
        "end_time": timestamp(chicago(2, 16, 9, 45)),
        "time_zone": "America/Chicago",
        "cancellation_kind_now": Cancellation.NO_FEE,
        "paperwork_due_time": timestamp(chicago(2, 9, 17)),
        "request_time": timestamp(on(6)),
        "create_time": timestamp(on(6)),
        "etag": ETAG,
    }
    return Booking(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def option(option_id: str = OPTION_ID, day: int = 16, **changes: object) -> BookingOption:
    """A time with Dr Zhang in February, held until the 18th of January."""
    usual = {
        "id": option_id,
        "specialist_id": ZHANG_ID,
        "specialist_name": "Dr Rui Zhang",
        "place_id": PLACE_ID,
        "place_name": "Riverside Clinic",
        "mode": schedule.IN_PERSON,
        "start_time": timestamp(chicago(2, day, 9)),
        "end_time": timestamp(chicago(2, day, 9, 45)),
        "time_zone": "America/Chicago",
        "state": BookingOption.OPEN,
        "hold_expire_time": timestamp(on(18)),
        "held": True,
    }
    return BookingOption(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


NO_TIME: Mapping[str, object] = {
    **dict.fromkeys(("specialist_id", "specialist_name", "place_id", "place_name", "place_address"), ""),
    **dict.fromkeys(("availability_id", "time_zone"), ""),
    **dict.fromkeys(("start_time", "end_time", "paperwork_due_time"), None),
    "mode": 0,
}
"""What a booking without an appointment does not say."""


def wish(day: int = 10) -> TimeWindow:
    """A morning of February, by New York's clock."""
    return TimeWindow(start_time=timestamp(chicago(2, day, 8)), end_time=timestamp(chicago(2, day, 11)))


def requested(**changes: object) -> Booking:
    """The same, asked for with a wish."""
    usual = {
        **NO_TIME,
        "state": Booking.REQUESTED,
        "way": Booking.WISHES,
        "wishes": [wish()],
        "expire_time": timestamp(on(30)),
        "allowed_actions": [Booking.CANCEL, Booking.UPDATE],
    }
    return booking(**{**usual, **changes})


def offered(*options: BookingOption, **changes: object) -> Booking:
    """The same, with two times that are open unless others are given."""
    usual = {
        "state": Booking.OFFERED,
        "options": options or [option(), option(OTHER_OPTION_ID, day=18)],
        "allowed_actions": [Booking.CONFIRM, Booking.REFUSE, Booking.CANCEL, Booking.UPDATE],
    }
    return requested(**{**usual, **changes})


def cancelled(**changes: object) -> Booking:
    """The same, cancelled by Ana."""
    usual = {
        "state": Booking.CANCELLED,
        "allowed_actions": [],
        "cancellation": Cancellation(
            kind=Cancellation.CHARGEABLE,
            reason=SUBJECT_UNAVAILABLE,
            comment="Is in hospital.",
            by=OWN_CASE_MANAGER,
            cancel_time=timestamp(on(14)),
        ),
    }
    return booking(**{**usual, **changes})


def move_asked(**changes: object) -> Booking:
    """The same, with a wish for another time."""
    move = MoveRequest(wishes=[wish(24)], reason=OTHER, comment="Is travelling.", request_time=timestamp(on(14)))
    return booking(**{"move_request": move, **changes})


def entry(kind: str, **changes: object) -> BookingHistoryEntry:
    """A line of the history."""
    usual = {
        "event_time": timestamp(on(6)),
        "kind": BookingHistoryEntry.Kind.Value(kind),
        "actor": OWN_CASE_MANAGER,
        "actor_name": "Ana García",
        "to_state": Booking.CONFIRMED,
    }
    return BookingHistoryEntry(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def message(template: str, state: str, **changes: object) -> SentMessage:
    """One that was sent to Ana."""
    usual = {
        "template": template,
        "recipient": Recipient(channel=EMAIL, address="ana@example.org", language="en"),
        "reference": f"bookings/{BOOKING_ID}/7",
        "state": SentMessage.State.Value(state),
        "create_time": timestamp(on(6)),
    }
    return SentMessage(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


HISTORY = ListBookingHistoryResponse(
    entries=[
        entry("RESCHEDULED", reason=CLIENT_REQUEST, comment="Asked by phone."),
        entry("OFFERED", actor=STAFF_MEMBER, actor_id=STAFF_ID, actor_name=""),
        entry("REQUESTED"),
    ]
)
MESSAGES = ListMessagesResponse(
    messages=[message("BOOKING_CONFIRMED", "SENT", send_time=timestamp(on(7))), message("BOOKING_REQUESTED", "SENT")]
)
EVERYTHING = [*Booking.Action.values()][1:]
"""Actions that no booking allows all at once."""
OF_BOOKINGS: Mapping[str, Message] = {
    "GetBooking": booking(allowed_actions=EVERYTHING),
    "ListBookings": ListBookingsResponse(bookings=[booking()]),
    "ListBookingHistory": HISTORY,
    "ListMessages": MESSAGES,
    "ExportBookings": HttpBody(content_type="application/octet-stream", data=b"Booking,Case\r\n"),
    "CancelBooking": cancelled(),
    **dict.fromkeys(
        (
            "RequestBooking",
            "ConfirmOption",
            "RefuseOptions",
            "AcceptRequest",
            "OfferOptions",
            "DeclineBooking",
            "RescheduleBooking",
            "RequestMove",
            "DeclineMove",
            "RecordOutcome",
            "AssignBooking",
            "TakeOverBooking",
            "SetCancellationKind",
            "UpdateBooking",
            "AddBookingNote",
        ),
        booking(),
    ),
}
