"""Offering times, and the answers (CM-08, CM-09)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from portico_errors.casemanager import OptionNotFound, OptionNotOpen, OptionsOverlap, SlotTaken, TooLate, TooManyHolds

from casemanager.bookings.domain.appointment import BEFORE_START, Option, OptionState, expiries
from casemanager.bookings.domain.booking import Booking, Seen, changed
from casemanager.bookings.domain.decision import Because, Decision, Kind, decided
from casemanager.bookings.domain.requests import confirmed, request_end, terms_for
from casemanager.bookings.domain.states import Action, State
from casemanager.bookings.domain.times import Chosen, FreeTime, free_time, slot_taken

MAX_OPTIONS = 5
MAX_KEPT = 20
"""Options that a booking keeps, the latest ones; the history tells of those before."""
MAX_HOLDS = 20
"""Held times of a specialist for one company."""
_AHEAD = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """A booking, the times that are to be offered, and how many of each specialist others of the company hold."""

    seen: Seen
    chosen: Sequence[Chosen]
    held: Mapping[UUID, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The ids of the new options, one for each time."""

    option_ids: Sequence[UUID]
    etag: str = ""


def offer_options(offering: Offering, offer: Offer, now: datetime) -> Decision:
    """Holds the times for the case manager to choose from; what was open before is withdrawn.

    Raises what `free_time` raises, TooLate for less than two hours ahead, OptionsOverlap, TooManyHolds.
    """
    seen = offering.seen
    booking = seen.require(Action.OFFER, now, etag=offer.etag)
    terms = terms_for(seen.actor, seen.policy, now, booking_id=booking.id)
    found = [free_time(chosen, terms) for chosen in offering.chosen]
    if any(each.appointment.start_time < now + _AHEAD for each in found):
        raise TooLate("An offered time begins in two hours at the earliest.")
    if any(_overlap(one, other) for one, other in combinations(found, 2)):
        raise OptionsOverlap()
    for specialist_id in {each.appointment.specialist_id for each in found}:
        new = sum(each.appointment.specialist_id == specialist_id for each in found)
        if offering.held.get(specialist_id, 0) + new > MAX_HOLDS:
            raise TooManyHolds()
    new_options = tuple(
        Option(
            id=option_id,
            appointment=each.appointment,
            state=OptionState.OPEN,
            hold_expire_time=min(now + seen.policy.hold, each.appointment.start_time - BEFORE_START),
            shown=each.shown,
        )
        for option_id, each in zip(offer.option_ids, found, strict=True)
    )
    made = changed(
        booking,
        now,
        state=State.OFFERED,
        expire_time=expiries(iter(new_options)),
        options=(*new_options, *_ended(booking, OptionState.WITHDRAWN))[:MAX_KEPT],
    )
    return decided(seen, made, Kind.OFFERED, holds=new_options)


def _overlap(one: FreeTime, other: FreeTime) -> bool:
    first, second = one.appointment, other.appointment
    return (
        first.specialist_id == second.specialist_id
        and first.start_time < second.free_time
        and second.start_time < first.free_time
    )


def _ended(booking: Booking, state: OptionState, *, but: UUID | None = None) -> tuple[Option, ...]:
    """The options with those that were open in this state; `but` is the chosen one."""
    return tuple(
        replace(option, state=OptionState.CHOSEN if option.id == but else state)
        if option.state is OptionState.OPEN
        else option
        for option in booking.options
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Which option is taken."""

    option_id: UUID
    etag: str = ""


def confirm_option(seen: Seen, command: Confirm, now: datetime) -> Decision:
    """Takes an option: while its hold lives, or as long as nobody else has its time.

    OptionNotFound, OptionNotOpen, TooLate once it has begun, SlotTaken.
    """
    option = _option(seen.booking, command.option_id)
    booking = seen.require(Action.CONFIRM, now, etag=command.etag)
    if option.state is not OptionState.OPEN or not option.shown.is_active:
        raise OptionNotOpen()
    if option.appointment.start_time <= now:
        raise TooLate("This time is over.")
    if option.is_taken(now):
        raise _taken(option)
    found = FreeTime(appointment=option.appointment, shown=option.shown, is_sure=True)
    options = _ended(booking, OptionState.WITHDRAWN, but=option.id)
    made = confirmed(changed(booking, now, options=options), found, seen.policy, now)
    return decided(seen, made, Kind.CONFIRMED, takes=option.appointment)


def _option(booking: Booking, option_id: UUID) -> Option:
    option = next((each for each in booking.options if each.id == option_id), None)
    if option is None:
        raise OptionNotFound()
    return option


def _taken(option: Option) -> SlotTaken:
    return slot_taken(option.appointment.specialist_id, option.appointment.start_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Which options are refused, none: all, and why."""

    option_ids: frozenset[UUID]
    because: Because
    etag: str = ""


def refuse_options(seen: Seen, command: Refuse, now: datetime) -> Decision:
    """Says no to options; with none left open it is a request to staff once more. OptionNotFound, OptionNotOpen."""
    for option_id in command.option_ids:
        _option(seen.booking, option_id)
    booking = seen.require(Action.REFUSE, now, etag=command.etag)
    known = {option.id for option in booking.open_options}
    refused = command.option_ids or known
    if not refused <= known:
        raise OptionNotOpen()
    options = tuple(
        replace(option, state=OptionState.REFUSED) if option.id in refused else option for option in booking.options
    )
    answered = replace(booking, options=options)
    if not any(option.effective(now) is OptionState.OPEN for option in options):
        # Of those that are gone one may be free again some day; by then other times are asked for.
        options = _ended(answered, OptionState.WITHDRAWN)
        made = changed(booking, now, state=State.REQUESTED, options=options, expire_time=request_end(seen.policy, now))
        return decided(seen, made, Kind.REFUSED, because=command.because, frees_all=True)
    made = changed(booking, now, options=options, expire_time=expiries(iter(answered.open_options)))
    return decided(seen, made, Kind.REFUSED, because=command.because, freed_ids=tuple(refused))
