"""What happened to an application, for staff who are asked."""

from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1 import timeline_pb2 as pb
from portico.applications.v1.timeline_pb2_grpc import TimelineServiceServicer

from applications.application.domain.timeline import TimelineEntry
from applications.application.wire import contact_method
from applications.shared.deps import Deps
from applications.shared.positions import NEWEST, moment_at, position_at
from applications.timeline.usecases import list_timeline
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.wire import timestamp

_PAGE = 100


class TimelineServicer(TimelineServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListTimelineEntries(
        self, request: pb.ListTimelineEntriesRequest, context: Context
    ) -> pb.ListTimelineEntriesResponse:
        org_id, application_id = current_call().org_id, UUID(request.application_id)
        size, token, pages = request.page_size or _PAGE, request.page_token, self._deps.page_tokens
        bound_to = f"timeline {org_id} {application_id}"
        before = moment_at(pages.decode(token, bound_to=bound_to)) if token else NEWEST
        found = await list_timeline(
            self._deps, org_id=org_id, application_id=application_id, before=before, limit=size + 1
        )
        page = pb.ListTimelineEntriesResponse(entries=map(_entry_message, found[:size]))
        if len(found) > size:
            last = found[size - 1]
            page.next_page_token = pages.encode(position_at(last.event_time, last.id), bound_to=bound_to)
        return page


def _entry_message(entry: TimelineEntry) -> res.TimelineEntry:
    """A line as staff see it."""
    return res.TimelineEntry(
        event_time=timestamp(entry.event_time),
        kind=res.TimelineEntry.Kind.ValueType(entry.kind),
        guardian_id=str(entry.guardian_id or ""),
        actor_id=str(entry.actor_id or ""),
        method=contact_method(entry.method),
        detail=entry.detail,
    )
