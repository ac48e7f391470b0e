"""What happens to tasks, as others hear of it."""

from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import events_pb2
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.tasks.domain.task import State, Task
from chassis.outbox import OutboxEvent

_SUBJECTS = {State.OPEN: "task.opened", State.DONE: "task.completed", State.CANCELLED: "task.cancelled"}


def task_event(task: Task, *, event_id: UUID, now: datetime) -> OutboxEvent:
    """Tells that a task was opened or has ended."""
    return OutboxEvent(
        id=event_id,
        org_id=task.org_id,
        subject=_SUBJECTS[task.state],
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
