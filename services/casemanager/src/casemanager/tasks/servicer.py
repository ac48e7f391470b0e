"""What somebody has to do."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb
from portico.casemanager.v1.tasks_pb2_grpc import TasksServiceServicer

from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization, organization_of
from casemanager.tasks.domain.changes import (
    Held,
    NewTask,
    OfBooking,
    Reassignment,
    Reopening,
    Written,
    complete,
    create,
    reassign,
    reopen,
    update,
)
from casemanager.tasks.domain.due import due_on, today
from casemanager.tasks.domain.task import Actor, Change, Person, State, Task
from casemanager.tasks.events import task_event
from casemanager.tasks.listing import BY_DUE_TIME, Scope, Wanted, list_tasks
from casemanager.tasks.messages import assigned_messages
from casemanager.tasks.storage import ADD_TASK, SAVE_TASK, TASK, task_params
from casemanager.tasks.usecases import (
    Surroundings,
    Whom,
    actor_of,
    is_needed,
    load_held,
    load_task,
    names_in,
    person_of,
)
from casemanager.tasks.wire import new_task, task_message, written_task
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.mapping import Params
from chassis.saves import Save


class TasksServicer(TasksServiceServicer):
    """For staff, case managers and specialists; `around` knows the people, and what derived tasks ask for."""

    def __init__(self, deps: Deps, *, around: Surroundings) -> None:
        self._deps, self._around = deps, around

    async def ListTasks(self, request: pb.ListTasksRequest, context: Context) -> pb.ListTasksResponse:
        call, deps = current_call(), self._deps
        actor, now = await self._actor(), deps.clock()
        wanted = _wanted(request, now)

        async def fetch(after: tuple[datetime, UUID], limit: int) -> Sequence[Task]:
            return await list_tasks(deps.database, wanted, actor, org_id=call.org_id, after=after, limit=limit)

        page = await deps.pager.page(request, (call.org_id, actor.assignee), BY_DUE_TIME, fetch)
        names = await names_in(deps, self._around, call.org_id, actor, page.items)
        tasks = [task_message(task, actor, now, names) for task in page.items]
        return pb.ListTasksResponse(tasks=tasks, next_page_token=page.next_token)

    async def GetTask(self, request: pb.GetTaskRequest, context: Context) -> res.Task:
        call, deps, actor = current_call(), self._deps, await self._actor()
        task = await load_task(deps, call.org_id, actor, UUID(request.task_id))
        names = await names_in(deps, self._around, call.org_id, actor, [task])
        return task_message(task, actor, deps.clock(), names)

    async def CreateTask(self, request: pb.CreateTaskRequest, context: Context) -> res.Task:
        call, deps, actor = current_call(), self._deps, await self._actor()
        case_id = UUID(request.case_id) if request.case_id else None

        async def load() -> tuple[Person, OfBooking | None]:
            if case_id is not None:
                await self._around.check_case(deps, call, case_id)
            booking = None
            if request.booking_id:
                booking = await self._around.find_booking(deps, call, UUID(request.booking_id))
            return await person_of(deps, self._around, call.org_id, actor, _whom(request)), booking

        def decide(known: tuple[Person, OfBooking | None], task_id: UUID, now: datetime) -> Change:
            person, booking = known
            written = new_task(request.task, today(now, person))
            new = NewTask(org_id=call.org_id, id=task_id, case_id=case_id, booking=booking, actor=actor, **written)
            return create(person, new, now)

        tasks = self._tasks(actor, ADD_TASK, TASK.params)
        return await tasks.change(Source(call, call.org_id, load), decide, deps.ids())

    async def UpdateTask(self, request: pb.UpdateTaskRequest, context: Context) -> res.Task:
        actor = await self._actor()

        def decide(held: Held, _: None, now: datetime) -> Change:
            written = written_task(request.task, request.update_mask, today(now, held.holder))
            day = written.pop("due_date", None)
            due_time = None if day is None else due_on(day, held.holder.zone)
            return update(held.task, Written(actor=actor, due_time=due_time, **written))

        return await self._tasks(actor).change(self._held(actor, request.task_id), decide, None)

    async def CompleteTask(self, request: pb.CompleteTaskRequest, context: Context) -> res.Task:
        actor = await self._actor()
        return await self._tasks(actor).change(self._source(actor, request.task_id), complete, actor)

    async def ReopenTask(self, request: pb.ReopenTaskRequest, context: Context) -> res.Task:
        call, actor = current_call(), await self._actor()

        async def load() -> Reopening:
            task = await load_task(self._deps, call.org_id, actor, UUID(request.task_id))
            return Reopening(task, is_needed=await is_needed(self._deps, self._around, task))

        return await self._tasks(actor).change(Source(call, call.org_id, load), reopen, actor)

    async def ReassignTask(self, request: pb.ReassignTaskRequest, context: Context) -> res.Task:
        actor = await self._actor()
        held = self._held(actor, request.task_id)

        async def load() -> Reassignment:
            as_held = await held.load()
            person = await person_of(self._deps, self._around, held.org_id, actor, _whom(request))
            return Reassignment(as_held, person)

        organization = await organization_of(self._deps.database, held.org_id)
        tasks = self._tasks(actor, organization=organization)
        return await tasks.change(Source(held.call, held.org_id, load), reassign, actor)

    async def _actor(self) -> Actor:
        return await actor_of(self._deps, self._around, current_call())

    def _source(self, actor: Actor, task_id: str) -> Source[Task]:
        call = current_call()
        return Source(call, call.org_id, partial(load_task, self._deps, call.org_id, actor, UUID(task_id)))

    def _held(self, actor: Actor, task_id: str) -> Source[Held]:
        call, around = current_call(), self._around
        return Source(call, call.org_id, partial(load_held, self._deps, around, call.org_id, actor, UUID(task_id)))

    def _tasks(
        self,
        actor: Actor,
        save: Save = SAVE_TASK,
        params: Callable[[Task], Params] = task_params,
        *,
        organization: Organization | None = None,
    ) -> Aggregate[Change, res.Task]:
        """Tasks as somebody changes them, who reads in the answer what they can do next; `organization` tells them."""
        deps = self._deps
        return Aggregate(
            database=deps.database,
            clock=deps.clock,
            save=save,
            params=lambda change, _: params(change.task),
            events=lambda change, act: [
                *(
                    [task_event(change.task, change.happened, event_id=deps.ids(), now=act.now)]
                    if change.happened
                    else []
                ),
                *(assigned_messages(change, organization, deps.public_url, deps.ids, act.now) if organization else []),
            ],
            answer=lambda change, now: task_message(change.task, actor, now),
            reply=res.Task,
        )


def _whom(request: pb.CreateTaskRequest | pb.ReassignTaskRequest) -> Whom:
    return Whom(UUID(request.assignee_id) if request.assignee_id else None, in_pool=request.pool)


def _wanted(request: pb.ListTasksRequest, now: datetime) -> Wanted:
    ids = ("case_manager_id", "booking_id", "case_id", "assignee_id", "business_unit_id")
    filters: dict[str, object] = {name: UUID(getattr(request, name)) for name in ids if getattr(request, name)}
    if request.kind:
        filters["kind"] = request.kind
    if request.overdue:
        filters["late_by"] = now
    return Wanted(
        state=State(request.state or State.OPEN), scope=Scope(request.scope) if request.scope else None, filters=filters
    )
