"""One batch: its preview, how far it is, and what became of each family. The page follows what changes."""

import asyncio
from datetime import UTC, timedelta

from portico.applications.v1.batch_requests_pb2 import GetBatchRequest, RenderBatchSampleRequest, WatchBatchRequest
from portico.applications.v1.batch_requests_pb2 import RenderBatchSampleResponse as Samples
from portico.applications.v1.batch_resources_pb2 import Batch
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.batches import labels
from portal.areas.batches.actions import allowed_actions
from portal.areas.batches.rows import address, counts_of, rows_of
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.downloads import ways_home
from portal.core.failures import code, why
from portal.core.versions import version_of

NEWS_SECONDS = 8.0
"""How long a page waits for news: less than the gateway waits for a page."""
MOVING = frozenset({Batch.PREVIEWING, Batch.RUNNING, Batch.CANCELLING, Batch.UNDOING, Batch.REVOKING})
"""States that change by themselves within seconds."""
WAITING = frozenset({Batch.PREVIEWED, Batch.SCHEDULED, Batch.PAUSED})
"""States that somebody else, or the clock, may change."""
RECEIPTS = timedelta(hours=1)
"""How long after the end of a batch its messages still change noticeably."""


async def show(context: PageContext) -> Response:
    """The batch as it is now. With `known`, the version that the open page shows, as soon as it is another one."""
    batch = await _news(context, context.query("known")) if context.query("known") else await _get(context)
    rows, names, samples = await together(
        rows_of(context, batch),
        names_of(context, (batch.creator_id, batch.starter_id)),
        _samples(context, batch),
    )
    counts = counts_of(batch)
    return context.render(
        "batches/batch.html",
        labels=labels,
        batch=batch,
        version=version_of(batch),
        rows_version=version_of(*batch.outcomes, batch.deliveries, batch.state, *rows.rows),
        # Its form may have something typed in it: it changes only when there is another choice.
        filters_version=version_of(bool(rows.rows), batch.state in MOVING, *counts),
        actions={action.value: action for action in allowed_actions(batch)},
        Action=Batch.Action,
        counts=counts,
        decided=sum(counts.values()),
        done=sum(count for outcome, count in counts.items() if outcome != "PENDING"),
        rows=rows,
        address=lambda **narrowed: address(batch, narrowed),
        samples=samples,
        names=names,
        why=why,
        code=code,
        duration=batch.messages.duration.ToTimedelta(),
        files=ways_home(lambda ending: f"/staff/batches/{batch.id}/rows.{ending}"),
        is_quick=batch.state in MOVING,
        is_slow=batch.state in WAITING or _awaits_receipts(context, batch),
    )


async def _get(context: PageContext) -> Batch:
    return await context.services.applications.GetBatch(GetBatchRequest(batch_id=context.param("batch_id")))


async def _news(context: PageContext, known: str) -> Batch:
    """The batch when its version is no longer `known`, or as it is after a while."""
    watch = context.services.applications.WatchBatch(WatchBatchRequest(batch_id=context.param("batch_id")))
    try:
        async with asyncio.timeout(NEWS_SECONDS):
            async for batch in watch:
                if version_of(batch) != known:
                    return batch
    except TimeoutError:
        pass
    finally:
        watch.cancel()
    return await _get(context)


async def _samples(context: PageContext, batch: Batch) -> Samples | None:
    """What families would read; None while it cannot be told, which keeps nobody from starting."""
    if batch.state != Batch.PREVIEWED or batch.kind != Batch.INVITE:
        return Samples()
    try:
        return await context.services.applications.RenderBatchSample(RenderBatchSampleRequest(batch_id=batch.id))
    except ServiceError:
        return None


def _awaits_receipts(context: PageContext, batch: Batch) -> bool:
    """Whether messages of an ended batch may still arrive, or be opened by people who wait for them."""
    if batch.kind != Batch.INVITE or not batch.HasField("run_time") or not batch.HasField("end_time"):
        return False
    return context.now < batch.end_time.ToDatetime(UTC) + RECEIPTS
