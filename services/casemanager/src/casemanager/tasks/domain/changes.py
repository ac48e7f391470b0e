"""What people do to tasks, and who may (CM-11, CM-15)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import AssigneeInvalid, TaskClosed, TaskDerived, TaskNotFound, TaskOfColleague

from casemanager.tasks.domain.due import due_on
from casemanager.tasks.domain.task import (
    Actor,
    AssigneeKind,
    ByHand,
    Change,
    Happened,
    Kind,
    Person,
    State,
    Task,
    ended,
)

REOPEN_TIME = timedelta(days=7)
"""How long a done task can be opened once more."""


class Action(IntEnum):
    """What somebody can do about a task; the numbers are the contract's."""

    COMPLETE = 1
    UPDATE = 2
    REASSIGN = 3
    TAKE_OVER = 4
    REOPEN = 5


def actions(task: Task, actor: Actor, now: datetime) -> Iterator[Action]:
    """What somebody can do about a task that they see."""
    may_write, by_hand = _may_write(task, actor), _ends_by_hand(task, actor)
    if task.state is State.OPEN:
        if may_write and by_hand:
            yield Action.COMPLETE
        if may_write:
            yield Action.UPDATE
        if actor.is_staff:
            yield Action.REASSIGN
        if _takes_over(task, actor):
            yield Action.TAKE_OVER
    elif may_write and by_hand and _is_reopenable(task, now):
        yield Action.REOPEN


def require_seen(task: Task, actor: Actor) -> Task:
    """The task, for who sees it: staff all, case managers theirs and their unit's; else TaskNotFound."""
    if actor.is_staff or task.assignee == actor.assignee or _is_of_unit(task, actor):
        return task
    raise TaskNotFound()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What somebody writes down."""

    org_id: UUID
    id: UUID
    title: str
    note: str
    due_date: date
    case_id: UUID | None
    booking: "OfBooking | None" = None
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OfBooking:
    """The booking that a task is about, and whose unit reads it."""

    booking_id: UUID
    number: str
    case_id: UUID
    unit_id: UUID | None


def create(person: Person, new: NewTask, now: datetime) -> Change:
    """A task for a person as it is written down; raises AssigneeInvalid for whom the maker does not see."""
    actor, booking = new.actor, new.booking
    if person.assignee.kind not in _known_to(actor) or not _may_give(actor, person):
        raise AssigneeInvalid()
    task = Task(
        org_id=new.org_id,
        id=new.id,
        kind=Kind.BY_HAND,
        assignee=person.assignee,
        business_unit_id=booking.unit_id if booking else person.business_unit_id,
        booking_id=booking.booking_id if booking else None,
        booking_number=booking.number if booking else "",
        case_id=booking.case_id if booking else new.case_id,
        title=new.title,
        note=new.note,
        due_time=due_on(new.due_date, person.zone),
        create_time=now,
        created_by=actor.account_id,
    )
    return Change(task, Happened.OPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of a task; None: as it is. `due_time` is computed for whom it is for."""

    actor: Actor
    title: str | None = None
    note: str | None = None
    due_time: datetime | None = None


def update(task: Task, written: Written) -> Change:
    """The task as somebody wants it; raises TaskClosed, TaskOfColleague or TaskDerived."""
    _require_open(task)
    _require_own(task, written.actor)
    is_fixed = written.title is not None or (written.due_time is not None and not written.actor.is_staff)
    if task.is_derived and is_fixed:
        raise TaskDerived()
    changed = replace(
        task,
        title=task.title if written.title is None else written.title,
        note=task.note if written.note is None else written.note,
        due_time=written.due_time or task.due_time,
        version=task.version + 1,
    )
    return Change(changed)


def complete(task: Task, actor: Actor, now: datetime) -> Change:
    """The task done by hand; one that is done stays so. Raises TaskClosed, TaskOfColleague or TaskDerived."""
    if task.state is State.CANCELLED:
        raise TaskClosed()
    _require_own(task, actor)
    if not _ends_by_hand(task, actor):
        raise TaskDerived()
    if task.state is State.DONE:
        return _unchanged(task)
    return Change(ended(task, State.DONE, actor_id=actor.account_id, now=now), Happened.COMPLETED)


@dataclass(frozen=True, slots=True)
class Reopening:
    """A task that is to be opened once more, and whether what it asks for is still to do."""

    task: Task
    is_needed: bool


def reopen(reopening: Reopening, actor: Actor, now: datetime) -> Change:
    """The task open once more; raises TaskClosed, TaskOfColleague, or TaskDerived when nothing is left to do."""
    task = reopening.task
    if task.state is State.OPEN:
        return _unchanged(task)
    if not _is_reopenable(task, now):
        raise TaskClosed()
    _require_own(task, actor)
    if not _ends_by_hand(task, actor) or not reopening.is_needed:
        raise TaskDerived()
    reopened = replace(task, state=State.OPEN, done_time=None, done_by=None, version=task.version + 1)
    return Change(reopened, Happened.OPENED)


@dataclass(frozen=True, slots=True)
class Held:
    """A task, and whom it is for."""

    task: Task
    holder: Person


@dataclass(frozen=True, slots=True)
class Reassignment:
    """A task as it is held, and whom it is to be for."""

    held: Held
    person: Person


def reassign(reassignment: Reassignment, actor: Actor, _: datetime) -> Change:
    """The task for somebody else, who is told; its due time stays. Raises TaskClosed or AssigneeInvalid."""
    task, person = reassignment.held.task, reassignment.person
    _require_open(task)
    if person.assignee == task.assignee:
        return _unchanged(task)
    if person.assignee.kind not in task.rule.assignees or not _may_reassign(reassignment, actor):
        raise AssigneeInvalid()
    unit_id = person.business_unit_id if task.booking_id is None else task.business_unit_id
    given = replace(task, assignee=person.assignee, business_unit_id=unit_id, version=task.version + 1)
    return Change(given, Happened.REASSIGNED, told=None if person.assignee == actor.assignee else person)


def _unchanged(task: Task) -> Change:
    return Change(replace(task, version=task.version + 1))


def _require_open(task: Task) -> None:
    if task.state is not State.OPEN:
        raise TaskClosed()


def _require_own(task: Task, actor: Actor) -> None:
    if not _may_write(task, actor):
        raise TaskOfColleague()


def _may_write(task: Task, actor: Actor) -> bool:
    return actor.is_staff or task.assignee == actor.assignee


def _ends_by_hand(task: Task, actor: Actor) -> bool:
    by_hand = task.rule.by_hand
    return by_hand is ByHand.ASSIGNEE or (by_hand is ByHand.STAFF and actor.is_staff)


def _is_reopenable(task: Task, now: datetime) -> bool:
    return task.state is State.DONE and task.done_time is not None and now < task.done_time + REOPEN_TIME


def _is_of_unit(task: Task, actor: Actor) -> bool:
    return (
        actor.business_unit_id is not None
        and task.business_unit_id == actor.business_unit_id
        and task.assignee.kind is AssigneeKind.CASE_MANAGER
    )


def _takes_over(task: Task, actor: Actor) -> bool:
    """Whether somebody can take a task that is none of theirs: staff what may be theirs, case managers their unit's."""
    may_take = actor.is_staff or _is_of_unit(task, actor)
    return may_take and task.assignee != actor.assignee and actor.assignee.kind in task.rule.assignees


def _known_to(actor: Actor) -> frozenset[AssigneeKind]:
    return frozenset(AssigneeKind) if actor.is_staff else frozenset({actor.assignee.kind})


def _may_give(actor: Actor, person: Person) -> bool:
    """Whether somebody can write down something for a person: staff for who is in service, others in their unit."""
    if actor.is_staff or person.assignee == actor.assignee:
        return person.is_active
    is_of_unit = actor.business_unit_id is not None and person.business_unit_id == actor.business_unit_id
    return is_of_unit and person.is_active


def _may_reassign(reassignment: Reassignment, actor: Actor) -> bool:
    task, holder, person = reassignment.held.task, reassignment.held.holder, reassignment.person
    if not actor.is_staff:
        return person.assignee == actor.assignee and _takes_over(task, actor)
    # What is asked of a company's people is no other company's to read.
    is_elsewhere = task.is_derived and person.company_id != holder.company_id
    return person.is_active and not (person.assignee.kind is AssigneeKind.CASE_MANAGER and is_elsewhere)
