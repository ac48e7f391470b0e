"""What happens to tasks, as others hear of it."""

from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import events_pb2
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.tasks.domain.task import Happened, State, Task
from chassis.outbox import OutboxEvent

_HAPPENED = {State.OPEN: Happened.OPENED, State.DONE: Happened.COMPLETED, State.CANCELLED: Happened.CANCELLED}


def task_event(task: Task, happened: Happened | None = None, *, event_id: UUID, now: datetime) -> OutboxEvent:
    """Tells what happened to a task; unless it is said, that it was opened or has ended, as its state is."""
    return OutboxEvent(
        id=event_id,
        org_id=task.org_id,
        subject=happened or _HAPPENED[task.state],
        message=events_pb2.TaskEvent(
            version=task.version,
            task_id=str(task.id),
            kind=res.Task.Kind.ValueType(task.kind),
            state=res.Task.State.ValueType(task.state),
        ),
        aggregate_id=task.id,
        version=task.version,
        event_time=now,
    )
