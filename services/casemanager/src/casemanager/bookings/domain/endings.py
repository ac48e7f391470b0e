"""How a booking ends without taking place, and what it cost (CM-08, CM-10)."""

from dataclasses import dataclass, replace
from datetime import datetime

from portico_errors.casemanager import TooLate

from casemanager.bookings.domain.appointment import OptionState
from casemanager.bookings.domain.booking import (
    Booking,
    Cancellation,
    CancellationKind,
    Decline,
    Reason,
    Seen,
    cancellation_kind,
    changed,
)
from casemanager.bookings.domain.decision import Because, Decision, Kind, change_of, decided, reason_needed
from casemanager.bookings.domain.states import UNANSWERED, Action, Part, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why, and which version was seen."""

    because: Because
    etag: str = ""


def decline_booking(seen: Seen, command: Answer, now: datetime) -> Decision:
    """Says no to a request."""
    booking = seen.require(Action.DECLINE, now, etag=command.etag)
    reason = command.because.reason or Reason.OTHER
    decline = Decline(reason=reason, comment=command.because.comment)
    made = _over(booking, State.DECLINED, now, decline=decline)
    return decided(seen, made, Kind.DECLINED, because=command.because, frees_all=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Of which kind staff say that it is, why, and whether the case manager is asked to book again."""

    kind: CancellationKind | None
    because: Because
    suggests_rebooking: bool
    etag: str = ""


def cancel_booking(seen: Seen, command: Cancel, now: datetime) -> Decision:
    """Gives a booking up. A case manager's kind follows from the time that is left; TooLate for them once it begun.

    ReasonNeeded where staff say no kind.
    """
    booking = seen.require(Action.CANCEL, now, etag=command.etag)
    is_staffs = seen.actor.part is Part.STAFF
    was_confirmed = booking.state is State.CONFIRMED
    if not is_staffs and was_confirmed and booking.has_begun(now):
        raise TooLate("The appointment has begun; staff can cancel it.")
    kind = command.kind if is_staffs else cancellation_kind(booking, seen.policy, now)
    if kind is None:
        raise reason_needed("kind")
    cancellation = Cancellation(
        kind=kind,
        reason=command.because.reason or Reason.OTHER,
        comment=command.because.comment,
        by=seen.actor.part,
        cancel_time=now,
    )
    made = _over(booking, State.CANCELLED, now, cancellation=cancellation, move_request=None)
    if was_confirmed:
        made = replace(made, calendar_sequence=booking.calendar_sequence + 1)
    return decided(
        seen,
        made,
        Kind.CANCELLED,
        because=command.because,
        changes=(f"kind: {kind.name}",),
        frees_all=True,
        suggests_rebooking=command.suggests_rebooking,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetKind:
    """What staff say that a cancellation was after all."""

    kind: CancellationKind
    because: Because
    etag: str = ""


def set_cancellation_kind(seen: Seen, command: SetKind, now: datetime) -> Decision:
    """Says of which kind a cancellation was."""
    booking = seen.require(Action.SET_CANCELLATION_KIND, now, etag=command.etag)
    before = booking.cancellation
    assert before is not None  # noqa: S101 (it is CANCELLED)
    made = changed(booking, now, cancellation=replace(before, kind=command.kind))
    changes = (change_of("kind", before.kind, command.kind),)
    return decided(seen, made, Kind.CANCELLATION_KIND_SET, because=command.because, changes=changes)


def expire_booking(seen: Seen, _command: None, now: datetime) -> Decision:
    """What nobody answered in time is over; ActionNotAllowed while it is not, or when somebody did."""
    booking = seen.booking
    if booking.state not in UNANSWERED or booking.effective(now) is not State.EXPIRED:
        raise seen.not_allowed(Action.DECLINE, now)
    return decided(seen, _over(booking, State.EXPIRED, now), Kind.EXPIRED, frees_all=True)


def _over(booking: Booking, state: State, now: datetime, **fields: object) -> Booking:
    """The booking at its end, where nothing is open any more."""
    options = tuple(
        replace(option, state=OptionState.WITHDRAWN) if option.state is OptionState.OPEN else option
        for option in booking.options
    )
    return changed(booking, now, state=state, options=options, expire_time=None, **fields)
