"""What a clock on the wall shows, as instants: minutes of a local date, also where clocks skip or repeat some.

Instants are whole microseconds since 1970 here: a search makes thousands of them, and an integer is added and compared
in a fifth of the time of a `datetime`.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)

zone_of = cache(ZoneInfo)
"""The zone of an IANA name; raises `ZoneInfoNotFoundError` for an unknown one."""


def microseconds(instant: datetime) -> int:
    """The aware instant in microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def length(duration: timedelta) -> int:
    """The duration in microseconds."""
    return duration // _MICROSECOND


def instant_of(since: int) -> datetime:
    """The instant so many microseconds after the beginning of 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=since)


# Half of the time of a search, and the same for everybody whose day begins at nine: 12 weeks of 100 blocks are kept.
@lru_cache(maxsize=16_384)
def block_of(day: int, start_minute: int, end_minute: int, zone: tzinfo) -> tuple[int, int]:
    """From when to when the minutes of a local date last; nothing lies between when the clocks skip both.

    `day` is the date's ordinal. A minute that the clocks skip is the first one after it that exists; one that comes
    twice means the first for a start, the second for an end.
    """
    return _instant(day, start_minute, zone, is_end=False), _instant(day, end_minute, zone, is_end=True)


def _instant(day: int, minute: int, zone: tzinfo, *, is_end: bool) -> int:
    wall = (datetime.fromordinal(day) + timedelta(minutes=minute)).replace(tzinfo=zone)
    as_utc = (day - _EPOCH_ORDINAL) * DAY + minute * MINUTE
    before, after = _offset(wall), _offset(wall.replace(fold=1))
    if before >= after:  # once; or twice, because the clocks went back
        return as_utc - (after if is_end else before)
    return _change_between(as_utc - after, as_utc - before, zone)


def _change_between(low: int, high: int, zone: tzinfo) -> int:
    """When the clocks go forward: after `low` and at `high` at the latest, to the second."""
    before = _offset(instant_of(low).astimezone(zone))
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if _offset(instant_of(middle).astimezone(zone)) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(local: datetime) -> int:
    offset = local.utcoffset()
    return 0 if offset is None else length(offset)
