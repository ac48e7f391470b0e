"""Batches, as staff make, start and watch them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToDict
from portico.applications.v1 import batch_requests_pb2 as pb
from portico.applications.v1 import batch_resources_pb2 as res
from portico.applications.v1.batches_pb2_grpc import BatchesServiceServicer
from portico_errors.applications import StartTimeInvalid

from applications.application.wire import optional_method
from applications.batches.domain.batch import ENDED, BatchAction, Kind, Outcome, UnlinkReason
from applications.batches.domain.listing import Delivery, ListedRow
from applications.batches.domain.rows import Options
from applications.batches.storage.batches import BATCHES_BY_AGE, LIST_BATCHES, BatchView
from applications.batches.storage.listing import ROWS_IN_ORDER
from applications.batches.storage.selection import Selection
from applications.batches.usecases.commands import Wanted, batches, command, create_batch, load_batch, new_batches
from applications.batches.usecases.contacts import NewContact, set_contacts
from applications.batches.usecases.listing import Wanted as WantedRows
from applications.batches.usecases.listing import batch_file, list_rows, require_batch
from applications.batches.usecases.retry import retry_batch
from applications.batches.usecases.samples import render_sample
from applications.batches.usecases.text_parts import TextParts
from applications.batches.wire import batch_message, row_message
from applications.search.wire import search_of
from applications.shared.deps import Deps
from applications.shared.wire import words_of
from chassis.call import current_call
from chassis.exports import Format
from chassis.interceptor import Context
from chassis.wire import instant_of

WATCH_SECONDS = 1.0
"""Between looks at a batch that somebody watches."""


class BatchesServicer(BatchesServiceServicer):
    """For staff. `wake` tells the worker of this process that there is something to do."""

    def __init__(self, deps: Deps, wake: Callable[[], None]) -> None:
        self._deps = deps
        self._wake = wake
        self._batches = batches(deps)
        self._new = new_batches(deps)
        self._text_parts = TextParts(deps)

    async def CreateBatch(self, request: pb.CreateBatchRequest, context: Context) -> res.Batch:
        created = await create_batch(self._deps, self._new, current_call(), wanted_of(request))
        self._wake()
        return created

    async def GetBatch(self, request: pb.GetBatchRequest, context: Context) -> res.Batch:
        return await self._told(
            await load_batch(self._deps, org_id=current_call().org_id, batch_id=UUID(request.batch_id))
        )

    async def ListBatches(self, request: pb.ListBatchesRequest, context: Context) -> pb.ListBatchesResponse:
        org_id, now = current_call().org_id, self._deps.clock()

        async def fetch(before: tuple[datetime, UUID], limit: int) -> list[BatchView]:
            return await self._deps.database.all(
                LIST_BATCHES, org_id=org_id, before_time=before[0], before_id=before[1], limit=limit
            )

        page = await self._deps.pager.page(request, org_id, BATCHES_BY_AGE, fetch)
        return pb.ListBatchesResponse(
            batches=[batch_message(view, now) for view in page.items], next_page_token=page.next_token
        )

    async def StartBatch(self, request: pb.StartBatchRequest, context: Context) -> res.Batch:
        try:
            begin = instant_of(request.start_time, field="start_time") if request.HasField("start_time") else None
        except (ValueError, OverflowError):
            raise StartTimeInvalid() from None
        return await self._command(request.batch_id, BatchAction.START, begin)

    async def PauseBatch(self, request: pb.PauseBatchRequest, context: Context) -> res.Batch:
        return await self._command(request.batch_id, BatchAction.PAUSE)

    async def ResumeBatch(self, request: pb.ResumeBatchRequest, context: Context) -> res.Batch:
        return await self._command(request.batch_id, BatchAction.RESUME)

    async def CancelBatch(self, request: pb.CancelBatchRequest, context: Context) -> res.Batch:
        return await self._command(request.batch_id, BatchAction.CANCEL)

    async def UndoBatch(self, request: pb.UndoBatchRequest, context: Context) -> res.Batch:
        return await self._command(request.batch_id, BatchAction.UNDO)

    async def RevokeBatch(self, request: pb.RevokeBatchRequest, context: Context) -> res.Batch:
        return await self._command(request.batch_id, BatchAction.REVOKE)

    async def WatchBatch(self, request: pb.WatchBatchRequest, context: Context) -> AsyncIterator[res.Batch]:
        org_id, told = current_call().org_id, None
        while True:
            view = await load_batch(self._deps, org_id=org_id, batch_id=UUID(request.batch_id))
            message = await self._told(view)
            if message != told:
                told = message
                yield message
            if view.batch.state in ENDED and not view.deliveries.get("waiting"):
                return
            await asyncio.sleep(WATCH_SECONDS)

    async def ListBatchRows(self, request: pb.ListBatchRowsRequest, context: Context) -> pb.ListBatchRowsResponse:
        org_id, wanted = current_call().org_id, _rows_of(request)
        await require_batch(self._deps, org_id=org_id, batch_id=wanted.batch_id)

        async def fetch(after: tuple[int], limit: int) -> Sequence[ListedRow]:
            return await list_rows(self._deps, org_id, wanted, after[0], limit)

        page = await self._deps.pager.page(request, org_id, ROWS_IN_ORDER, fetch)
        return pb.ListBatchRowsResponse(rows=map(row_message, page.items), next_page_token=page.next_token)

    async def ExportBatchRows(self, request: pb.ExportBatchRowsRequest, context: Context) -> AsyncIterator[HttpBody]:
        format_ = Format(request.format or Format.CSV)
        file = await batch_file(self._deps, format_, org_id=current_call().org_id, batch_id=UUID(request.batch_id))
        async with aclosing(file):
            async for part in file:
                yield part

    async def RetryBatch(self, request: pb.RetryBatchRequest, context: Context) -> res.Batch:
        method = optional_method(request.method)
        created = await retry_batch(self._deps, self._new, current_call(), UUID(request.batch_id), method)
        self._wake()
        return created

    async def RenderBatchSample(
        self, request: pb.RenderBatchSampleRequest, context: Context
    ) -> pb.RenderBatchSampleResponse:
        batch_id = UUID(request.batch_id)
        return await render_sample(self._deps, current_call(), batch_id, send_to_me=request.send_to_me)

    async def SetBatchContacts(
        self, request: pb.SetBatchContactsRequest, context: Context
    ) -> pb.SetBatchContactsResponse:
        written = [
            NewContact(number=each.application_number, email=each.email, phone=each.phone) for each in request.contacts
        ]
        return await set_contacts(self._deps, current_call(), UUID(request.batch_id), written)

    async def _told(self, view: BatchView) -> res.Batch:
        """A batch as it is now, with what its text messages cost."""
        message = batch_message(view, self._deps.clock())
        if message.messages.sms_count:
            message.messages.sms_segment_count = await self._text_parts.of(view)
        return message

    async def _command(self, batch_id: str, action: BatchAction, start_time: datetime | None = None) -> res.Batch:
        changed = await command(
            self._deps, self._batches, current_call(), UUID(batch_id), action, start_time=start_time
        )
        self._wake()
        return changed


def _rows_of(request: pb.ListBatchRowsRequest) -> WantedRows:
    return WantedRows(
        batch_id=UUID(request.batch_id),
        outcomes=[Outcome(each) for each in request.outcomes],
        deliveries=[Delivery(each) for each in request.deliveries],
        typed=request.query,
    )


def wanted_of(request: pb.CreateBatchRequest) -> Wanted:
    """What a request asks for; InvalidArgument for what contradicts itself."""
    given = request.invite
    ids = list(request.applications.ids)
    distinct = tuple(dict.fromkeys(map(UUID, ids)))
    is_invite = request.WhichOneof("options") == "invite"
    if request.HasField("matching"):
        search_of(request.matching, path="matching.")
    return Wanted(
        kind=Kind.INVITE if is_invite else Kind.UNLINK,
        display_name=words_of(request.display_name),
        selection=Selection(
            ids=distinct,
            source_id=UUID(request.source.batch_id) if request.HasField("source") else None,
            outcomes=tuple(request.source.outcomes),
            matching=MessageToDict(request.matching) if request.HasField("matching") else None,
        ),
        repeated_count=len(ids) - len(distinct),
        all_guardians=request.all_guardians,
        options=Options(
            method=optional_method(given.method),
            reissue_live=given.reissue_live,
            expire_days=given.expire_days or None,
        ),
        send_rate=given.send_rate_per_minute or None,
        unlink_reason=None if is_invite else UnlinkReason(request.unlink.reason or UnlinkReason.REMOVE_ACCESS),
    )
