"""Who writes tasks down, finds and does them: three case managers and the staff, through the RPCs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb

from casemanager.tasks.domain.task import Assignee, AssigneeKind, Kind, Task
from casemanager.tasks.storage import ADD_TASK, TASK
from chassis.ids import new_id
from chassis.saves import write
from chassis.testing.grpc import Metadata
from services.casemanager.tests.world import World


@dataclass(frozen=True)
class Desk:
    """Ana and Eva of one unit, Ida of another one, and who of them asks."""

    world: World
    ana: res.CaseManager
    eva: res.CaseManager
    ida: res.CaseManager

    def as_(self, person: res.CaseManager | None) -> Metadata:
        return self.world.as_person(person) if person else self.world.staff

    async def call(self, name: str, request: Any, by: res.CaseManager | None = None) -> Any:
        return await getattr(self.world.stub, name)(request, metadata=self.as_(by))

    async def write(self, *, by: res.CaseManager | None = None, days: int = 2, **given: Any) -> res.Task:
        """A task by hand, due in some days; the caller's unless it is said whose."""
        day = (self.world.clock() + timedelta(days=days)).date().isoformat()
        written = {"title": "Call the solicitor", "due_date": day, **given.pop("task", {})}
        made: res.Task = await self.call("CreateTask", pb.CreateTaskRequest(task=pb.TaskPatch(**written), **given), by)
        return made

    async def act(self, name: str, task: res.Task, /, *, by: res.CaseManager | None = None, **given: Any) -> res.Task:
        request = getattr(pb, f"{name}Request")(task_id=task.id, **given)
        changed: res.Task = await self.call(name, request, by)
        return changed

    async def titles(self, *, by: res.CaseManager | None = None, **wanted: Any) -> list[str]:
        found = await self.call("ListTasks", pb.ListTasksRequest(**wanted), by)
        return [task.title or res.Task.Kind.Name(task.kind) for task in found.tasks]

    async def derived(self, kind: Kind, **fields: Any) -> Task:
        """A task of a booking for Ana, as a booking's change opens it."""
        task = Task(
            org_id=self.world.org_id,
            id=new_id(),
            kind=kind,
            assignee=Assignee(AssigneeKind.CASE_MANAGER, UUID(self.ana.id)),
            business_unit_id=UUID(self.ana.business_unit_id),
            due_time=self.world.clock() + timedelta(days=1),
            create_time=self.world.clock(),
            **{"booking_id": new_id(), "booking_number": "B-000007", **fields},
        )
        params = TASK.params(task)
        assert 1 == await write(self.world.deps.database, ADD_TASK, org_id=task.org_id, params=params)
        return task
