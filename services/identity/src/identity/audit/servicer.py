"""The audit, for an organization's administrators."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from google.api.httpbody_pb2 import HttpBody
from portico.identity.v1 import audit_pb2 as pb
from portico.identity.v1.audit_pb2_grpc import AuditServiceServicer

from chassis.call import current_call
from chassis.db import Statement
from chassis.exports import Format
from chassis.exports.cells import Cell
from chassis.interceptor import Context
from chassis.mapping import Params
from identity.audit.storage import COUNT_AUDIT, EXPORT_AUDIT, LIST_AUDIT, LIST_AUDIT_BACK, NEWEST_FIRST, AuditEvent
from identity.audit.wire import EXPORT, audit_event_message, audit_row, filter_of
from identity.organizations.deps import Deps
from identity.organizations.usecases import organization_of


class AuditServicer(AuditServiceServicer):
    """For administrators."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListAuditEvents(self, request: pb.ListAuditEventsRequest, context: Context) -> pb.ListAuditEventsResponse:
        wanted = await self._wanted(request)

        async def fetch(
            stmt: Statement[AuditEvent], position: tuple[datetime, UUID], limit: int
        ) -> Sequence[AuditEvent]:
            time, entry_id = position
            return await self._deps.database.all(stmt, **wanted, time=time, id=entry_id, limit=limit)

        page = await self._deps.pager.page(
            request,
            current_call().org_id,
            NEWEST_FIRST,
            partial(fetch, LIST_AUDIT),
            fetch_before=partial(fetch, LIST_AUDIT_BACK),
        )
        return pb.ListAuditEventsResponse(
            audit_events=map(audit_event_message, page.items),
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def ExportAuditEvents(
        self, request: pb.ExportAuditEventsRequest, context: Context
    ) -> AsyncIterator[HttpBody]:
        which, format_ = await self._wanted(request), Format(request.format or Format.CSV)
        await EXPORT.check_size(format_, partial(self._deps.database.first, COUNT_AUDIT, **which))
        async with aclosing(EXPORT.parts(format_, self._rows(format_, which))) as file:
            async for part in file:
                yield part

    async def _rows(self, format_: Format, which: Params) -> AsyncGenerator[Sequence[Cell], None]:
        async with self._deps.database.stream(EXPORT_AUDIT, **which) as events:
            async for event in events:
                yield audit_row(event, format_)

    async def _wanted(self, request: pb.ListAuditEventsRequest | pb.ExportAuditEventsRequest) -> Params:
        org_id = current_call().org_id
        organization = await organization_of(self._deps, org_id)
        return {"org_id": org_id, **filter_of(request, ZoneInfo(organization.time_zone)).params()}
