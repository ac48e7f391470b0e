"""Anchor of P-12: the writer alone, with rows that are there already."""

import csv
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.load.workers import work

_ROW = (
    *("B-0000001", "C-000001", "HI-42", "Northwind Insurance", "Unit 1", "Ana Whitfield 1", "Noah Tran", "IME"),
    *("Dr Rui Zhang", "Orthopaedics", "IN_PERSON", "Riverside Clinic", "2026-03-03T09:15", "America/Chicago"),
    *("2026-03-03T15:15:00Z", 60, "REPORTED", "ATTENDED", "", "", "2026-02-01T10:00", "2026-02-02T10:00", 24.0),
    *("2026-02-24T17:00", "2026-02-20T12:00", "2026-03-17T17:00", "2026-03-10T08:00", 7, 1, ""),
)


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Needs nothing before its first run."""
    yield {}, answer


async def answer(*, format: str, rows: int) -> object:  # noqa: A002 the word of the contract
    """The seconds for so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        (_csv if format == "CSV" else _xlsx)(Path(folder) / "rows", rows)
        return {"seconds": time.perf_counter() - started}


def _csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        for _ in range(rows):
            lines.writerow(_ROW)


def _xlsx(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    for number in range(min(rows, 1_048_576)):
        sheet.write_row(number, 0, _ROW)
    book.close()


if __name__ == "__main__":
    work(begin)
