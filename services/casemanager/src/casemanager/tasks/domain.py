"""A task and its end (CM-11)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from portico_errors.casemanager import TaskClosed

DUE_HOUR = time(17)
"""When on its day a task is due, in the organization's zone."""
_SATURDAY = 5


class Kind(IntEnum):
    """What there is to do; the numbers are the contract's."""

    ENABLE_LOGIN = 1


class State(IntEnum):
    """Whether it is still to do; the numbers are the contract's."""

    OPEN = 1
    DONE = 2
    CANCELLED = 3


ENABLE_LOGIN_DAYS = 2
"""Business days in which staff answer a yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do about a case manager; overdue from `due_time` on."""

    org_id: UUID
    id: UUID
    kind: Kind
    state: State
    case_manager_id: UUID
    due_time: datetime
    create_time: datetime
    done_time: datetime | None = None
    done_by: UUID | None = None
    version: int


@dataclass(frozen=True, slots=True)
class PersonName:
    """Whom a task is about, as a list shows it."""

    id: UUID
    name: str
    company_name: str


def new_task(kind: Kind, *, org_id: UUID, task_id: UUID, about: UUID, due_time: datetime, now: datetime) -> Task:
    """A task about a case manager."""
    return Task(
        org_id=org_id,
        id=task_id,
        kind=kind,
        state=State.OPEN,
        case_manager_id=about,
        due_time=due_time,
        create_time=now,
        version=1,
    )


def ended(task: Task, state: State, *, actor_id: UUID | None, now: datetime) -> Task:
    """The task at its end."""
    return replace(task, state=state, done_time=now, done_by=actor_id, version=task.version + 1)


def due_after(now: datetime, *, business_days: int, zone: str) -> datetime:
    """17:00 of the so-manieth business day after today's, as a wall clock of the zone says; UTC."""
    local_zone = ZoneInfo(zone)
    day = now.astimezone(local_zone).date()
    while business_days:
        day += timedelta(days=1)
        business_days -= day.weekday() < _SATURDAY
    return datetime.combine(day, DUE_HOUR, local_zone).astimezone(UTC)


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
