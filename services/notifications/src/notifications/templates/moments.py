"""Instants as people read them: date and time in their language, by the clock of a zone that is named."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time, get_timezone_location

from chassis.regions import TWELVE_HOURS
from notifications.shared.domain import Channel


class _Local(NamedTuple):
    date: str
    time: str
    city: str


def moment(instant: datetime, zone: str, language: str, channel: Channel) -> str:
    """`Sunday, August 16, 2026, 5:00 PM (New York)`; in an SMS `Aug 16, 2026, 5:00 PM (New York)`."""
    local = _local(instant, zone, language, channel)
    return f"{local.date}, {local.time} ({local.city})"


def period(start: datetime, end: datetime, zone: str, language: str, channel: Channel) -> str:
    """`Monday, August 17, 2026, 9:00 AM – 12:00 PM (Sydney)`, with a second date where it ends on another."""
    first, last = _local(start, zone, language, channel), _local(end, zone, language, channel)
    until = last.time if first.date == last.date else f"{last.date}, {last.time}"
    return f"{first.date}, {first.time} – {until} ({first.city})"


def locale_of(language: str) -> Locale:
    """The locale of a language tag; English for an unknown one."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def parsed_instant(raw: str) -> datetime | None:
    """The instant that RFC 3339 says; none where that is none, or has no zone."""
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def is_zone(raw: str) -> bool:
    """Whether it is an IANA time zone."""
    try:
        ZoneInfo(raw)
    except (ValueError, OSError, KeyError):  # a bad key, a folder, an unknown zone
        return False
    return True


def without_narrow_spaces(words: str) -> str:
    """CLDR writes narrow no-break spaces, which would turn an SMS from GSM-7 to UCS-2."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")


def _local(instant: datetime, zone: str, language: str, channel: Channel) -> _Local:
    # To the minute: the messages of a batch expire within seconds of each other, and Babel takes 0.2 ms.
    return _formatted(instant.replace(second=0, microsecond=0), zone, language, channel)


@lru_cache(maxsize=1024)
def _formatted(instant: datetime, zone: str, language: str, channel: Channel) -> _Local:
    locale, local = locale_of(language), instant.astimezone(ZoneInfo(zone))
    date = format_date(local, "medium" if channel is Channel.SMS else "full", locale=locale)
    if get_global("zone_territories").get(zone) in TWELVE_HOURS:
        time = format_time(local, "short", locale=Locale(locale.language, territory="US"))
    else:
        time = format_time(local, "short", locale=locale)
    city = get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True) if "/" in zone else zone
    return _Local(*map(without_narrow_spaces, (date, time, city)))
