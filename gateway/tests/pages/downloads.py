"""The kinds of files that a list is taken home as."""

from dataclasses import dataclass

import httpx

from chassis.exports import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a browser is told of a file, and the service that makes it; its text is the ending of the file's name."""

    format: Format
    words: str
    media_type: str

    def __str__(self) -> str:
        return self.format.name.lower()

    def is_named(self, name: str, answer: httpx.Response) -> bool:
        """Whether it is to be saved under this name, with a day and its ending."""
        named = answer.headers["content-disposition"]
        return named.startswith(f'attachment; filename="{name}-20') and named.endswith(f'.{self}"')


KINDS = (
    Kind(format=Format.CSV, words="CSV", media_type="text/csv; charset=utf-8"),
    Kind(
        format=Format.XLSX,
        words="Excel (XLSX)",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    Kind(format=Format.PDF, words="PDF, at most 5,000 rows", media_type="application/pdf"),
)
