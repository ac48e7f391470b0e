"""What happened to an application, for staff who are asked."""

from functools import partial
from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1 import timeline_pb2 as pb
from portico.applications.v1.timeline_pb2_grpc import TimelineServiceServicer

from applications.application.domain.timeline import TimelineEntry
from applications.application.wire import contact_method
from applications.shared.deps import Deps
from applications.timeline.storage import NEWEST_ENTRIES
from applications.timeline.usecases import list_timeline
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.wire import timestamp

_USUAL_SIZE = 100


class TimelineServicer(TimelineServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListTimelineEntries(
        self, request: pb.ListTimelineEntriesRequest, context: Context
    ) -> pb.ListTimelineEntriesResponse:
        org_id = current_call().org_id
        fetch = partial(list_timeline, self._deps, org_id, UUID(request.application_id))
        page = await self._deps.pager.page(request, org_id, NEWEST_ENTRIES, fetch, usual_size=_USUAL_SIZE)
        return pb.ListTimelineEntriesResponse(entries=map(_entry_message, page.items), next_page_token=page.next_token)


def _entry_message(entry: TimelineEntry) -> res.TimelineEntry:
    """A line as staff see it."""
    return res.TimelineEntry(
        event_time=timestamp(entry.event_time),
        kind=res.TimelineEntry.Kind.ValueType(entry.kind),
        guardian_id=str(entry.guardian_id or ""),
        actor_id=str(entry.actor_id or ""),
        method=contact_method(entry.method),
        detail=entry.detail,
        invitation_id=str(entry.invitation_id or ""),
    )
