"""Lists for staff: applications, and what happened to one of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from applications.domain.application import Application
from applications.domain.timeline import TimelineEntry
from applications.positions import Moment, Position
from applications.storage.loading import applications_of
from applications.storage.search import Search, find
from applications.storage.timelines import LIST_TIMELINE
from applications.usecases.ports import Ports, load_application
from chassis.call import Call


async def list_applications(
    ports: Ports, call: Call, search: Search, *, after: Position, most: int
) -> tuple[Sequence[Application], datetime]:
    """At most so many applications from a position (none: the first) on, and the moment at which their states hold."""
    now = ports.clock()
    rows = await find(ports.database, search, org_id=call.org_id, now=now, after=after, most=most)
    return applications_of(rows), now


async def list_timeline(
    ports: Ports, call: Call, *, application_id: UUID, before: Moment, most: int
) -> Sequence[TimelineEntry]:
    """At most so many lines that are older than a position, newest first; raises ApplicationNotFound."""
    before_time, before_id = before
    entries = await ports.database.all(
        LIST_TIMELINE,
        org_id=call.org_id,
        application_id=application_id,
        now=ports.clock(),
        before_time=before_time,
        before_id=before_id,
        most=most,
    )
    if not entries:
        # Every application has a first line; without one it may be the end of the list, or another's.
        await load_application(ports, org_id=call.org_id, application_id=application_id)
    return entries
