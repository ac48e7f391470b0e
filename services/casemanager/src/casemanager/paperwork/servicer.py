"""The files that a specialist needs for a booking."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import booking_resources_pb2
from portico.casemanager.v1 import paperwork_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as res
from portico.casemanager.v1.paperwork_pb2_grpc import PaperworkServiceServicer

from casemanager.files.downloads import told
from casemanager.paperwork.domain.file import Kind, Paperwork
from casemanager.paperwork.storage import NEWEST_FILES
from casemanager.paperwork.usecases import PaperworkCommands, Upload
from casemanager.paperwork.wire import paperwork_message
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.errors import FieldViolation, InvalidArgument
from chassis.interceptor import Context


class PaperworkServicer(PaperworkServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def UploadPaperwork(
        self, request_iterator: AsyncIterator[pb.UploadPaperworkRequest], context: Context
    ) -> res.Paperwork:
        first = await anext(request_iterator, pb.UploadPaperworkRequest())
        if not first.booking_id:
            raise InvalidArgument(violations=[FieldViolation("[0].booking_id", "REQUIRED", "Say of which booking.")])

        async def chunks() -> AsyncIterator[bytes]:
            yield first.file.data
            async for message in request_iterator:
                yield message.file.data

        upload = Upload(
            request_id=UUID(first.request_id) if first.request_id else None,
            booking_id=UUID(first.booking_id),
            file_name=first.file_name,
            kind=Kind(first.kind or Kind.OTHER_PAPERWORK),
            note=first.note.strip(),
            replaces_id=UUID(first.replaces_id) if first.replaces_id else None,
            size_bytes=first.size_bytes or None,
            sha256=bytes.fromhex(first.sha256),
        )
        return await (await self._commands()).upload(upload, chunks())

    async def ListPaperwork(self, request: pb.ListPaperworkRequest, context: Context) -> pb.ListPaperworkResponse:
        call, now = current_call(), self._deps.clock()
        shelf = await (await self._commands()).shelf(UUID(request.booking_id))

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[Paperwork]:
            return [file for file in shelf.visible() if (file.upload_time, file.id) < before][:limit]

        page = await self._deps.pager.page(request, (call.org_id, call.account_id), NEWEST_FILES, fetch)
        return pb.ListPaperworkResponse(
            paperwork=[paperwork_message(shelf, file, now) for file in page.items],
            next_page_token=page.next_token,
            can_upload=shelf.can_upload(now),
            can_send=shelf.can_send(now),
        )

    async def GetPaperwork(self, request: pb.GetPaperworkRequest, context: Context) -> res.Paperwork:
        file_id = UUID(request.paperwork_id)
        shelf = await (await self._commands()).shelf_of(file_id)
        return paperwork_message(shelf, shelf.file(file_id), self._deps.clock())

    async def DeletePaperwork(self, request: pb.DeletePaperworkRequest, context: Context) -> res.Paperwork:
        return await (await self._commands()).delete(UUID(request.paperwork_id))

    async def DownloadPaperwork(
        self, request: pb.DownloadPaperworkRequest, context: Context
    ) -> AsyncIterator[HttpBody]:
        commands = await self._commands()
        shelf, file = await commands.download(UUID(request.paperwork_id), request.offset)
        chunks = commands.bytes_of(shelf, file, request.offset, request.length or None)
        async with aclosing(told(chunks, file.sha256, context)) as messages:
            async for message in messages:
                yield message

    async def SendPaperwork(self, request: pb.SendPaperworkRequest, context: Context) -> booking_resources_pb2.Booking:
        return await (await self._commands()).send(UUID(request.booking_id), request.etag)

    async def ReleasePaperwork(self, request: pb.ReleasePaperworkRequest, context: Context) -> res.Paperwork:
        return await (await self._commands()).release(UUID(request.paperwork_id), request.reason.strip())

    async def RescanPaperwork(self, request: pb.RescanPaperworkRequest, context: Context) -> res.Paperwork:
        return await (await self._commands()).rescan(UUID(request.paperwork_id))

    async def _commands(self) -> PaperworkCommands:
        return await PaperworkCommands.by(self._deps, current_call())
