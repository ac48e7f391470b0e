"""The tab History: what happened to a case manager's profile and login, and who did it."""

from collections.abc import Sequence
from urllib.parse import urlencode

from portico.casemanager.v1.case_managers_pb2 import ListCaseManagerHistoryRequest
from portico.casemanager.v1.resources_pb2 import PersonHistoryEntry
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.case_managers import labels
from portal.areas.case_managers.profile import load
from portal.areas.case_managers.search import LIST
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.i18n import N_

PAGE = 50


async def show(context: PageContext) -> Response:
    """The newest first, page by page."""
    case_manager_id = context.param("case_manager_id")
    request = ListCaseManagerHistoryRequest(
        page_size=PAGE, page_token=context.query("page"), case_manager_id=case_manager_id
    )
    person, found = await together(load(context), context.services.casemanager.ListCaseManagerHistory(request))
    here = f"{LIST}/{case_manager_id}/history"
    if context.query("page") and not found.entries:
        return context.redirect(here)
    newest = [(here, context.i18n(N_("Newest")))] if context.query("page") else []
    token = found.next_page_token
    older = [(f"{here}?{urlencode({'page': token})}", context.i18n(N_("Older")))] if token else []
    return context.render(
        "case_managers/history.html",
        labels=labels,
        person=person,
        entries=found.entries,
        names=await names_of(context, (entry.actor_id for entry in found.entries if not entry.by_person)),
        fields_of=fields_of,
        ways=newest + older,
    )


def fields_of(entry: PersonHistoryEntry) -> Sequence[str]:
    """The words for the fields that were changed; the name of one that is newer than we are."""
    if entry.kind != PersonHistoryEntry.UPDATED:
        return []
    names = filter(None, (name.strip() for name in entry.detail.split(",")))
    return [labels.FIELDS.get(name, name) for name in names]
