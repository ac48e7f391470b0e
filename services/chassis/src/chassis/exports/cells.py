"""What stands in a cell of a list that people take home."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from datetime import UTC, date, datetime

from chassis.errors import Conflict

Cell = str | int | float | datetime | date | None
"""A text, a number, an instant (aware), a wall clock (naive), a date, or nothing."""
Rows = AsyncIterable[Sequence[Cell]]
Parts = AsyncGenerator[bytes, None]
"""A file on its way; whoever leaves before its end closes it (`aclosing`)."""


class ExportTooLarge(Conflict):
    """A PDF has at most 5,000 rows; `metadata.rows` says how many there are, and CSV and XLSX take all."""

    reason = "EXPORT_TOO_LARGE"
    message = "A PDF has at most 5,000 rows; take CSV or XLSX for more."


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What begins so is a formula to a spreadsheet: a name can be typed to send its reader's cells away (OWASP)."""


def as_text(value: str) -> str:
    """A value that no spreadsheet takes for a formula: an apostrophe stands before one that looks like it.

    >>> as_text("-Smith"), as_text("Smith")
    ("'-Smith", 'Smith')
    """
    return f"'{value}" if value.startswith(_FORMULA) else value


def iso(cell: str | datetime | date) -> str:
    """As ISO 8601 has it: an instant in UTC to the second, a wall clock to the minute.

    >>> iso(datetime(2026, 3, 3, 9, 15)), iso(datetime(2026, 3, 2, 22, 15, tzinfo=UTC)), iso(date(2026, 3, 3))
    ('2026-03-03T09:15', '2026-03-02T22:15:00Z', '2026-03-03')
    """
    match cell:
        case datetime(tzinfo=None):
            return cell.isoformat(timespec="minutes")
        case datetime():
            return cell.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        case date():
            return cell.isoformat()
    return cell
