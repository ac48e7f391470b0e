"""A file that a service sends in parts, handed on while it comes."""

from collections.abc import AsyncIterable, AsyncIterator

from google.api.httpbody_pb2 import HttpBody
from starlette.responses import Response, StreamingResponse


async def sent_file(parts: AsyncIterable[HttpBody], name: str, media_type: str = "text/csv; charset=utf-8") -> Response:
    """The file, called `name`; a refusal of the service comes before its first byte, and is a page."""
    others = aiter(parts)
    first = await anext(others, HttpBody())
    return StreamingResponse(
        _contents(first, others),
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _contents(first: HttpBody, others: AsyncIterator[HttpBody]) -> AsyncIterator[bytes]:
    yield first.data
    async for part in others:
        yield part.data
