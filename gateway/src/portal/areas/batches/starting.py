"""What else is done with a preview: see the message oneself, begin later, preview it once more."""

from datetime import UTC, datetime, timedelta, tzinfo

from portico.applications.v1.batch_requests_pb2 import (
    BatchSource,
    CreateBatchRequest,
    GetBatchRequest,
    RenderBatchSampleRequest,
    StartBatchRequest,
)
from starlette.responses import Response

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from chassis.wire import timestamp
from portal.areas.batches import labels
from portal.areas.batches.actions import NOT_NOW, done, ids
from portal.core.context import PageContext
from portal.core.i18n import zone_named

MAX_AHEAD = timedelta(days=7)


async def send_sample(context: PageContext) -> Response:
    """The message as the first family would get it, to whoever asks."""
    flash = "batch-sample-sent"
    try:
        await context.services.applications.RenderBatchSample(RenderBatchSampleRequest(**ids(context), send_to_me=True))
    except ServiceError as error:
        if error.reason not in NOT_NOW:
            raise
        flash = error.reason
    return context.redirect(f"/staff/batches/{context.param('batch_id')}", flash=flash)


async def ask_when(context: PageContext) -> Response:
    """When it shall begin, on the clock of the organization."""
    batch = await context.services.applications.GetBatch(GetBatchRequest(batch_id=context.param("batch_id")))
    zone = _zone(context)
    now = context.now.astimezone(zone)
    tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0)
    return context.render(
        "batches/start_later.html",
        batch=batch,
        labels=labels,
        zone=str(getattr(zone, "key", "UTC")).replace("_", " "),
        written=context.form["start_time"] or f"{tomorrow:%Y-%m-%dT%H:%M}",
        first=f"{now:%Y-%m-%dT%H:%M}",
        last=f"{now + MAX_AHEAD:%Y-%m-%dT%H:%M}",
    )


async def start_later(context: PageContext) -> Response:
    """Plans it; a time that cannot be is said beside the field."""
    try:
        begin = _instant(context)
        batch = await context.services.applications.StartBatch(
            StartBatchRequest(**ids(context), start_time=timestamp(begin))
        )
    except ServiceError as error:
        if error.reason in NOT_NOW:
            return context.redirect(f"/staff/batches/{context.param('batch_id')}", flash=error.reason)
        if error.reason not in {"START_TIME_INVALID", "INVALID_REQUEST"}:
            raise
        context.form = context.form.refused(error, context.i18n)
        return await ask_when(context)
    return context.redirect(f"/staff/batches/{batch.id}", flash="batch-scheduled")


async def preview_anew(context: PageContext) -> Response:
    """The same families and options once more, as they are now."""
    applications = context.services.applications
    old = await applications.GetBatch(GetBatchRequest(batch_id=context.param("batch_id")))
    request = CreateBatchRequest(
        request_id=context.form["request_id"],
        display_name=old.display_name,
        invite=old.invite if old.HasField("invite") else None,
        unlink=old.unlink if old.HasField("unlink") else None,
        source=BatchSource(batch_id=old.id),
    )
    return await done(context, applications.CreateBatch(request), flash="")


def _zone(context: PageContext) -> tzinfo:
    return zone_named(context.person.time_zone) or UTC


def _instant(context: PageContext) -> datetime:
    """What browsers send for a time of day (2026-01-28T09:00); InvalidArgument for anything else."""
    try:
        return datetime.strptime(context.form["start_time"], "%Y-%m-%dT%H:%M").replace(tzinfo=_zone(context))
    except ValueError:
        violation = FieldViolation("start_time", "TIME_INVALID", "not a day and a time.")
        raise InvalidArgument(violations=[violation]) from None
