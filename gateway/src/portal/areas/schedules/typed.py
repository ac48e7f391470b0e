"""What is typed about days, times of day and numbers; InvalidArgument with the field for what is none."""

from datetime import date, datetime, time, timedelta, tzinfo

from chassis.errors import FieldViolation, InvalidArgument
from portal.core.forms import Form

DAY_MINUTES = 24 * 60
FIRST_YEAR, LAST_YEAR = 2000, 2199
_HOUR_MINUTES = 60


def refusal(name: str, reason: str) -> InvalidArgument:
    """Says that a field is wrong."""
    return InvalidArgument(violations=[FieldViolation(name, reason, "is missing or wrong.")])


def day_of(form: Form, name: str) -> date:
    """A day as browsers send it: 2027-01-28; of the years that the contract knows."""
    try:
        day = date.fromisoformat(form[name])
    except ValueError:
        raise refusal(name, "DATE_INVALID") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refusal(name, "DATE_INVALID")
    return day


def minute_of(form: Form, name: str, *, is_end: bool = False) -> int:
    """A time of day as browsers send it (09:00) in minutes; as an end midnight is that of the day's end."""
    try:
        clock = time.fromisoformat(form[name])
    except ValueError:
        raise refusal(name, "CLOCK_INVALID") from None
    minute = clock.hour * _HOUR_MINUTES + clock.minute
    return DAY_MINUTES if is_end and minute == 0 else minute


def number_of(form: Form, name: str, first: int, last: int) -> int | None:
    """A whole number of a range; None for an empty field."""
    written = form[name]
    if not written:
        return None
    if written.isdecimal() and len(written) < 10 and first <= int(written) <= last:
        return int(written)
    raise refusal(name, "NUMBER_OUT_OF_RANGE")


def instant_of(form: Form, day: str, clock: str, zone: tzinfo, *, is_end: bool = False) -> datetime:
    """A day with a time of day on a clock; without one the day's beginning, or its end."""
    midnight = datetime.combine(day_of(form, day), time.min)
    minute = minute_of(form, clock, is_end=is_end) if form[clock] else DAY_MINUTES * is_end
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=zone)  # on the clock, whatever it skips


def clock_of(minute: int) -> str:
    """A minute of the day as browsers take it; the end of the day is its midnight.

    >>> clock_of(540), clock_of(1440)
    ('09:00', '00:00')
    """
    hour, rest = divmod(minute % DAY_MINUTES, _HOUR_MINUTES)
    return f"{hour:02}:{rest:02}"
