"""Instants as they stand in an address, which has no message for them."""

from datetime import UTC, datetime

from chassis.errors import FieldViolation, InvalidArgument

_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def written_instant(written: str, field: str) -> datetime:
    """The time; InvalidArgument for one that no calendar has.

    >>> written_instant("2026-03-02T10:05:00+01:00", "start_time").isoformat()
    '2026-03-02T09:05:00+00:00'
    """
    try:
        instant = datetime.fromisoformat(written).astimezone(UTC)
        if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
            raise OverflowError
    except (ValueError, OverflowError):
        localized = {"es": "Esta hora no existe."}
        violation = FieldViolation(field, "TIME_INVALID", "This time does not exist.", localized=localized)
        raise InvalidArgument(violations=[violation]) from None
    return instant
