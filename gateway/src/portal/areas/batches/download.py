"""All rows of a batch as a file, handed on while it comes."""

from collections.abc import AsyncIterator

from google.api.httpbody_pb2 import HttpBody
from portico.applications.v1.batch_requests_pb2 import ExportBatchRowsRequest
from starlette.responses import Response, StreamingResponse

from portal.core.context import PageContext


async def send(context: PageContext) -> Response:
    """The file; a refusal comes before its first byte, and is a page."""
    request = ExportBatchRowsRequest(batch_id=context.param("batch_id"))
    parts = aiter(context.services.applications.ExportBatchRows(request))
    first = await anext(parts, HttpBody())
    name = f"batch-{context.now:%Y-%m-%d}.csv"
    return StreamingResponse(
        _contents(first, parts),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def _contents(first: HttpBody, others: AsyncIterator[HttpBody]) -> AsyncIterator[bytes]:
    yield first.data
    async for part in others:
        yield part.data
