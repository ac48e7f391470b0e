"""What people do to tasks (CM-11)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import TaskClosed

from casemanager.tasks.domain.task import State, Task, ended


@dataclass(frozen=True, slots=True)
class Completion:
    """A task that is done, and whether it was this that ended it."""

    task: Task
    is_new: bool


def complete(task: Task, actor_id: UUID | None, now: datetime) -> Completion:
    """The task done by hand; one that is done stays so. Raises TaskClosed for a cancelled one."""
    if task.state is State.CANCELLED:
        raise TaskClosed()
    if task.state is State.DONE:
        return Completion(replace(task, version=task.version + 1), is_new=False)
    return Completion(ended(task, State.DONE, actor_id=actor_id, now=now), is_new=True)
