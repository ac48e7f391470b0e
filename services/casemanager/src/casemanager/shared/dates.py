"""Dates as people write them, without a time and a zone."""

from datetime import date

from chassis.errors import FieldViolation, InvalidArgument


def day_of(written: str, field: str) -> date:
    """The date; InvalidArgument for one that no calendar has."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        localized = {"es": "Esta fecha no existe."}
        violation = FieldViolation(field, "DATE_INVALID", "This date does not exist.", localized=localized)
        raise InvalidArgument(violations=[violation]) from None
