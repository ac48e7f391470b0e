"""The audit, for an organization's administrators."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from google.api.httpbody_pb2 import HttpBody
from portico.identity.v1 import audit_pb2 as pb
from portico.identity.v1.audit_pb2_grpc import AuditServiceServicer

from chassis.call import current_call
from chassis.db import Statement
from chassis.exports import MEDIA_TYPES, Format
from chassis.exports.csv_files import csv_parts
from chassis.interceptor import Context
from chassis.mapping import Params
from identity.audit.storage import EXPORT_AUDIT, LIST_AUDIT, LIST_AUDIT_BACK, NEWEST_FIRST, AuditEvent
from identity.audit.wire import HEADER, audit_event_message, audit_row, filter_of
from identity.organizations.deps import Deps
from identity.organizations.usecases import organization_of


class AuditServicer(AuditServiceServicer):
    """For administrators."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListAuditEvents(self, request: pb.ListAuditEventsRequest, context: Context) -> pb.ListAuditEventsResponse:
        org_id, wanted = current_call().org_id, await self._wanted(request)

        async def fetch(
            stmt: Statement[AuditEvent], position: tuple[datetime, UUID], limit: int
        ) -> Sequence[AuditEvent]:
            time, entry_id = position
            return await self._deps.database.all(stmt, org_id=org_id, **wanted, time=time, id=entry_id, limit=limit)

        page = await self._deps.pager.page(
            request,
            org_id,
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
        wanted = await self._wanted(request)
        async with self._deps.database.stream(EXPORT_AUDIT, org_id=current_call().org_id, **wanted) as events:
            async for part in csv_parts(HEADER, (audit_row(event) async for event in events)):
                yield HttpBody(content_type=MEDIA_TYPES[Format.CSV], data=part)

    async def _wanted(self, request: pb.ListAuditEventsRequest | pb.ExportAuditEventsRequest) -> Params:
        organization = await organization_of(self._deps, current_call().org_id)
        return filter_of(request, ZoneInfo(organization.time_zone)).params()
