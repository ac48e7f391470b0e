"""Rows as a PDF that people print: A4 landscape, bounded, because its pages are kept until the last one is there.

Thirty columns do not fit beside each other: where there are more than ten, those that follow each other stand below
each other, three by three.
"""

import asyncio
import io
from collections.abc import Sequence
from functools import cache
from math import ceil

import fontpkg
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from chassis.exports import MAX_PDF_ROWS
from chassis.exports.cells import Cell, ExportTooLarge, Parts, Rows, iso

PART_BYTES = 64_000
"""Of a file on its way, about."""

_CHUNK_ROWS = 200
_FONT, _SIZE, _LINE = "Noto Sans", 6.5, 8.0
_STACKS, _MIN_LINES = 10, 3
"""Columns beside each other; where they are more, so many stand below each other, which leaves room for long ones."""
_MARGIN, _PADDING = 28.0, 3.0
_WIDTH, _HEIGHT = landscape(A4)
_LEFT_OUT = "…"


async def pdf_parts(title: str, header: Sequence[str], rows: Rows) -> Parts:
    """The rows below their header, which each page has; ExportTooLarge before the first byte where they are more."""
    table = await asyncio.to_thread(_Table, title, header)
    chunk: list[Sequence[Cell]] = []
    number = 0
    async for row in rows:
        number += 1
        if number > MAX_PDF_ROWS:
            raise ExportTooLarge()
        chunk.append(row)
        if len(chunk) == _CHUNK_ROWS:
            await asyncio.to_thread(table.add, chunk)
            chunk = []
    await asyncio.to_thread(table.add, chunk)
    file = await asyncio.to_thread(table.finished)
    for at in range(0, len(file), PART_BYTES):
        yield file[at : at + PART_BYTES]


@cache
def _font() -> TTFont:
    """Reading it takes a quarter of a second."""
    font = TTFont(_FONT, str(fontpkg.path(_FONT)))
    pdfmetrics.registerFont(font)
    return font


class _Table:
    """Pages with rows; what is too long for its column ends with an ellipsis."""

    def __init__(self, title: str, header: Sequence[str]) -> None:
        face = _font().face
        self._widths, self._default = face.charWidths, face.defaultWidth
        self._title, self._header = title, header
        self._lines = max(_MIN_LINES, ceil(len(header) / _STACKS)) if len(header) > _STACKS else 1
        self._stack_width = (_WIDTH - 2 * _MARGIN) / ceil(len(header) / self._lines)
        self._row_height = self._lines * _LINE + 2 * _PADDING
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(_WIDTH, _HEIGHT), pageCompression=1)
        self._canvas.setTitle(title)
        self._pages = 0
        self._begin()

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._top - self._row_height < _MARGIN + _LINE:
                self._canvas.showPage()
                self._begin()
            self._draw(
                ["" if cell is None else iso(cell) if not isinstance(cell, int | float) else str(cell) for cell in row]
            )

    def finished(self) -> bytes:
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _begin(self) -> None:
        self._pages += 1
        self._canvas.setFont(_FONT, _SIZE)
        self._canvas.drawString(_MARGIN, _MARGIN - _LINE, self._shown(self._title, _WIDTH / 2))
        self._canvas.drawRightString(_WIDTH - _MARGIN, _MARGIN - _LINE, str(self._pages))
        self._top = _HEIGHT - _MARGIN
        self._canvas.setFillGray(0.88)
        self._canvas.rect(
            _MARGIN, self._top - self._row_height, _WIDTH - 2 * _MARGIN, self._row_height, stroke=0, fill=1
        )
        self._canvas.setFillGray(0)
        self._canvas.setLineWidth(0.3)
        self._draw(self._header)

    def _draw(self, cells: Sequence[str]) -> None:
        room = self._stack_width - 2 * _PADDING
        text = self._canvas.beginText()
        text.setFont(_FONT, _SIZE, leading=_LINE)
        for stack, at in enumerate(range(0, len(cells), self._lines)):
            text.setTextOrigin(_MARGIN + stack * self._stack_width + _PADDING, self._top - _PADDING - 0.8 * _LINE)
            for cell in cells[at : at + self._lines]:
                text.textLine(self._shown(cell, room))
        self._canvas.drawText(text)
        self._top -= self._row_height
        self._canvas.line(_MARGIN, self._top, _WIDTH - _MARGIN, self._top)

    def _shown(self, text: str, room: float) -> str:
        """As much of it as there is room for; what the font does not have is a question mark."""
        kept: list[str] = []
        left = room * 1000 / _SIZE
        for letter in " ".join(text.split()):
            known = letter if ord(letter) in self._widths else "?"
            left -= self._widths.get(ord(known), self._default)
            if left < 0:
                return "".join(kept[:-1]) + _LEFT_OUT
            kept.append(known)
        return "".join(kept)
