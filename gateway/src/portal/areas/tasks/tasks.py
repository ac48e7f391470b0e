"""The tasks of staff: open ones, those that are due first at the top, and those that are done."""

from urllib.parse import urlencode

from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import CompleteTaskRequest, ListTasksRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.tasks import labels
from portal.core.context import PageContext
from portal.core.paging import forward_ways

LIST = "/tasks"
PAGE = 50


async def show(context: PageContext) -> Response:
    """One state of them; where a page has nothing any more, the first one."""
    state = context.query("state") if context.query("state") in labels.STATES else "OPEN"
    request = ListTasksRequest(page_size=PAGE, page_token=context.query("page"), state=Task.State.Value(state))
    found = await context.services.casemanager.ListTasks(request)

    def address(**changes: str) -> str:
        asked = {**({"state": state} if state != "OPEN" else {}), **changes}
        return f"{LIST}?{urlencode(asked)}" if asked else LIST

    if context.query("page") and not found.tasks:
        return context.redirect(address())
    return context.render(
        "tasks/tasks.html",
        labels=labels,
        tasks=found.tasks,
        state=state,
        is_late=lambda task: task.due_time.ToSeconds() <= context.now.timestamp(),
        ways=forward_ways(context, found.next_page_token, address),
    )


async def complete(context: PageContext) -> Response:
    """Marks it as done by hand; when it was closed meanwhile, a word says so."""
    request = CompleteTaskRequest(request_id=context.form["request_id"], task_id=context.param("task_id"))
    flash = "task-done"
    try:
        await context.services.casemanager.CompleteTask(request)
    except ServiceError as error:
        if error.reason not in {"TASK_NOT_FOUND", "TASK_CLOSED"}:
            raise
        flash = error.reason
    return context.redirect(context.next or LIST, flash=flash)
