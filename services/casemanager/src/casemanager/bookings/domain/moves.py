"""Moving a confirmed booking to another time, or asking for it (CM-08, CM-10)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import TooLate

from casemanager.bookings.domain.booking import Booking, MoveRequest, Reason, Seen, Window, changed, is_late
from casemanager.bookings.domain.decision import OUTSIDE, Because, Decision, Kind, change_of, decided
from casemanager.bookings.domain.due import paperwork_due
from casemanager.bookings.domain.requests import checked_wishes, terms_for
from casemanager.bookings.domain.states import Action, Part
from casemanager.bookings.domain.times import Chosen, FreeTime, SlotChoice, free_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A booking, and the other time that was chosen; None: wishes alone."""

    seen: Seen
    chosen: Chosen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Why it is moved, and which version was seen."""

    because: Because
    etag: str = ""


def reschedule_booking(moving: Moving, command: Move, now: datetime) -> Decision:
    """Gives a booking another time, place or mode; number, papers and calendar entry stay.

    A case manager takes slots that need nobody's word, of the same specialist or specialty, until the cancellation
    notice: TooLate. Raises what `free_time` raises.
    """
    seen = moving.seen
    booking = seen.require(Action.RESCHEDULE, now, etag=command.etag)
    is_staffs = seen.actor.part is Part.STAFF
    if not is_staffs and is_late(booking, seen.policy, now):
        raise TooLate("It is too late to move it; ask for a move.")
    if moving.chosen is None:
        raise seen.not_allowed(Action.RESCHEDULE, now)
    found = free_time(moving.chosen, terms_for(seen.actor, seen.policy, now, booking_id=booking.id))
    if not is_staffs and not (found.is_sure and _is_same_field(booking, found)):
        raise seen.not_allowed(Action.RESCHEDULE, now)
    made = changed(
        booking,
        now,
        appointment=found.appointment,
        shown=found.shown,
        move_request=None,
        calendar_sequence=booking.calendar_sequence + 1,
        paperwork_due_time=paperwork_due(found.appointment, seen.policy),
    )
    return decided(
        seen,
        made,
        Kind.RESCHEDULED,
        because=command.because,
        changes=tuple(_differences(booking, found)),
        takes=found.appointment,
    )


def _is_same_field(booking: Booking, found: FreeTime) -> bool:
    before = booking.appointment
    is_same_person = before is not None and before.specialist_id == found.appointment.specialist_id
    fields = {*booking.shown.specialties, booking.specialty} - {""}
    return is_same_person or bool(fields & {*found.shown.specialties})


def _differences(booking: Booking, found: FreeTime) -> list[str]:
    before, after = booking.appointment, found.appointment
    assert before is not None  # noqa: S101 (it is CONFIRMED)
    names = ("start_time", "end_time", "mode")
    lines = [
        change_of(name, getattr(before, name), getattr(after, name))
        for name in names
        if getattr(before, name) != getattr(after, name)
    ]
    lines += [
        change_of(name, getattr(booking.shown, name), getattr(found.shown, name))
        for name in ("specialist_name", "place_name")
        if getattr(booking.shown, name) != getattr(found.shown, name)
    ]
    if after.outside_reason:
        lines.append(f"{OUTSIDE}{after.outside_reason}")
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMove:
    """When else it would suit, and why."""

    wishes: tuple[Window, ...]
    because: Because
    etag: str = ""


def request_move(moving: Moving, command: AskMove, now: datetime) -> Decision:
    """Asks staff for another time, by wishes or a slot; ActionNotAllowed while a move is asked for, or it has begun."""
    seen = moving.seen
    booking = seen.require(Action.REQUEST_MOVE, now, etag=command.etag)
    if booking.move_request is not None or booking.has_begun(now):
        raise seen.not_allowed(Action.REQUEST_MOVE, now)
    availability_id: UUID | None = None
    start: datetime | None = None
    if moving.chosen is not None and isinstance(moving.chosen.choice, SlotChoice):
        found = free_time(moving.chosen, terms_for(seen.actor, seen.policy, now, booking_id=booking.id))
        availability_id, start = found.appointment.availability_id, found.appointment.start_time
    asked = MoveRequest(
        wishes=checked_wishes(command.wishes, now, field="wishes.windows"),
        availability_id=availability_id,
        start_time=start,
        reason=command.because.reason or Reason.OTHER,
        comment=command.because.comment,
        request_time=now,
    )
    made = changed(booking, now, move_request=asked)
    return decided(seen, made, Kind.MOVE_REQUESTED, because=command.because)


def decline_move(seen: Seen, command: Move, now: datetime) -> Decision:
    """Leaves the booking at its time, with words."""
    booking = seen.require(Action.DECLINE_MOVE, now, etag=command.etag)
    if booking.move_request is None:
        raise seen.not_allowed(Action.DECLINE_MOVE, now)
    return decided(seen, changed(booking, now, move_request=None), Kind.MOVE_DECLINED, because=command.because)
