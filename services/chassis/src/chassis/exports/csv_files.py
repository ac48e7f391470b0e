"""Rows as CSV, as a spreadsheet opens it."""

import csv
import io
from collections.abc import Sequence

from chassis.exports.cells import Cell, Parts, Rows, as_text, iso

PART_BYTES = 64_000
"""Of a file on its way, about."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of its Windows, and García arrives as GarcÃ­a."""


async def csv_parts(header: Sequence[str], rows: Rows) -> Parts:
    """The rows below their header as CSV (RFC 4180, UTF-8 with BOM), in parts of about PART_BYTES."""
    part = io.StringIO()
    part.write(_BOM)
    lines = csv.writer(part, lineterminator="\r\n")
    lines.writerow(header)
    async for row in rows:
        lines.writerow([as_text(cell) if type(cell) is str else _written(cell) for cell in row])
        if part.tell() >= PART_BYTES:
            yield part.getvalue().encode()
            part.seek(0)
            part.truncate()
    yield part.getvalue().encode()


def _written(cell: Cell) -> str | int | float | None:
    """Numbers are ours, and may be below zero; None is an empty cell."""
    return cell if cell is None or isinstance(cell, int | float) else iso(cell)
