"""One application as staff see it: guardians, children, answers, and what happened."""

import asyncio
from collections.abc import Iterable

from google.protobuf.json_format import MessageToDict
from portico.applications.v1.applications_pb2 import GetApplicationRequest
from portico.applications.v1.resources_pb2 import TimelineEntry
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesRequest
from portico.identity.v1.accounts_pb2 import BatchGetColleaguesRequest
from starlette.responses import Response

from chassis.errors import DeadlineExceeded, Unavailable
from portal.areas.staff import labels
from portal.areas.staff.guardian_actions import allowed_actions
from portal.core.context import PageContext

PAGE = 50


async def show(context: PageContext) -> Response:
    """The answer to «why can't I see my application?», on one screen."""
    application_id = context.param("application_id")
    applications = context.services.applications
    application, timeline = await asyncio.gather(
        applications.GetApplication(GetApplicationRequest(application_id=application_id)),
        applications.ListTimelineEntries(
            ListTimelineEntriesRequest(application_id=application_id, page_size=PAGE, page_token=context.query("page"))
        ),
    )
    return context.render(
        "staff/application.html",
        labels=labels,
        allowed_actions=allowed_actions,
        application=application,
        answers=MessageToDict(application.answers),
        timeline=timeline,
        is_first_page=not context.query("page"),
        names=await _names(context, timeline.entries),
        guardians={guardian.id: guardian for guardian in application.guardians},
    )


async def _names(context: PageContext, entries: Iterable[TimelineEntry]) -> dict[str, str] | None:
    """The colleagues behind what happened, by account; whoever is none of them is of the family.

    None while identity does not answer: what happened is worth showing without them.
    """
    actors = sorted({entry.actor_id for entry in entries if entry.actor_id})
    if not actors:
        return {}
    try:
        found = await context.services.identity.BatchGetColleagues(BatchGetColleaguesRequest(account_ids=actors))
    except (Unavailable, DeadlineExceeded):
        return None
    return {colleague.id: colleague.display_name for colleague in found.colleagues}
