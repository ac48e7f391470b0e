"""Bookings on the wire, as each who sees them sees them (CM-15)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as schedules

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.domain.appointment import Option
from casemanager.bookings.domain.booking import (
    Booking,
    Cancellation,
    MoveRequest,
    Reason,
    Seen,
    Window,
    allowed_actions,
    cancellation_kind,
)
from casemanager.bookings.domain.decision import OUTSIDE, Because, Kind
from casemanager.bookings.domain.details import Written
from casemanager.bookings.domain.states import UNANSWERED, Action, Part, State, may
from casemanager.bookings.domain.times import Choice, SlotChoice, TimeChoice
from casemanager.bookings.domain.visibility import open_tasks_for
from casemanager.bookings.storage.tables import HistoryEntry
from casemanager.shared.patches import written_fields
from chassis.errors import FieldViolation, InvalidArgument
from chassis.wire import instant_of, timestamp

_INSTANTS = (
    *("state_time", "expire_time", "paperwork_due_time", "paperwork_sent_time", "report_due_time"),
    *("request_time", "confirm_time", "outcome_time", "report_time", "create_time", "update_time"),
)
_TEXTS = ("number", "specialty", "note", "service_type", "report_version", "calendar_sequence")
_COUNTS = ("received", "scanning", "clean", "quarantined", "sent")
_IDS = ("id", "case_id", "company_id", "case_manager_id", "responsible_staff_id", "rebooked_from_id")


def booking_message(seen: Seen, now: datetime) -> res.Booking:
    """A booking as the caller may see it, with what they can do now."""
    booking, state = seen.booking, seen.booking.effective(now)
    if seen.actor.part is Part.SPECIALIST and state is State.CANCELLED:
        return _cancelled_message(booking)
    people, shown, appointment = booking.people, booking.shown, booking.appointment
    message = res.Booking(
        case_number=people.case_number,
        subject_name=people.subject_name,
        company_name=people.company_name,
        business_unit_id=str(booking.unit_id or ""),
        case_manager_name=people.manager_name,
        way=res.Booking.Way.ValueType(booking.way),
        wishes=map(window_message, booking.wishes),
        state=res.Booking.State.ValueType(state),
        allowed_actions=[
            res.Booking.Action.ValueType(action) for action in allowed_actions(booking, seen.actor, seen.policy, now)
        ],
        options=[_option_message(option, now) for option in booking.options],
        cancellation=_cancellation_message(booking.cancellation),
        move_request=_move_message(booking.move_request),
        etag=str(booking.version),
        paperwork_counts=_counts_message(seen),
        open_tasks=len(open_tasks_for(seen)),
        report_in_check=booking.reports_in_check > 0,
        **{name: getattr(booking, name) for name in _TEXTS},
        **_ids(booking),
        **{name: timestamp(getattr(booking, name)) for name in _INSTANTS},
    )
    if state is State.EXPIRED and booking.state in UNANSWERED and booking.expire_time:
        message.state_time.CopyFrom(timestamp(booking.expire_time))
        message.ClearField("expire_time")
    if appointment is not None:
        message.specialist_id = str(appointment.specialist_id)
        message.specialist_name = shown.specialist_name
        message.place_id = str(appointment.place_id or "")
        message.place_name, message.place_address = shown.place_name, shown.place_address
        message.mode = schedules.AppointmentMode.ValueType(appointment.mode)
        message.availability_id = str(appointment.availability_id or "")
        message.outside_availability = bool(appointment.outside_reason)
        message.start_time.CopyFrom(timestamp(appointment.start_time))
        message.end_time.CopyFrom(timestamp(appointment.end_time))
        message.time_zone = appointment.time_zone
    if booking.decline is not None:
        reason = res.BookingReason.ValueType(booking.decline.reason)
        message.decline.CopyFrom(res.Decline(reason=reason, comment=booking.decline.comment))
    if may(Part.OWN, state, Action.CANCEL):
        kind = cancellation_kind(booking, seen.policy, now)
        message.cancellation_kind_now = res.Cancellation.Kind.ValueType(kind)
    if seen.actor.part is Part.SPECIALIST:
        _hide_from_specialists(message)
    return message


def _counts_message(seen: Seen) -> res.PaperworkCounts:
    """What there is for the specialist; who, as a specialist, knows of nothing else."""
    counts = seen.booking.paperwork
    if seen.actor.part is not Part.SPECIALIST:
        return res.PaperworkCounts(**{name: getattr(counts, name) for name in _COUNTS})
    number = 0 if seen.booking.state is State.DECLINED else counts.newest_sent
    return res.PaperworkCounts(clean=number, sent=number)


def _ids(booking: Booking) -> dict[str, Any]:
    return {name: str(getattr(booking, name) or "") for name in _IDS}


def _hide_from_specialists(message: res.Booking) -> None:
    """What is between the provider and the company."""
    message.ClearField("note")
    message.ClearField("company_id")
    message.ClearField("company_name")
    message.ClearField("responsible_staff_id")
    message.ClearField("business_unit_id")
    message.ClearField("rebooked_from_id")
    message.ClearField("wishes")
    message.ClearField("options")
    message.ClearField("outside_availability")
    message.ClearField("move_request")
    message.ClearField("cancellation_kind_now")


def _cancelled_message(booking: Booking) -> res.Booking:
    """What a specialist sees of an appointment that will not be: nothing of the person, and no file."""
    appointment = booking.appointment
    return res.Booking(
        id=str(booking.id),
        number=booking.number,
        state=res.Booking.CANCELLED,
        state_time=timestamp(booking.state_time),
        start_time=timestamp(appointment.start_time) if appointment else None,
        end_time=timestamp(appointment.end_time) if appointment else None,
        time_zone=appointment.time_zone if appointment else "",
        etag=str(booking.version),
    )


def window_message(window: Window) -> res.TimeWindow:
    """From an instant to another."""
    return res.TimeWindow(start_time=timestamp(window[0]), end_time=timestamp(window[1]))


def _option_message(option: Option, now: datetime) -> res.BookingOption:
    appointment, shown = option.appointment, option.shown
    return res.BookingOption(
        id=str(option.id),
        specialist_id=str(appointment.specialist_id),
        specialist_name=shown.specialist_name,
        place_id=str(appointment.place_id or ""),
        place_name=shown.place_name,
        place_address=shown.place_address,
        mode=schedules.AppointmentMode.ValueType(appointment.mode),
        start_time=timestamp(appointment.start_time),
        end_time=timestamp(appointment.end_time),
        time_zone=appointment.time_zone,
        state=res.BookingOption.State.ValueType(option.effective(now)),
        hold_expire_time=timestamp(option.hold_expire_time),
        held=option.is_held(now),
    )


def _cancellation_message(cancellation: Cancellation | None) -> res.Cancellation | None:
    if cancellation is None:
        return None
    return res.Cancellation(
        kind=res.Cancellation.Kind.ValueType(cancellation.kind),
        reason=res.BookingReason.ValueType(cancellation.reason),
        comment=cancellation.comment,
        by=res.BookingActor.ValueType(cancellation.by),
        cancel_time=timestamp(cancellation.cancel_time),
    )


def _move_message(move: MoveRequest | None) -> res.MoveRequest | None:
    if move is None:
        return None
    return res.MoveRequest(
        wishes=map(window_message, move.wishes),
        availability_id=str(move.availability_id or ""),
        start_time=timestamp(move.start_time),
        reason=res.BookingReason.ValueType(move.reason),
        comment=move.comment,
        request_time=timestamp(move.request_time),
    )


_STAFFS_WORDS = frozenset({Kind.ASSIGNED, Kind.CANCELLATION_KIND_SET, Kind.UPDATED})
"""In the lines of which staff comment for staff; what they say to the case manager stands in others."""


def entry_message(entry: HistoryEntry, *, is_staffs: bool) -> res.BookingHistoryEntry:
    """A line of the history; accounts, and what staff say to staff of it, are for staff."""
    lines = entry.changes.splitlines()
    return res.BookingHistoryEntry(
        event_time=timestamp(entry.event_time),
        kind=res.BookingHistoryEntry.Kind.ValueType(entry.kind),
        actor=res.BookingActor.ValueType(entry.actor),
        actor_id=str(entry.actor_id or "") if is_staffs else "",
        actor_name=entry.actor_name,
        from_state=res.Booking.State.ValueType(entry.from_state or 0),
        to_state=res.Booking.State.ValueType(entry.to_state),
        reason=res.BookingReason.ValueType(entry.reason or 0),
        comment="" if entry.kind in _STAFFS_WORDS and not is_staffs else entry.comment,
        changes=[line for line in lines if is_staffs or not line.startswith(OUTSIDE)],
    )


def written_choice(request: pb.SlotChoice | pb.TimeChoice, *, field: str) -> Choice:
    """The time that is chosen; InvalidArgument for one that no calendar has, or a place that is missing."""
    start = instant_of(request.start_time, field=f"{field}.start_time")
    if isinstance(request, pb.SlotChoice):
        return SlotChoice(availability_id=UUID(request.availability_id), start_time=start)
    mode = Mode(request.mode)
    if (mode is Mode.IN_PERSON) is not bool(request.place_id):
        english, spanish = "Choose a place, or telehealth.", "Elija un lugar o la telesalud."
        violation = FieldViolation(f"{field}.place_id", "PLACE_UNFIT", english, localized={"es": spanish})
        raise InvalidArgument(violations=[violation])
    return TimeChoice(
        specialist_id=UUID(request.specialist_id),
        place_id=UUID(request.place_id) if request.place_id else None,
        mode=mode,
        start_time=start,
        minutes=request.minutes,
        outside_reason=request.outside_availability_reason,
    )


def offered_choice(offered: pb.OfferedTime, *, field: str) -> Choice:
    """A time that staff offer."""
    kind = offered.WhichOneof("time") or "slot"
    return written_choice(getattr(offered, kind), field=f"{field}.{kind}")


def written_windows(windows: Iterable[res.TimeWindow], *, field: str) -> tuple[Window, ...]:
    """When it would suit; InvalidArgument for times that no calendar has."""
    return tuple(
        (
            instant_of(each.start_time, field=f"{field}[{number}].start_time"),
            instant_of(each.end_time, field=f"{field}[{number}].end_time"),
        )
        for number, each in enumerate(windows)
    )


def because_of(reason: res.BookingReason.ValueType, comment: str) -> Because:
    """Why; ReasonNeeded where OTHER says nothing."""
    return Because(reason=Reason(reason) if reason else None, comment=comment.strip())


def written_booking(request: pb.UpdateBookingRequest) -> Written:
    """What is written of a booking, by field."""
    known = ("note", "specialty", "wishes", "responsible_staff_id")
    written = written_fields(request.booking, request.update_mask, known=known)
    staff_id = written.get("responsible_staff_id")
    return Written(
        note=written["note"].strip() if "note" in written else None,
        specialty=written["specialty"].strip() if "specialty" in written else None,
        wishes=written_windows(written["wishes"], field="booking.wishes") if "wishes" in written else None,
        sets_responsible="responsible_staff_id" in written,
        responsible_staff_id=UUID(staff_id) if staff_id else None,
        etag=request.etag,
    )
