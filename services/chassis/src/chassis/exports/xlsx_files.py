"""Rows as a workbook for spreadsheets (ECMA-376), written as they come: memory does not grow with them.

Texts stand in their cells, and not in a table of all texts of the workbook, which would have to be kept until its end.
A text is never a formula there, so nothing is put before it.
"""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import IO
from xml.sax.saxutils import escape

from chassis.exports.cells import Cell, Parts, Rows, iso
from chassis.exports.workbook import other_parts, sheet_head

MAX_ROWS = 1_048_575
"""Rows of a sheet below its header; Excel ends there, and a further sheet begins."""
MAX_TEXT = 32_767
"""Characters of a cell; Excel calls a workbook with more of them damaged."""
PART_BYTES = 64_000
"""Of a file on its way, about."""

_CHUNK_ROWS = 250
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What XML 1.0 has no way to write."""
_SPECIAL = re.compile(r"[^\t\n\x20-\x25\x27-\x3B\x3D\x3F-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 spreadsheets count wall clocks
_FIRST_RIGHT_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 before it Excel has a 29 February 1900
_DAY = timedelta(days=1)


async def xlsx_parts(title: str, header: Sequence[str], rows: Rows) -> Parts:
    """The rows below their frozen header as a workbook, in parts of about PART_BYTES; `title` names its sheets."""
    book = _Book(title, header)
    chunk: list[str] = []
    async for row in rows:
        chunk.append(_row(row))
        if len(chunk) == _CHUNK_ROWS:
            book.write(chunk)
            chunk = []
            if book.waiting >= PART_BYTES:
                yield book.taken()
    book.write(chunk)
    book.close()
    yield book.taken()


class _Pipe:
    """What the archive writes to: it cannot go back, so nothing of it has to be kept."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""


class _Book:
    def __init__(self, title: str, header: Sequence[str]) -> None:
        self._title, self._header = title, header
        self._pipe = _Pipe()
        # Level 1 takes a third of the time of the usual one, for a file that is a fifth larger.
        self._archive = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1)  # type: ignore[call-overload]
        self._sheets = 0
        self._rows = 0
        self._sheet = self._begin()

    @property
    def waiting(self) -> int:
        """Bytes that can be taken."""
        return self._pipe.waiting

    def taken(self) -> bytes:
        parts, self._pipe.parts, self._pipe.waiting = self._pipe.parts, [], 0
        return b"".join(parts)

    def write(self, rows: Sequence[str]) -> None:
        while len(rows) > (room := MAX_ROWS - self._rows):
            self._sheet.write("".join(rows[:room]).encode())
            rows = rows[room:]
            self._end()
            self._sheet = self._begin()
        self._sheet.write("".join(rows).encode())
        self._rows += len(rows)

    def close(self) -> None:
        self._end()
        name = _escaped(re.sub(r"[\[\]:*?/\\\\]", " ", self._title)[:25])
        for path, text in other_parts([name, *(f"{name} {at}" for at in range(2, self._sheets + 1))]):
            self._archive.writestr(path, text)
        self._archive.close()

    def _begin(self) -> IO[bytes]:
        self._sheets, self._rows = self._sheets + 1, 0
        sheet: IO[bytes] = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
        titles = "".join(_text(name, ' s="1"') for name in self._header)
        sheet.write(sheet_head([max(12, len(name) + 2) for name in self._header], titles).encode())
        return sheet

    def _end(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text), {'"': "&quot;", "\r": "&#13;"})


def _text(value: str, style: str = "") -> str:
    if not value:
        return "<c/>"
    if len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    if _SPECIAL.search(value):
        value = _escaped(value)
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{value}</t></is></c>'


def _wall_clock(value: datetime) -> str:
    style = 2
    if value.tzinfo is not None:
        value, style = value.astimezone(UTC).replace(tzinfo=None), 4
    if value < _FIRST_RIGHT_DATE:
        return _text(iso(value))
    return f'<c s="{style}"><v>{round((value - _FIRST_DAY) / _DAY, 9)!r}</v></c>'


def _date(value: date) -> str:
    days = (value - _FIRST_DAY.date()).days
    return f'<c s="3"><v>{days}</v></c>' if value >= _FIRST_RIGHT_DATE.date() else _text(iso(value))


def _number(value: float) -> str:
    return f"<c><v>{value!r}</v></c>"


def _nothing(_: None) -> str:
    return "<c/>"


_CELLS: Mapping[type, Callable[..., str]] = {
    str: _text,
    int: _number,
    float: _number,
    datetime: _wall_clock,
    date: _date,
    type(None): _nothing,
}


def _row(row: Sequence[Cell]) -> str:
    return f"<row>{''.join([_CELLS[type(cell)](cell) for cell in row])}</row>"
