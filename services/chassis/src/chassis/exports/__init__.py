"""Lists that people take home as a file, in parts, however long they are.

>>> import asyncio
>>> async def rows():
...     yield "Ana", "=1+1", -1
>>> async def file():
...     return b"".join([part async for part in file_parts(Format.CSV, "People", ("Name", "Note", "Days"), rows())])
>>> asyncio.run(file()).decode().removeprefix("\ufeff").splitlines()
['Name,Note,Days', "Ana,'=1+1,-1"]
"""

from collections.abc import Sequence
from enum import IntEnum

from chassis.exports.cells import Parts, Rows
from chassis.exports.csv_files import csv_parts
from chassis.exports.xlsx_files import xlsx_parts

MAX_PDF_ROWS = 5_000
"""As many as people turn the pages of; its pages are kept until the last one is there."""


class Format(IntEnum):
    """What a file is; the numbers are the contracts'."""

    CSV = 1
    XLSX = 2
    PDF = 3


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}


def file_parts(format_: Format, title: str, header: Sequence[str], rows: Rows) -> Parts:
    """The rows below their header as such a file, in parts; `title` is what they are.

    Of a PDF with more than MAX_PDF_ROWS nothing comes, but ExportTooLarge. The others take as much memory for
    a million rows as for one.
    """
    match format_:
        case Format.CSV:
            return csv_parts(header, rows)
        case Format.XLSX:
            return xlsx_parts(title, header, rows)
        case Format.PDF:
            # Its libraries are an extra, for the services that make some.
            from chassis.exports.pdf_files import pdf_parts

            return pdf_parts(title, header, rows)
