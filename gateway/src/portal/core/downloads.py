"""A list that a service sends as a file in parts, handed on while it comes."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence

from google.api.httpbody_pb2 import HttpBody
from starlette.responses import Response, StreamingResponse

from chassis.exports import MEDIA_TYPES, Format
from portal.core.context import PageContext
from portal.core.i18n import N_, zone_named

FILES: Mapping[str, str] = {"xlsx": N_("Excel (XLSX)"), "csv": N_("CSV"), "pdf": N_("PDF, at most 5,000 rows")}
"""As what a list can be taken home, by the ending of the file's name."""


def ways_home(address: Callable[[str], str]) -> Sequence[tuple[str, str]]:
    """Where each kind of file is, given the address for an ending, with its words."""
    return [(address(ending), words) for ending, words in FILES.items()]


def format_of(context: PageContext) -> Format:
    """The kind of file that the page's address ends with."""
    return Format[context.request.url.path.rpartition(".")[2].upper()]


async def sent_file(context: PageContext, parts: AsyncIterable[HttpBody], name: str) -> Response:
    """The file, called `name` and by the organization's day; a refusal comes before its first byte, and is a page."""
    others, format_ = aiter(parts), format_of(context)
    first = await anext(others, HttpBody())
    today = context.now.astimezone(zone_named(context.person.time_zone) or context.zone)
    return StreamingResponse(
        _contents(first, others),
        media_type=MEDIA_TYPES[format_],
        headers={"content-disposition": f'attachment; filename="{name}-{today:%Y-%m-%d}.{format_.name.lower()}"'},
    )


async def _contents(first: HttpBody, others: AsyncIterator[HttpBody]) -> AsyncIterator[bytes]:
    yield first.data
    async for part in others:
        yield part.data
