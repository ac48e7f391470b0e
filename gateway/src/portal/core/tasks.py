"""What somebody has to do next, for the page on which they begin."""

from collections.abc import Sequence

from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest

from chassis.errors import DeadlineExceeded, Unavailable
from portal.core.context import PageContext

_NEXT_TASKS = 5


async def next_tasks(context: PageContext) -> Sequence[Task] | None:
    """The first of the reader's own tasks by due time; None while they cannot be asked for."""
    request = ListTasksRequest(page_size=_NEXT_TASKS, scope=ListTasksRequest.MINE)
    try:
        return (await context.services.casemanager.ListTasks(request)).tasks
    except (Unavailable, DeadlineExceeded):
        return None
