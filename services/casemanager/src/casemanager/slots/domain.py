"""Slots: which times can be booked. One function says it, to whoever shows a time or books one (CM-06).

Search, request, offer, confirmation, move, and the next free times after a lost race all ask `find_slots`: what is
shown can be booked, and what can be booked is shown. `hindrances` asks it with one rule after the other, and so says
why there is none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from operator import itemgetter
from uuid import UUID

from casemanager.availabilities.domain.availability import Availability, blocks
from casemanager.availabilities.domain.wall_clock import MINUTE, instant_of, length, microseconds
from casemanager.reservations.domain import Reservation, is_in_force
from casemanager.specialists.domain import Specialist

_HOUR = 60 * MINUTE
_INSTANT = timedelta(microseconds=1)
SlotKey = tuple[datetime, UUID, datetime]
"""Where a slot stands in the order: its start, whose it is, its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What binds whoever asks at the time `now`.

    A slot begins `notice` after that at the earliest, unless its availability says otherwise, and `horizon` after it
    at the latest, both in elapsed time; None: not bound, as staff are, but not in the past either. What the booking
    `exclude_booking_id` has is free for it.
    """

    now: datetime
    notice: timedelta | None
    horizon: timedelta | None
    exclude_booking_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A specialist's availabilities, in any order and overlapping as they like, and reservations, which never do.

    The reservations are those of the window and of `MAX_REACH` after it.
    """

    specialist_id: UUID
    availabilities: Sequence[Availability]
    reservations: Sequence[Reservation]


MAX_REACH = timedelta(minutes=480 + 120)
"""How far an appointment that begins in a window can reach out of it: the longest one with the longest buffer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that can be booked, by its availability; the buffer after it is not part of it."""

    specialist_id: UUID
    start_time: datetime
    end_time: datetime
    availability: Availability

    @property
    def key(self) -> SlotKey:
        """Where it stands in the order."""
        return (self.start_time, self.specialist_id, self.end_time)


@dataclass(frozen=True, slots=True)
class FoundSlot:
    """A slot, with what people read of it."""

    slot: Slot
    specialist: Specialist
    place_name: str


def find_slots(
    schedules: Iterable[Schedule],
    start: datetime,
    end: datetime,
    terms: Terms,
    *,
    after: SlotKey | None = None,
    limit: int | None = None,
) -> list[Slot]:
    """The slots that begin from `start` to before `end`, by start, then specialist, then end; `after` a key, if given.

    A time that several availabilities of a specialist give is there once, by one that is AVAILABLE before one that is
    ON_DEMAND, and by the earliest made of these.
    """
    if after is not None:
        start = max(start, after[0])
    found = [
        (since, schedule.specialist_id.int, until, schedule.specialist_id, availability)
        for schedule in schedules
        for (since, until), availability in _free_times(schedule, start, end, terms).items()
    ]
    if after is not None:
        position = (microseconds(after[0]), after[1].int, microseconds(after[2]))
        found = [slot for slot in found if slot[:3] > position]
    found.sort(key=lambda slot: slot[:3])
    return [
        Slot(
            specialist_id=specialist_id,
            start_time=instant_of(since),
            end_time=instant_of(until),
            availability=availability,
        )
        for since, _, until, specialist_id, availability in found[:limit]
    ]


def find_slot(schedule: Schedule, start: datetime, terms: Terms) -> Slot | None:
    """The slot that begins at this very instant, of those in the schedule; None: there is none."""
    return next(iter(find_slots([schedule], start, start + _INSTANT, terms, limit=1)), None)


def takes_time(reservation: Reservation, terms: Terms) -> bool:
    """Whether what is reserved is taken for whoever asks."""
    is_own = terms.exclude_booking_id is not None and reservation.booking_id == terms.exclude_booking_id
    return not is_own and is_in_force(reservation, terms.now)


class Reason(IntEnum):
    """What keeps a slot from beginning at an instant; the numbers are the contract's."""

    SPECIALIST_INACTIVE = 1
    OTHER_SPECIALTY = 2
    OTHER_LANGUAGE = 3
    NO_AVAILABILITY = 4
    EXCEPTION = 5
    BETWEEN_SLOTS = 6
    OTHER_PLACE = 7
    OTHER_STATE = 8
    OTHER_MODE = 9
    OTHER_KIND = 10
    OTHER_SERVICE_TYPE = 11
    PAST = 12
    TOO_SOON = 13
    TOO_FAR = 14
    HELD = 15
    CONFIRMED = 16
    BLOCKED = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Something in the way of a slot; of which availability, and which reservation, where it is about one."""

    reason: Reason
    availability_id: UUID | None = None
    reservation: Reservation | None = None


def hindrances(schedule: Schedule, availability: Availability, start: datetime, terms: Terms) -> list[Hindrance]:
    """Why an availability of the schedule has no slot that begins at this instant; none: it has one.

    It is the first rule of the search that leaves none; all reservations that overlap, where it is that one.
    """
    alone = replace(schedule, availabilities=(availability,))
    empty = replace(alone, reservations=())

    def of(reason: Reason) -> list[Hindrance]:
        return [Hindrance(reason=reason, availability_id=availability.id)]

    if find_slot(empty, start, Terms(now=start, notice=None, horizon=None)) is None:
        return of(_missing(availability, start))
    if start < terms.now:
        return of(Reason.PAST)
    if find_slot(empty, start, replace(terms, horizon=None)) is None:
        return of(Reason.TOO_SOON)
    if find_slot(empty, start, terms) is None:
        return of(Reason.TOO_FAR)
    if find_slot(alone, start, terms) is not None:
        return []
    end = start + timedelta(minutes=availability.appointment_minutes + availability.buffer_minutes)
    return [
        Hindrance(reason=Reason[each.kind.name], availability_id=availability.id, reservation=each)
        for each in schedule.reservations
        if takes_time(each, terms) and each.start_time < end and start < each.end_time
    ]


def _missing(availability: Availability, start: datetime) -> Reason:
    """Why it would have no slot then even if nothing were taken and nobody bound."""
    if _has_block(availability, start):
        return Reason.BETWEEN_SLOTS
    return Reason.EXCEPTION if _has_block(replace(availability, exceptions={}), start) else Reason.NO_AVAILABILITY


def _has_block(availability: Availability, start: datetime) -> bool:
    instant = microseconds(start)
    return any(since <= instant < until for since, until in blocks(availability, start, start))


def _free_times(
    schedule: Schedule, start: datetime, end: datetime, terms: Terms
) -> dict[tuple[int, int], Availability]:
    taken = sorted(
        (microseconds(each.start_time), microseconds(each.end_time))
        for each in schedule.reservations
        if takes_time(each, terms)
    )
    times: dict[tuple[int, int], Availability] = {}
    # The first one to give a time has it.
    for availability in sorted(schedule.availabilities, key=lambda each: (each.kind, each.id.int)):
        low, high = _bounds(availability, microseconds(start), microseconds(end), terms)
        if low < high:
            for time in _free(availability, low, high, taken):
                times.setdefault(time, availability)
    return times


def _bounds(availability: Availability, start: int, end: int, terms: Terms) -> tuple[int, int]:
    """From when on, and before when, a slot can begin."""
    now, notice = microseconds(terms.now), 0
    if terms.notice is not None:
        own = availability.minimum_notice_hours
        notice = length(terms.notice) if own is None else own * _HOUR
    latest = end if terms.horizon is None else min(end, now + length(terms.horizon) + 1)
    return max(start, now + notice), latest


def _free(
    availability: Availability, low: int, high: int, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The candidates that begin from `low` to before `high` and overlap nothing that is taken.

    Candidates of a block and what is taken are both in order, so that they are walked along together.
    """
    appointment, step = availability.appointment_minutes * MINUTE, availability.step_minutes * MINUTE
    occupied = appointment + availability.buffer_minutes * MINUTE
    for block_start, block_end in blocks(availability, instant_of(low), instant_of(high)):
        first = block_start if low <= block_start else block_start - (block_start - low) // step * step
        place = bisect_right(taken, first, key=itemgetter(1))
        # The appointment ends with the block at the latest; the buffer may stick out.
        for since in range(first, min(high, block_end - appointment + 1), step):
            while place < len(taken) and taken[place][1] <= since:
                place += 1
            if place == len(taken) or since + occupied <= taken[place][0]:
                yield since, since + appointment
