"""What a stretch of a specialist's time holds: blocks, and what is held, confirmed and blocked of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from casemanager.availabilities.domain.availability import Availability, blocks
from casemanager.availabilities.domain.wall_clock import instant_of
from casemanager.reservations.domain import Reservation, is_in_force
from casemanager.specialists.domain import Specialist


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A specialist, the availabilities that give slots, and the reservations of the stretch."""

    specialist: Specialist
    availabilities: Sequence[Availability]
    reservations: Sequence[Reservation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stretch of the specialist's time, and what it is: the block of an availability, or what is taken."""

    specialist: Specialist
    start_time: datetime
    end_time: datetime
    source: Availability | Reservation


def entries(week: Week, start: datetime, end: datetime, now: datetime) -> list[Entry]:
    """All that overlaps the stretch, by start; blocks before what is taken of them."""
    return sorted(
        [*_blocks(week, start, end), *_reserved(week, start, end, now)],
        key=lambda entry: (entry.start_time, isinstance(entry.source, Reservation), entry.end_time),
    )


def _blocks(week: Week, start: datetime, end: datetime) -> Iterator[Entry]:
    for availability in week.availabilities:
        for since, until in blocks(availability, start, end):
            first, last = instant_of(since), instant_of(until)
            if first < last and first < end and start < last:
                yield Entry(specialist=week.specialist, start_time=first, end_time=last, source=availability)


def _reserved(week: Week, start: datetime, end: datetime, now: datetime) -> Iterator[Entry]:
    for each in week.reservations:
        if is_in_force(each, now) and each.start_time < end and start < each.end_time:
            yield Entry(specialist=week.specialist, start_time=each.start_time, end_time=each.end_time, source=each)
