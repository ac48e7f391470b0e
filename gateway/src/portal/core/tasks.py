"""What somebody has to do next, for the page on which they begin."""

from collections.abc import Sequence

from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest

from portal.core.context import PageContext
from portal.core.outages import unless_away

_NEXT_TASKS = 5


async def next_tasks(context: PageContext) -> Sequence[Task] | None:
    """The first of the reader's own tasks by due time; None while they cannot be asked for."""
    request = ListTasksRequest(page_size=_NEXT_TASKS, scope=ListTasksRequest.MINE)
    found = await unless_away(context.services.casemanager.ListTasks(request))
    return None if found is None else found.tasks
