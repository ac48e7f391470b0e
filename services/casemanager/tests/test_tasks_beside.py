"""Tasks that open, change and end with the change of a booking, in its statement (CM-11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, select, update

from casemanager.places.storage import places
from casemanager.tasks.domain.task import POOL, Assignee, AssigneeKind, Kind, State, Task, ended
from casemanager.tasks.storage import (
    OPEN_TASKS,
    SAVE_TASK,
    TASK,
    beside_params,
    change_tasks,
    open_tasks,
    open_tasks_of,
    task_params,
    tasks,
    tasks_are_as_loaded,
)
from chassis.call import Role
from chassis.db import statement
from chassis.ids import new_id
from chassis.saves import save, write
from services.casemanager.tests.practice import Practice

ORG_ID = bindparam("org_id", type_=Uuid)
# A place stands for the booking whose row is the target.
_its_place = (places.c.org_id == ORG_ID, places.c.id == bindparam("booking_id", type_=Uuid))
SAVE_BOOKING = save(
    update(places)
    .where(*_its_place, tasks_are_as_loaded())
    .values(version=places.c.version + 1)
    .returning(places.c.id),
    change_tasks,
    open_tasks,
)
LOAD_OPEN = statement(select(open_tasks_of(places).label("open_tasks")).where(*_its_place), into=OPEN_TASKS)
ALL = statement(select(*TASK.columns()).where(tasks.c.org_id == ORG_ID).order_by(tasks.c.id), into=TASK.reader())
NOW = datetime(2026, 3, 3, 1, 2, 3, 456000, tzinfo=UTC)


def by_id(*found: Task) -> list[Task]:
    return sorted(found, key=lambda task: task.id)


class Booking:
    """What stands for a booking, and its tasks."""

    def __init__(self, practice: Practice, booking_id: UUID) -> None:
        self.practice, self.id = practice, booking_id

    def task(self, kind: Kind, assignee: Assignee = POOL, **fields: Any) -> Task:
        return Task(
            org_id=self.practice.org_id,
            id=new_id(),
            kind=kind,
            assignee=assignee,
            booking_id=self.id,
            booking_number="B-000007",
            due_time=NOW,
            create_time=NOW,
            **fields,
        )

    async def save(self, **given: Any) -> int:
        params = {"booking_id": self.id, **beside_params(**given)}
        return await write(self.practice.deps.database, SAVE_BOOKING, org_id=self.practice.org_id, params=params)

    async def open(self) -> list[Task]:
        found = await self.practice.deps.database.first(LOAD_OPEN, org_id=self.practice.org_id, booking_id=self.id)
        return by_id(*(found or ()))

    async def all(self) -> list[Task]:
        return list(await self.practice.deps.database.all(ALL, org_id=self.practice.org_id))


@pytest.fixture
async def booking(practice: Practice) -> Booking:
    return Booking(practice, await practice.booking())


def somebody(kind: AssigneeKind) -> Assignee:
    return Assignee(kind, new_id())


async def test_tasks_open_beside_the_change(booking: Booking) -> None:
    """CM-11: any number of them, as they are; none is opened by hand for it, and none is as good."""
    unit, case = new_id(), new_id()
    asked = booking.task(Kind.ANSWER_REQUEST, somebody(AssigneeKind.STAFF))
    choose = booking.task(Kind.CHOOSE_OPTION, somebody(AssigneeKind.CASE_MANAGER), business_unit_id=unit, case_id=case)
    assert 1 == await booking.save(opened=[asked, choose])
    assert by_id(asked, choose) == await booking.open() == await booking.all()
    assert 1 == await booking.save()
    assert 2 == len(await booking.open())


async def test_one_is_open_of_a_kind_for_each_addressee(booking: Booking, practice: Practice) -> None:
    """CM-11: the same once more opens nothing, for the pool too; by hand there may be any number."""
    ana, ben = somebody(AssigneeKind.CASE_MANAGER), somebody(AssigneeKind.CASE_MANAGER)
    first = by_id(booking.task(Kind.ANSWER_REQUEST), booking.task(Kind.REBOOK, ana))
    await booking.save(opened=first)
    await booking.save(opened=[booking.task(Kind.ANSWER_REQUEST), booking.task(Kind.REBOOK, ana)])
    assert first == await booking.all()
    await booking.save(opened=[booking.task(Kind.REBOOK, ben), booking.task(Kind.ANSWER_MOVE)])
    other = Booking(practice, await practice.booking())
    await other.save(opened=[other.task(Kind.ANSWER_REQUEST)])
    await booking.save(opened=[booking.task(Kind.BY_HAND, ana) for _ in range(2)])
    assert 7 == len(await booking.all())
    assert 4 == len(await booking.open())


async def test_tasks_end_and_move_with_the_change(booking: Booking) -> None:
    """CM-11: what is done stays so, the rest goes to somebody else with a new time; then one may open reopened."""
    ana, ben = somebody(AssigneeKind.CASE_MANAGER), somebody(AssigneeKind.CASE_MANAGER)
    await booking.save(opened=[booking.task(Kind.ANSWER_REQUEST), booking.task(Kind.UPLOAD_PAPERWORK, ana)])
    asked, paperwork = sorted(await booking.open(), key=lambda task: task.kind)
    actor, later = new_id(), NOW + timedelta(days=1)
    done = ended(asked, State.DONE, actor_id=actor, now=later)
    moved = replace(paperwork, assignee=ben, due_time=later, version=paperwork.version + 1)
    rebook = booking.task(Kind.REBOOK, ben)
    assert 1 == await booking.save(changed=[moved, done], opened=[rebook])
    assert by_id(done, moved, rebook) == await booking.all()
    reopened = booking.task(Kind.ANSWER_REQUEST)
    await booking.save(opened=[reopened])
    assert by_id(moved, rebook, reopened) == await booking.open()


async def test_what_somebody_did_meanwhile_stands(booking: Booking) -> None:
    """CM-11: a change that ends a task as it is no longer is a lost race, and writes nothing."""
    await booking.save(opened=[booking.task(Kind.UPLOAD_PAPERWORK, somebody(AssigneeKind.CASE_MANAGER))])
    [loaded] = await booking.open()
    by_hand = ended(loaded, State.DONE, actor_id=new_id(), now=NOW)
    practice = booking.practice
    await write(practice.deps.database, SAVE_TASK, org_id=practice.org_id, params=task_params(by_hand))
    cancelled = ended(loaded, State.CANCELLED, actor_id=new_id(), now=NOW)
    assert 0 == await booking.save(changed=[cancelled], opened=[booking.task(Kind.REBOOK)])
    assert [by_hand] == await booking.all()


async def test_tasks_of_another_organization_are_not_touched(booking: Booking, practice: Practice) -> None:
    """CM-15: whoever names a task of another organization changes nothing."""
    await booking.save(opened=[booking.task(Kind.ANSWER_REQUEST)])
    [task] = await booking.open()
    org_id = new_id()
    elsewhere = replace(practice, org_id=org_id, staff=practice.people.metadata(Role.STAFF, org_id=org_id))
    theirs = Booking(elsewhere, await elsewhere.booking())
    assert 0 == await theirs.save(changed=[ended(task, State.DONE, actor_id=None, now=NOW)])
    assert [task] == await booking.all()
    assert [] == await theirs.open()
