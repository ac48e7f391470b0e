"""Slots and calendar entries on the wire."""

from datetime import datetime, timedelta
from uuid import UUID

from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import slots_pb2 as pb
from portico_errors.casemanager import WindowTooLong

from casemanager.availabilities.domain.availability import Availability
from casemanager.availabilities.domain.wall_clock import zone_of
from casemanager.reservations.domain import ReservationKind
from casemanager.shared.instants import written_instant
from casemanager.slots.calendar import Entry
from casemanager.slots.domain import FoundSlot, Hindrance
from casemanager.slots.storage import ANYTHING
from chassis.errors import FieldViolation, InvalidArgument
from chassis.wire import timestamp

_KINDS = {
    ReservationKind.HELD: res.CalendarEntry.HELD,
    ReservationKind.CONFIRMED: res.CalendarEntry.CONFIRMED,
    ReservationKind.BLOCKED: res.CalendarEntry.BLOCKED,
}
_EMPTY = FieldViolation(
    "end_time",
    "WINDOW_EMPTY",
    "The end must be after the beginning.",
    localized={"es": "El final debe ser después del comienzo."},
)


def slot_message(found: FoundSlot) -> res.Slot:
    """A slot as whoever books sees it: never whose booking takes another time."""
    slot, availability = found.slot, found.slot.availability
    local = slot.start_time.astimezone(zone_of(availability.time_zone))
    return res.Slot(
        specialist_id=str(slot.specialist_id),
        specialist_name=found.specialist.display_name,
        specialties=found.specialist.specialties,
        availability_id=str(availability.id),
        place_id=str(availability.place_id or ""),
        place_name=found.place_name,
        mode=res.AppointmentMode.ValueType(availability.mode),
        kind=res.Availability.Kind.ValueType(availability.kind),
        start_time=timestamp(slot.start_time),
        end_time=timestamp(slot.end_time),
        time_zone=availability.time_zone,
        local_start=local.replace(tzinfo=None).isoformat(timespec="minutes"),
    )


def entry_message(entry: Entry, *, names_holds: bool) -> res.CalendarEntry:
    """A stretch of a calendar; specialists see of an offer only that the time is held."""
    message = res.CalendarEntry(
        specialist_id=str(entry.specialist.id),
        start_time=timestamp(entry.start_time),
        end_time=timestamp(entry.end_time),
    )
    match entry.source:
        case Availability() as availability:
            message.kind = res.CalendarEntry.AVAILABLE
            message.time_zone = availability.time_zone
            message.availability_id = str(availability.id)
            message.place_id = str(availability.place_id or "")
            message.availability_kind = res.Availability.Kind.ValueType(availability.kind)
        case reservation:
            message.kind = _KINDS[reservation.kind]
            message.time_zone = entry.specialist.time_zone
            message.time_off_id = str(reservation.time_off_id or "")
            if names_holds or reservation.kind is not ReservationKind.HELD:
                message.booking_id = str(reservation.booking_id or "")
                message.booking_number = reservation.booking_number
    return message


def hindrance_message(hindrance: Hindrance, *, names_holds: bool) -> res.SlotHindrance:
    """What is in the way of a slot; specialists see of an offer only that the time is held."""
    message = res.SlotHindrance(
        reason=res.SlotHindrance.Reason.ValueType(hindrance.reason),
        availability_id=str(hindrance.availability_id or ""),
    )
    if (reservation := hindrance.reservation) is not None:
        message.start_time.CopyFrom(timestamp(reservation.start_time))
        message.end_time.CopyFrom(timestamp(reservation.end_time))
        message.time_off_id = str(reservation.time_off_id or "")
        if names_holds or reservation.kind is not ReservationKind.HELD:
            message.booking_id = str(reservation.booking_id or "")
            message.booking_number = reservation.booking_number
    return message


def filters_of(request: pb.SearchSlotsRequest | pb.ExplainSlotRequest) -> dict[str, object]:
    """What is asked for, as the parameters of the search."""
    filters = {**ANYTHING, "place_ids": [UUID(each) for each in request.place_ids] or None}
    if isinstance(request, pb.SearchSlotsRequest):
        filters["specialist_ids"] = [UUID(each) for each in request.specialist_ids] or None
    for name in ("specialty", "state", "language", "service_type"):
        filters[name] = getattr(request, name).strip() or None
    return filters | {"mode": request.mode or None, "kind": request.kind or None}


def window_of(
    request: pb.SearchSlotsRequest | pb.ListCalendarEntriesRequest, *, max_days: int
) -> tuple[datetime, datetime]:
    """The window; InvalidArgument for times that do not exist or an end before the start, WindowTooLong."""
    start, end = written_instant(request.start_time, "start_time"), written_instant(request.end_time, "end_time")
    if end <= start:
        raise InvalidArgument(violations=[_EMPTY])
    if end - start > timedelta(days=max_days):
        raise WindowTooLong(f"The window has more than {max_days} days.")
    return start, end
