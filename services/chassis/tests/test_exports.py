"""Files that people take home: what spreadsheets and readers of PDF make of them, and what they cost."""

import csv
import io
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime

import openpyxl
import pypdf
import pytest

from chassis.exports import MAX_PDF_ROWS, Format, csv_files, file_parts, xlsx_files
from chassis.exports.cells import Cell, ExportTooLarge
from chassis.exports.csv_files import csv_parts
from chassis.exports.xlsx_files import MAX_TEXT, xlsx_parts

HEADER = ("Name", "Note")
FORMULAS = ('=HYPERLINK("http://x")', "+61 2", "-Smith", "@x", "\tx", "\rx", "\nx")
INSTANT, DAY = datetime(2026, 3, 2, 22, 15, tzinfo=UTC), date(2026, 3, 3)
LOCAL, MIDNIGHT = datetime.fromisoformat("2026-03-03T09:15"), datetime.fromisoformat("2026-03-03")


async def rows_of(rows: Sequence[Sequence[Cell]]) -> AsyncIterator[Sequence[Cell]]:
    for row in rows:
        yield row


async def made(format_: Format, *rows: Sequence[Cell], header: Sequence[str] = HEADER) -> bytes:
    return b"".join([part async for part in file_parts(format_, "Bookings", header, rows_of(rows))])


async def read_csv(*rows: Sequence[Cell]) -> list[list[str]]:
    text = (await made(Format.CSV, *rows)).decode()
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


async def read_xlsx(*rows: Sequence[Cell], header: Sequence[str] = HEADER) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(await made(Format.XLSX, *rows, header=header)))


async def test_csv_is_what_excel_and_the_standard_read() -> None:
    """CM-14: UTF-8 with BOM, CRLF, quotes where they are needed (RFC 4180), ISO 8601."""
    file = await made(Format.CSV, ('A "b", c', "García\nTwo"), (LOCAL, INSTANT), (DAY, None))
    text = '\ufeffName,Note\r\n"A ""b"", c","García\nTwo"\r\n2026-03-03T09:15,2026-03-02T22:15:00Z\r\n2026-03-03,\r\n'
    assert text.encode() == file


@pytest.mark.parametrize("formula", FORMULAS)
async def test_no_text_is_a_formula(formula: str) -> None:
    """CM-14, CASE-B16: CSV puts an apostrophe before it, in XLSX it is a text; numbers of ours stay numbers."""
    assert [list(HEADER), [f"'{formula}", "-1"]] == await read_csv((formula, -1))
    [_, (text, number)] = (await read_xlsx((formula, -1))).worksheets[0].iter_rows()
    assert (formula, "s", -1, "n") == (text.value, text.data_type, number.value, number.data_type)


async def test_xlsx_has_texts_numbers_and_dates() -> None:
    """CM-14: digits of a text stay a text, numbers are numbers, a wall clock is a date, and nothing is empty."""
    header = ("File", "Days", "Hours", "Start (local)", "Start (UTC)", "Day", "None")
    book = await read_xlsx(("0815", -3, 1.5, LOCAL, INSTANT, DAY, None), header=header)
    sheet = book.worksheets[0]
    assert ("A2", ["Bookings"], header) == (
        sheet.freeze_panes,
        book.sheetnames,
        tuple(cell.value for cell in sheet[1]),
    )
    values = [cell.value for cell in sheet[2]]
    assert ["0815", -3, 1.5, LOCAL, INSTANT.replace(tzinfo=None), MIDNIGHT, None] == values
    assert ["s", "n", "n", "d", "d", "d", "n"] == [cell.data_type for cell in sheet[2]]
    shown = ["yyyy\\-mm\\-dd\\ hh:mm", "yyyy\\-mm\\-dd\\ hh:mm:ss", "yyyy\\-mm\\-dd"]
    assert shown == [sheet[f"{column}2"].number_format for column in "DEF"]
    assert all(cell.font.b for cell in sheet[1])
    old = datetime.fromisoformat("1890-01-02T03:04")
    assert ["1890-01-02T03:04", "1890-01-02"] == [
        cell.value for cell in (await read_xlsx((old, old.date()))).worksheets[0][2]
    ]


async def test_xlsx_drops_what_xml_forbids() -> None:
    """CM-14: control characters and half characters go, line breaks, tabs, marks and rare letters stay."""
    [_, row] = (await read_xlsx(("a\x00b\x0bc\ud800d\ufffe", "<&>\"' \t\r\n 𝔄한글 \u200f"))).worksheets[0].values
    assert ("abcd", "<&>\"' \t\r\n 𝔄한글 \u200f") == row
    [_, (long, spaces)] = (await read_xlsx(("x" * (MAX_TEXT + 1), "  y  "))).worksheets[0].values
    assert ("x" * MAX_TEXT, "  y  ") == (long, spaces)


@pytest.mark.parametrize(("count", "sheets"), [(0, [1]), (4, [5]), (5, [6]), (6, [6, 2]), (11, [6, 6, 2])])
async def test_a_full_sheet_is_followed_by_another(
    count: int, sheets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CM-14: below each header stand as many rows as a sheet takes, the others on the next one."""
    monkeypatch.setattr(xlsx_files, "MAX_ROWS", 5)
    book = await read_xlsx(*((f"row {number}", number) for number in range(count)))
    assert sheets == [sheet.max_row for sheet in book.worksheets]
    numbers = [row[1] for sheet in book.worksheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert list(range(count)) == numbers
    assert {HEADER} == {next(sheet.values) for sheet in book.worksheets}


def test_a_sheet_takes_as_many_rows_as_excel() -> None:
    """CM-14: with its header 1,048,576."""
    assert 2**20 == xlsx_files.MAX_ROWS + 1


@pytest.mark.parametrize("format_", [Format.CSV, Format.XLSX])
async def test_memory_does_not_grow_with_the_rows(format_: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM-14: of a file of 60,000 rows no more is held at once than of one of 20,000."""
    monkeypatch.setattr(csv_files if format_ is Format.CSV else xlsx_files, "PART_BYTES", 4_000)

    async def many(count: int) -> AsyncIterator[Sequence[Cell]]:
        for number in range(count):
            yield f"Booking {number}", "Somebody of some company"

    async def peak(count: int) -> int:
        parts = csv_parts(HEADER, many(count)) if format_ is Format.CSV else xlsx_parts("B", HEADER, many(count))
        tracemalloc.start()
        async for _ in parts:
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    await peak(100)
    assert await peak(60_000) < await peak(20_000) + 20_000


async def test_a_pdf_is_landscape_and_says_everything() -> None:
    """CM-14: A4 landscape; each page has the header and its number; letters of many languages are there."""
    header = [f"Column {number}" for number in range(1, 31)]
    row = ("Ñandú Ελλάδα Привет", -1, None, LOCAL, *["x"] * 25, "the last")
    pages = pypdf.PdfReader(io.BytesIO(await made(Format.PDF, *[row] * 60, header=header))).pages
    assert {(842, 595)} == {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages}
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        lines = page.extract_text().splitlines()
        assert {*header, "Bookings", str(number), "Ñandú Ελλάδα Привет", "-1", "2026-03-03T09:15", "the last"} <= {
            *lines
        }
    assert 60 == sum(page.extract_text().count("the last") for page in pages)


async def test_a_pdf_shortens_what_has_no_room() -> None:
    """CM-14: a long text ends with an ellipsis, and what the font does not have is a question mark."""
    header = [f"Column {number}" for number in range(1, 31)]
    [page] = pypdf.PdfReader(io.BytesIO(await made(Format.PDF, ("W" * 99, "한 a\nb"), header=header))).pages
    lines = page.extract_text().splitlines()
    assert [True] == [line.endswith("…") for line in lines if line.startswith("WW")]
    assert "? a b" in lines


async def test_a_pdf_is_bounded() -> None:
    """CM-14: with one row too many nothing of it comes."""
    parts = file_parts(Format.PDF, "B", HEADER, rows_of([("a", "b")] * (MAX_PDF_ROWS + 1)))
    with pytest.raises(ExportTooLarge):
        await anext(parts)
    file = await made(Format.PDF, *[("a", "b")] * MAX_PDF_ROWS)
    assert b"%PDF-" == file[:5]


async def test_nothing_is_a_file_too() -> None:
    """CM-14: a selection without a row has its header, in each format."""
    assert [list(HEADER)] == await read_csv()
    assert [HEADER] == list((await read_xlsx()).worksheets[0].values)
    [page] = pypdf.PdfReader(io.BytesIO(await made(Format.PDF))).pages
    assert "Note" in page.extract_text()
