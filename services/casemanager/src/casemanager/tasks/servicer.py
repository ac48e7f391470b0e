"""What somebody has to do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb
from portico.casemanager.v1.tasks_pb2_grpc import TasksServiceServicer
from portico_errors.casemanager import TaskNotFound

from casemanager.shared.deps import Deps
from casemanager.tasks.domain.changes import Completion, complete
from casemanager.tasks.domain.task import PersonName, State, Task
from casemanager.tasks.events import task_event
from casemanager.tasks.storage import BY_DUE_TIME, LIST_TASKS, LOAD_TASK, SAVE_TASK, task_params
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.wire import timestamp

NamesOf = Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, PersonName]]]


class TasksServicer(TasksServiceServicer):
    """For staff; `names_of` gives the names of an organization's case managers by their ids."""

    def __init__(self, deps: Deps, *, names_of: NamesOf) -> None:
        self._deps, self._names_of = deps, names_of
        self._tasks: Aggregate[Completion, res.Task] = Aggregate(
            database=deps.database,
            clock=deps.clock,
            save=SAVE_TASK,
            params=lambda done, _: task_params(done.task),
            events=lambda done, act: [task_event(done.task, event_id=deps.ids(), now=act.now)] if done.is_new else [],
            answer=lambda done, _: _task_message(done.task),
            reply=res.Task,
        )

    async def ListTasks(self, request: pb.ListTasksRequest, context: Context) -> pb.ListTasksResponse:
        org_id = current_call().org_id
        about = UUID(request.case_manager_id) if request.case_manager_id else None

        async def fetch(after: tuple[datetime, UUID], limit: int) -> Sequence[Task]:
            params = {"state": request.state or State.OPEN, "about": about, "limit": limit}
            return await self._deps.database.all(
                LIST_TASKS, org_id=org_id, after_time=after[0], after_id=after[1], **params
            )

        page = await self._deps.pager.page(request, org_id, BY_DUE_TIME, fetch)
        names = await self._names_of(org_id, [task.case_manager_id for task in page.items])
        tasks = [_task_message(task, names.get(task.case_manager_id)) for task in page.items]
        return pb.ListTasksResponse(tasks=tasks, next_page_token=page.next_token)

    async def CompleteTask(self, request: pb.CompleteTaskRequest, context: Context) -> res.Task:
        call = current_call()
        source = Source(call, call.org_id, partial(self._load, call.org_id, UUID(request.task_id)))
        return await self._tasks.change(source, complete, call.account_id)

    async def _load(self, org_id: UUID, task_id: UUID) -> Task:
        task = await self._deps.database.first(LOAD_TASK, org_id=org_id, id=task_id)
        if task is None:
            raise TaskNotFound()
        return task


def _task_message(task: Task, person: PersonName | None = None) -> res.Task:
    return res.Task(
        id=str(task.id),
        kind=res.Task.Kind.ValueType(task.kind),
        state=res.Task.State.ValueType(task.state),
        due_time=timestamp(task.due_time),
        create_time=timestamp(task.create_time),
        done_time=timestamp(task.done_time),
        case_manager_id=str(task.case_manager_id),
        case_manager_name=person.name if person else "",
        company_name=person.company_name if person else "",
    )
