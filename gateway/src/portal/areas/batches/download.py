"""All rows of a batch as a file."""

from portico.applications.v1.batch_requests_pb2 import ExportBatchRowsRequest
from starlette.responses import Response

from portal.core.context import PageContext
from portal.core.downloads import format_of, sent_file


async def send(context: PageContext) -> Response:
    """The file, of the kind that its address says."""
    format_ = ExportBatchRowsRequest.Format.Value(format_of(context).name)
    request = ExportBatchRowsRequest(batch_id=context.param("batch_id"), format=format_)
    return await sent_file(context, context.services.applications.ExportBatchRows(request), "batch")
