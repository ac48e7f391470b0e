"""Files over HTTP: `/files/{id}` is the one address at which the portal serves them, whatever they belong to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1.paperwork_pb2 import DownloadPaperworkRequest, GetPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from portico.casemanager.v1.report_resources_pb2 import Report
from portico.casemanager.v1.reports_pb2 import DownloadReportRequest, GetReportRequest
from portico_errors.casemanager import FileNotClean, ReportWithdrawn
from starlette.responses import Response, StreamingResponse

from chassis.errors import NotFound
from portal.core.byte_ranges import ByteRange, RangeUnsatisfiable, asked_range, has_it, range_header
from portal.core.context import PageContext

ADDRESS = "/files/{file_id}"
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is said of a file before its bytes: `sha256` in hexadecimal digits, `size` in bytes."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileSource:
    """A kind of files: what is known of one (NotFound where it has none of that id), and a part of its bytes."""

    facts: Callable[[PageContext, str], Awaitable[FileFacts]]
    parts: Callable[[PageContext, str, ByteRange], AsyncIterable[HttpBody]]


async def _facts_of_paperwork(context: PageContext, file_id: str) -> FileFacts:
    file = await context.services.casemanager.GetPaperwork(GetPaperworkRequest(paperwork_id=file_id))
    if Paperwork.DOWNLOAD not in file.allowed_actions:
        raise FileNotClean
    return FileFacts(name=file.file_name, media_type=file.content_type, size=file.size_bytes, sha256=file.sha256)


def _parts_of_paperwork(context: PageContext, file_id: str, part: ByteRange) -> AsyncIterable[HttpBody]:
    request = DownloadPaperworkRequest(paperwork_id=file_id, offset=part.first, length=part.length)
    return context.services.casemanager.DownloadPaperwork(request)


async def _facts_of_report(context: PageContext, file_id: str) -> FileFacts:
    report = await context.services.casemanager.GetReport(GetReportRequest(report_id=file_id))
    if report.state == Report.WITHDRAWN:
        raise ReportWithdrawn
    if Report.DOWNLOAD not in report.allowed_actions:
        raise FileNotClean
    return FileFacts(
        name=report.file_name, media_type=report.content_type, size=report.size_bytes, sha256=report.sha256
    )


def _parts_of_report(context: PageContext, file_id: str, part: ByteRange) -> AsyncIterable[HttpBody]:
    request = DownloadReportRequest(report_id=file_id, offset=part.first, length=part.length)
    return context.services.casemanager.DownloadReport(request)


SOURCES: Sequence[FileSource] = (
    FileSource(_facts_of_paperwork, _parts_of_paperwork),
    FileSource(_facts_of_report, _parts_of_report),
)
"""The kinds in which a file is looked for, in this order."""


async def send_file(context: PageContext) -> Response:
    """The file, or one part of it; without a body to who has it already, and to HEAD."""
    file_id, headers = context.param("file_id"), context.request.headers
    source, facts = await _found(context, file_id)
    tag = f'"{facts.sha256}"'
    said = {
        "etag": tag,
        "accept-ranges": "bytes",
        "content-disposition": disposition(facts.name),
        "content-type": facts.media_type,
    }
    if has_it(headers, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    try:
        part = asked_range(range_header(headers, tag), facts.size)
    except RangeUnsatisfiable:
        return Response(
            status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"content-range": f"bytes */{facts.size}"}
        )
    status, whole = HTTPStatus.OK, ByteRange(0, facts.size)
    if part is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        said["content-range"] = f"bytes {part.first}-{part.first + part.length - 1}/{facts.size}"
    said["content-length"] = str((part or whole).length)
    if context.request.method == "HEAD":
        return Response(status_code=status, headers=said)
    # A refusal of the service comes before its first byte, and is a page.
    others = aiter(source.parts(context, file_id, part or whole))
    first = await anext(others, HttpBody())
    return StreamingResponse(_contents(first, others), status_code=status, headers=said)


async def _found(context: PageContext, file_id: str) -> tuple[FileSource, FileFacts]:
    *others, last = SOURCES
    for source in others:
        with suppress(NotFound):
            return source, await source.facts(context, file_id)
    return last, await last.facts(context, file_id)


async def _contents(first: HttpBody, others: AsyncIterator[HttpBody]) -> AsyncIterator[bytes]:
    yield first.data
    async for part in others:
        yield part.data


def disposition(name: str) -> str:
    """The header that has a browser save a file under its name (RFC 6266): in plain letters for old ones, and as it is.

    >>> print(disposition("Ärzte.pdf"))
    attachment; filename="Arzte.pdf"; filename*=UTF-8''%C3%84rzte.pdf
    """
    letters = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    stem, dot, extension = letters.rpartition(".")
    plain = _PLAIN.sub("_", stem if dot else letters).strip("._ ") or "file"
    ending = dot + _PLAIN.sub("_", extension) if dot else ""
    return f"attachment; filename=\"{plain}{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
