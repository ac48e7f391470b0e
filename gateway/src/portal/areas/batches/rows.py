"""The rows of a batch: how many have which outcome, and those that a page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from portico.applications.v1.batch_requests_pb2 import ListBatchRowsRequest, ListBatchRowsResponse
from portico.applications.v1.batch_resources_pb2 import Batch, BatchRow

from chassis.tasks import together
from portal.areas.batches.labels import order_of
from portal.core.context import PageContext
from portal.core.labels import choice

PAGE, FIRST = 25, 3
"""Rows of a page, and of each outcome in a preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a page shows of them. `outcome`, `delivery` and `query` are what they are narrowed by; empty: by nothing.

    `is_sample`: the first few of each outcome. `next` is the address of the next page; empty on the last.
    """

    rows: Sequence[BatchRow]
    outcome: str
    delivery: str
    query: str
    is_sample: bool
    is_first_page: bool
    next: str


NO_ROWS = Rows(rows=(), outcome="", delivery="", query="", is_sample=False, is_first_page=True, next="")


def counts_of(batch: Batch) -> dict[str, int]:
    """How many rows have which outcome, by its name, in the order in which they are shown."""
    counts = {choice(each, "outcome"): each.count for each in batch.outcomes if each.count}
    return dict(sorted(counts.items(), key=lambda each: order_of(each[0])))


def has_rows(batch: Batch) -> bool:
    """Whether there is something to list: a preview that is being made, too old or was cancelled has none."""
    is_dropped = batch.state == Batch.CANCELLED and not batch.HasField("run_time")
    return batch.state not in {Batch.PREVIEWING, Batch.EXPIRED} and not is_dropped


async def rows_of(context: PageContext, batch: Batch) -> Rows:
    """What the address asks for; of a preview that asks for nothing the first rows of each outcome."""
    if not has_rows(batch):
        return NO_ROWS
    outcome = _known(context.query("outcome"), BatchRow.Outcome.keys())
    delivery = _known(context.query("delivery"), BatchRow.Delivery.keys())
    query, page = context.query("query")[:100], context.query("page")
    if batch.state == Batch.PREVIEWED and not (outcome or delivery or query or page):
        found = await together(*(_page(context, batch, outcome=each, size=FIRST) for each in counts_of(batch)))
        first = [row for each in found for row in each.rows]
        return Rows(rows=first, outcome="", delivery="", query="", is_sample=True, is_first_page=True, next="")
    answer = await _page(context, batch, outcome=outcome, delivery=delivery, query=query, page=page)
    narrowed = {"outcome": outcome, "delivery": delivery, "query": query, "page": answer.next_page_token}
    return Rows(
        rows=answer.rows,
        outcome=outcome,
        delivery=delivery,
        query=query,
        is_sample=False,
        is_first_page=not page,
        next=address(batch, narrowed) if answer.next_page_token else "",
    )


def address(batch: Batch, narrowed: Mapping[str, str]) -> str:
    """The page of a batch with these of its rows."""
    query = urlencode({name: value for name, value in narrowed.items() if value})
    return f"/staff/batches/{batch.id}?{query}#rows" if query else f"/staff/batches/{batch.id}#rows"


def _known(name: str, names: Sequence[str]) -> str:
    """One of the names, or empty; the first is that of no value."""
    return name if name in names[1:] else ""


async def _page(
    context: PageContext,
    batch: Batch,
    *,
    outcome: str = "",
    delivery: str = "",
    query: str = "",
    page: str = "",
    size: int = PAGE,
) -> ListBatchRowsResponse:
    return await context.services.applications.ListBatchRows(
        ListBatchRowsRequest(
            batch_id=batch.id,
            page_size=size,
            page_token=page,
            outcomes=[BatchRow.Outcome.Value(outcome)] if outcome else [],
            deliveries=[BatchRow.Delivery.Value(delivery)] if delivery else [],
            query=query,
        )
    )
