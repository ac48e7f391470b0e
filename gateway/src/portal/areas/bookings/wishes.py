"""When an appointment would suit: up to five days with their hours, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from portico.casemanager.v1.booking_resources_pb2 import TimeWindow

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from chassis.wire import timestamp
from portal.core.context import PageContext
from portal.core.error_messages import violation_message
from portal.core.forms import Form, day_of

MAX_WISHES = 5
_ROWS = range(1, MAX_WISHES + 1)
NAMES = tuple(f"{part}{row}" for row in _ROWS for part in ("day", "since", "until"))
"""The fields of the form: a day, and its hours."""


def wishes_of(form: Form, zone: tzinfo) -> list[TimeWindow]:
    """The windows, by the reader's clock; InvalidArgument with the field for what is no day or hour."""
    return [_window(form, row, zone) for row in _ROWS if form[f"day{row}"]]


def refused(context: PageContext, error: ServiceError) -> Form:
    """The form with what the service says of a window standing at its day."""
    rows = [row for row in _ROWS if context.form[f"day{row}"]]
    form = context.form.refused(error, context.i18n)
    problems = dict(form.problems)
    for violation in error.violations:
        number = violation.field.partition("[")[2].partition("]")[0]
        if number.isdecimal() and int(number) < len(rows):
            problems[f"day{rows[int(number)]}"] = [violation_message(violation, context.i18n)]
    return replace(form, problems=problems)


def rows_of(form: Form) -> Sequence[int]:
    """Which rows the form shows: those that are filled or wrong, and at least three."""
    filled = [row for row in _ROWS if form[f"day{row}"]]
    return range(1, max(3, *filled) + 1) if filled else range(1, 4)


def kept_of(form: Form) -> dict[str, str]:
    """What was typed, for an address or for hidden fields."""
    return {name: form[name] for name in NAMES if form[name]}


def _window(form: Form, row: int, zone: tzinfo) -> TimeWindow:
    day = day_of(form[f"day{row}"], f"day{row}")
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (on the wall clock)
    since, until = _clock(form, f"since{row}"), _clock(form, f"until{row}")
    start = datetime.combine(midnight, since or time.min, zone)
    end = datetime.combine(midnight, until, zone) if until else (midnight + timedelta(days=1)).replace(tzinfo=zone)
    if end <= start:
        raise InvalidArgument(violations=[FieldViolation(f"until{row}", "WISH_INVALID", "must be later than From.")])
    return TimeWindow(start_time=timestamp(start.astimezone(UTC)), end_time=timestamp(end.astimezone(UTC)))


def _clock(form: Form, name: str) -> time | None:
    """A time of day as browsers send it (09:00); None for an empty field."""
    try:
        return time.fromisoformat(form[name]).replace(tzinfo=None) if form[name] else None
    except ValueError:
        raise InvalidArgument(violations=[FieldViolation(name, "CLOCK_INVALID", "is no time of day.")]) from None
