"""A list of a service as the file that it answers with."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from google.api.httpbody_pb2 import HttpBody

from chassis.exports import MAX_PDF_ROWS, MEDIA_TYPES, Format, file_parts
from chassis.exports.cells import Cell, ExportTooLarge


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is the same whoever takes a list home: its title, and what stands above its columns.

    `check_size` comes first, so that what is refused is not begun, then `parts`.
    """

    title: str
    header: Sequence[str]

    async def check_size(self, format_: Format, count: Callable[[], Awaitable[int | None]]) -> None:
        """Raises ExportTooLarge with their number for a PDF of more rows than it takes; for others nobody counts."""
        found = (await count() or 0) if format_ is Format.PDF else 0
        if found > MAX_PDF_ROWS:
            message = f"A PDF has at most {MAX_PDF_ROWS:,} rows; take CSV or XLSX for {found:,}."
            raise ExportTooLarge(message, metadata={"rows": str(found)})

    async def parts(
        self, format_: Format, rows: AsyncGenerator[Sequence[Cell], None]
    ) -> AsyncGenerator[HttpBody, None]:
        """The file with its type, in parts; the rows are closed when whoever reads it leaves."""
        async with aclosing(rows), aclosing(file_parts(format_, self.title, self.header, rows)) as file:
            async for part in file:
                yield HttpBody(content_type=MEDIA_TYPES[format_], data=part)
