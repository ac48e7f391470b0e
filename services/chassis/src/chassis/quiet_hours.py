"""The hours in which phones may ring for what can wait: a sender keeps to them, a preview counts on them. Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

OPENING, CLOSING = time(8), time(21)
"""Between them texts in bulk go out, by the clock of the organization: the hours of 47 CFR 64.1200(c)(1)."""


def next_opening(due: datetime, zone: str) -> datetime:
    """When a text in bulk that is due may go out, between 8:00 and 21:00 in the zone; UTC for a zone that is unknown.

    The same instant, or the next 8:00 there in UTC, which no change of the clocks skips.
    """
    local = due.astimezone(_zone(zone))
    if OPENING <= local.time() < CLOSING:
        return due
    day = local.date() if local.time() < OPENING else local.date() + timedelta(days=1)
    return datetime.combine(day, OPENING, local.tzinfo).astimezone(UTC)


def next_closing(moment: datetime, zone: str) -> datetime:
    """Until when texts in bulk go out that begin at a moment at which they may."""
    local = moment.astimezone(_zone(zone))
    return datetime.combine(local.date(), CLOSING, local.tzinfo).astimezone(UTC)


@lru_cache(maxsize=2)
def quiet_zones(minute: datetime) -> tuple[str, ...]:
    """Every zone where a text in bulk waits at an instant; handed in by the minute, because it takes one to ask all."""
    return tuple(sorted(zone for zone in available_timezones() if next_opening(minute, zone) != minute))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
