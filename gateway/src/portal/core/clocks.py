"""When something takes place, by the clock there, and by the reader's where that shows another time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from babel import dates
from google.protobuf.timestamp_pb2 import Timestamp

from portal.core.i18n import zone_named
from portal.core.times import Times


class Appointed(Protocol):
    """What begins and ends in a zone: a slot, an option, a booking."""

    @property
    def start_time(self) -> Timestamp:
        """When it begins."""

    @property
    def end_time(self) -> Timestamp:
        """When it ends."""

    @property
    def time_zone(self) -> str:
        """The IANA zone of the wall clock where it takes place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Day, hours and zone there (`zone` only where the reader's clock differs), and `mine`: what the reader's shows."""

    day: str
    hours: str
    zone: str
    mine: str


def clocks_of(times: Times, appointed: Appointed) -> Clocks:
    """What both clocks show; where nobody knows the zone it is UTC."""
    local = replace(times, zone=zone_named(appointed.time_zone) or UTC)
    start, end = appointed.start_time.ToDatetime(UTC), appointed.end_time.ToDatetime(UTC)
    differs = start.astimezone(local.zone).utcoffset() != start.astimezone(times.zone).utcoffset()
    return Clocks(
        day=day_words(local, start),
        hours=f"{local.clock(start)}–{local.clock(end)}",
        zone=str(start.astimezone(local.zone).tzname()) if differs else "",
        mine=_mine(times, start, local) if differs else "",
    )


def day_words(times: Times, instant: datetime) -> str:
    """`Mon, Nov 30`, and the year where it is another one."""
    local = instant.astimezone(times.zone)
    is_this_year = local.year == times.now.astimezone(times.zone).year
    return str(dates.format_skeleton("MMMEd" if is_this_year else "yMMMEd", local, locale=times.i18n.locale))


def window_words(times: Times, start: datetime, end: datetime) -> str:
    """From an instant to another by the reader's clock: `Mon, Nov 30, 9:00 AM–12:00 PM CST`; whole days without hours.

    The hours name their zone: whoever wished for them may have another one than the reader.
    """
    since, until = start.astimezone(times.zone), end.astimezone(times.zone)
    first, last_moment = day_words(times, start), end - timedelta(microseconds=1)
    is_one_day = since.date() == last_moment.astimezone(times.zone).date()
    if not (since.hour or since.minute or until.hour or until.minute):
        return first if is_one_day else f"{first} – {day_words(times, last_moment)}"
    if is_one_day:
        return f"{first}, {times.clock(start)}–{times.clock(end)} {until.tzname()}"
    return f"{first}, {times.clock(start)} – {day_words(times, end)}, {times.clock(end)} {until.tzname()}"


def _mine(here: Times, start: datetime, local: Times) -> str:
    """The reader's clock, with the day where that is another one."""
    is_same_day = start.astimezone(here.zone).date() == start.astimezone(local.zone).date()
    return here.clock(start) if is_same_day else f"{day_words(here, start)}, {here.clock(start)}"
