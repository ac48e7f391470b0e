"""Lists that people take home as CSV and open in a spreadsheet.

>>> import asyncio
>>> async def rows():
...     yield "Ana", "=1+1"
>>> async def file():
...     return b"".join([part async for part in csv_parts(("Name", "Note"), rows())])
>>> asyncio.run(file()).decode().removeprefix("\ufeff").splitlines()
['Name,Note', "Ana,'=1+1"]
"""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Sequence

MEDIA_TYPE = "text/csv; charset=utf-8"

PART_BYTES = 64_000
"""Of a file on its way, about."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of its Windows, and García arrives as GarcÃ­a."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins so is a formula to a spreadsheet: a name can be typed to send its reader's cells away (OWASP)."""


async def csv_parts(header: Sequence[str], rows: AsyncIterable[Sequence[str]]) -> AsyncIterator[bytes]:
    """The rows below their header as CSV (RFC 4180, UTF-8 with BOM), in parts of about PART_BYTES."""
    part = io.StringIO()
    part.write(_BOM)
    lines = csv.writer(part, lineterminator="\r\n")
    lines.writerow(header)
    async for row in rows:
        lines.writerow(map(as_text, row))
        if part.tell() >= PART_BYTES:
            yield part.getvalue().encode()
            part.seek(0)
            part.truncate()
    yield part.getvalue().encode()


def as_text(value: str) -> str:
    """A value that no spreadsheet takes for a formula: an apostrophe stands before one that looks like it."""
    return f"'{value}" if value.startswith(_FORMULA) else value
