"""All rows of a batch as a file."""

from portico.applications.v1.batch_requests_pb2 import ExportBatchRowsRequest
from starlette.responses import Response

from portal.core.context import PageContext
from portal.core.downloads import sent_file


async def send(context: PageContext) -> Response:
    """The file, by the day on which it was made."""
    request = ExportBatchRowsRequest(batch_id=context.param("batch_id"))
    return await sent_file(context.services.applications.ExportBatchRows(request), f"batch-{context.now:%Y-%m-%d}.csv")
