"""The tab Tasks: what a case manager has to do, and what is to be done about them."""

from urllib.parse import urlencode

from portico.casemanager.v1.tasks_pb2 import ListTasksRequest
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.case_managers import labels
from portal.areas.case_managers.profile import load
from portal.areas.case_managers.search import LIST
from portal.core.context import PageContext
from portal.core.labels import TASK_TITLES
from portal.core.paging import forward_ways

PAGE = 50


async def show(context: PageContext) -> Response:
    """The open ones, those that are due first at the top."""
    case_manager_id = context.param("case_manager_id")
    request = ListTasksRequest(page_size=PAGE, page_token=context.query("page"), case_manager_id=case_manager_id)
    person, found = await together(load(context), context.services.casemanager.ListTasks(request))
    here = f"{LIST}/{case_manager_id}/tasks"
    if context.query("page") and not found.tasks:
        return context.redirect(here)

    def address(**changes: str) -> str:
        return f"{here}?{urlencode(changes)}" if changes else here

    return context.render(
        "case_managers/tasks.html",
        labels=labels,
        titles=TASK_TITLES,
        person=person,
        tasks=found.tasks,
        ways=forward_ways(context, found.next_page_token, address),
    )
