"""All batches of the organization, the newest first."""

from urllib.parse import urlencode

from portico.applications.v1.batch_requests_pb2 import ListBatchesRequest
from starlette.responses import Response

from portal.areas.batches import labels
from portal.areas.batches.rows import counts_of
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.paging import forward_ways

PAGE = 25


async def show(context: PageContext) -> Response:
    """Name, kind, state, counts, who and when."""
    request = ListBatchesRequest(page_size=PAGE, page_token=context.query("page"))
    found = await context.services.applications.ListBatches(request)
    return context.render(
        "batches/index.html",
        labels=labels,
        found=found,
        counts_of=counts_of,
        names=await names_of(context, (batch.creator_id for batch in found.batches)),
        ways=forward_ways(context, found.next_page_token, _address),
    )


def _address(**page: str) -> str:
    return f"/staff/batches?{urlencode(page)}" if page else "/staff/batches"
