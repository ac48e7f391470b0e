"""What happened to an application."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from applications.application.aggregate import load_application
from applications.application.domain.timeline import TimelineEntry
from applications.shared.deps import Deps
from applications.timeline.storage import LIST_TIMELINE


async def list_timeline(
    deps: Deps, org_id: UUID, application_id: UUID, before: tuple[datetime, UUID], limit: int
) -> Sequence[TimelineEntry]:
    """At most so many lines that are older than a position of `NEWEST_ENTRIES`; raises ApplicationNotFound."""
    before_time, before_id = before
    entries = await deps.database.all(
        LIST_TIMELINE,
        org_id=org_id,
        application_id=application_id,
        now=deps.clock(),
        before_time=before_time,
        before_id=before_id,
        limit=limit,
    )
    if not entries:
        # Every application has a first line; without one it may be the end of the list, or another's.
        await load_application(deps, org_id=org_id, application_id=application_id)
    return entries
