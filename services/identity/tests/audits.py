"""An administrator who reads the audit, and what stands in it."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portico.identity.v1 import audit_pb2 as pb
from sqlalchemy import insert

from chassis.call import set_current_call
from chassis.db import statement
from chassis.exports import MEDIA_TYPES, Format
from chassis.ids import new_id
from identity.audit.servicer import AuditServicer
from identity.shared.audit.domain import Action
from identity.shared.audit.storage import AuditEntry, audit, entry_params
from services.identity.tests.desks import Desk
from services.identity.tests.world import World

_WRITE = statement(insert(audit))


@dataclass(frozen=True)
class Reader:
    """An administrator who reads the audit."""

    desk: Desk

    async def page(self, **wanted: Any) -> pb.ListAuditEventsResponse:
        set_current_call(self.desk.call)
        servicer = AuditServicer(self.desk.world.deps)
        return await servicer.ListAuditEvents(pb.ListAuditEventsRequest(**wanted), None)  # type: ignore[arg-type]

    async def events(self, page_size: int = 200, **wanted: Any) -> list[pb.AuditEvent]:
        """All of a list; the way back must give the same."""
        forth, back, token = list[pb.AuditEvent](), list[pb.AuditEvent](), ""
        while True:
            page = await self.page(page_size=page_size, page_token=token, **wanted)
            forth += page.audit_events
            if not (token := page.next_page_token):
                break
        while True:
            back = [*page.audit_events, *back]
            if not (token := page.previous_page_token):
                break
            page = await self.page(page_size=page_size, page_token=token, **wanted)
        assert forth == back
        return forth

    async def file(self, **wanted: Any) -> list[dict[str, str]]:
        """The rows of the file that nobody asks to be of another kind."""
        text = (await self.exported(Format.CSV, **wanted)).decode("utf-8-sig")
        return [*csv.DictReader(io.StringIO(text, newline=""))]

    async def exported(self, format_: Format, **wanted: Any) -> bytes:
        """The file as it comes."""
        set_current_call(self.desk.call)
        request = pb.ExportAuditEventsRequest(**wanted)
        parts = AuditServicer(self.desk.world.deps).ExportAuditEvents(request, None)  # type: ignore[arg-type]
        found = [part async for part in parts]
        assert {MEDIA_TYPES[format_]} == {part.content_type for part in found}
        return b"".join(part.data for part in found)


async def write(world: World, **entry: Any) -> UUID:
    usual: Mapping[str, Any] = {
        "id": new_id(),
        "action": Action.SIGNED_IN,
        "outcome": "SUCCEEDED",
        "subject_id": None,
        "actor_id": None,
        "actor_org_id": None,
        "address": "192.0.2.7",
        "user_agent": "Firefox",
        "event_time": world.clock(),
    }
    written = AuditEntry(**{**usual, **entry})
    await world.deps.database.run(_WRITE, org_id=world.organization.org_id, **entry_params(written))
    return written.id
