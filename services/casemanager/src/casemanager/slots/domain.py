"""Slots: which times can be booked. One function says it, to whoever shows a time or books one (CM-06).

Search, request, offer, confirmation, move, and the next free times after a lost race all ask `find_slots`: what is
shown can be booked, and what can be booked is shown.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def _free_times(
    schedule: Schedule, start: datetime, end: datetime, terms: Terms
) -> dict[tuple[int, int], Availability]:
    taken = sorted(
        (microseconds(each.start_time), microseconds(each.end_time))
        for each in schedule.reservations
        if is_in_force(each, terms.now)
        and (terms.exclude_booking_id is None or each.booking_id != terms.exclude_booking_id)
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
