"""The task that a yes opens: when it is due, and how it ends (CM-11)."""

import asyncio
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from portico.casemanager.v1 import booking_settings_pb2
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb

from casemanager.tasks.domain.changes import Action
from casemanager.tasks.domain.due import Calendar, Due, due_time
from casemanager.tasks.domain.task import AssigneeKind, Kind, State
from casemanager.tasks.listing import Scope
from chassis.call import Role
from chassis.errors import Aborted, Conflict, Denied, InvalidArgument, NotFound, Unauthenticated
from services.casemanager.tests.offers import NO, YES, answer, newest_token, offer
from services.casemanager.tests.world import World

SYDNEY = "Australia/Sydney"


def test_names_and_numbers_are_the_contracts() -> None:
    """CM-11: kinds and states are the contract's."""
    for ours, theirs in (
        (Kind, res.Task.Kind),
        (State, res.Task.State),
        (AssigneeKind, res.Task.AssigneeKind),
        (Action, res.Task.Action),
        (Scope, pb.ListTasksRequest.Scope),
    ):
        assert {each.name: each.value for each in ours} == {name: number for name, number in theirs.items() if number}


async def accepted(world: World, **fields: Any) -> res.CaseManager:
    """A person who said yes."""
    person = await offer(world, await world.case_manager(**fields))
    await answer(world, await newest_token(world), YES)
    return person


async def complete_by_hand(world: World, task: res.Task, *, request_id: str = "") -> res.Task:
    request = pb.CompleteTaskRequest(task_id=task.id, request_id=request_id)
    done: res.Task = await world.stub.CompleteTask(request, metadata=world.staff)
    return done


async def listed(world: World, **wanted: Any) -> pb.ListTasksResponse:
    answer_: pb.ListTasksResponse = await world.stub.ListTasks(pb.ListTasksRequest(**wanted), metadata=world.staff)
    return answer_


async def subjects(world: World) -> list[str]:
    return [subject for subject, _ in await world.events() if subject.startswith("task.")]


async def test_a_yes_opens_a_task_for_staff(world: World) -> None:
    """CM-11: it says about whom it is, and is due two business days later in the organization's zone."""
    company = await world.company("Northwind")
    person = await accepted(world, company_id=company.id, given_name="", family_name="Cher")
    [task] = await world.tasks()
    assert (res.Task.ENABLE_LOGIN, res.Task.OPEN, person.id, "Cher", "Northwind") == (
        task.kind,
        task.state,
        task.case_manager_id,
        task.case_manager_name,
        task.company_name,
    )
    due = due_time(Kind.ENABLE_LOGIN, Due(calendar=Calendar(zone=SYDNEY), zone=SYDNEY), world.clock())
    assert (due, world.clock()) == (
        task.due_time.ToDatetime(tzinfo=UTC),
        task.create_time.ToDatetime(tzinfo=UTC),
    )
    assert ["task.opened"] == await subjects(world)


async def test_a_holiday_moves_the_day_on_which_a_task_is_due(world: World) -> None:
    """CM-08, CM-11: what the administrators set as holidays is no business day."""
    today = world.clock().astimezone(ZoneInfo(SYDNEY)).date()
    calendar = Calendar(zone=SYDNEY, holidays=frozenset({today + timedelta(days=number) for number in range(1, 6)}))
    patch = booking_settings_pb2.BookingSettingsPatch(holidays=[day.isoformat() for day in sorted(calendar.holidays)])
    request = booking_settings_pb2.UpdateBookingSettingsRequest(settings=patch)
    await world.stub.UpdateBookingSettings(request, metadata=world.as_role(Role.STAFF_ADMIN))
    await accepted(world)
    [task] = await world.tasks()
    due = due_time(Kind.ENABLE_LOGIN, Due(calendar=calendar, zone=SYDNEY), world.clock())
    assert due == task.due_time.ToDatetime(tzinfo=UTC)
    assert due > due_time(Kind.ENABLE_LOGIN, Due(calendar=Calendar(zone=SYDNEY), zone=SYDNEY), world.clock())


async def test_a_task_is_done_by_hand(world: World) -> None:
    """CM-11: it leaves the open ones with its time, also when it is done twice or repeated, and does no more."""
    person = await accepted(world)
    [task] = await world.tasks()
    request_id = str(uuid4())
    done = await complete_by_hand(world, task, request_id=request_id)
    assert (res.Task.DONE, world.clock()) == (done.state, done.done_time.ToDatetime(tzinfo=UTC))
    world.later(hours=1)
    assert done == await complete_by_hand(world, task, request_id=request_id)
    assert done.done_time == (await complete_by_hand(world, task)).done_time
    assert [] == await world.tasks()
    assert [task.id] == [each.id for each in await world.tasks(res.Task.DONE)]
    assert res.Login.OFFERED == (await world.get(person)).login.status
    assert ["task.opened", "task.completed"] == await subjects(world)


async def test_a_task_ends_with_what_it_asks_for(world: World) -> None:
    """CM-11: an enabled login is done; a no, a new offer and an inactive person cancel it: TASK_CLOSED."""

    async def says_no(person: res.CaseManager) -> None:
        await answer(world, await newest_token(world), NO)

    async def is_offered_another(person: res.CaseManager) -> None:
        await offer(world, person)

    ends: list[tuple[Any, res.Task.State.ValueType]] = [
        (world.enable, res.Task.DONE),
        (says_no, res.Task.CANCELLED),
        (is_offered_another, res.Task.CANCELLED),
        (world.deactivate, res.Task.CANCELLED),
    ]
    for end, state in ends:
        person = await accepted(world)
        [task] = await world.tasks()
        await end(person)
        assert [] == await world.tasks()
        [closed] = (await listed(world, state=state, case_manager_id=person.id)).tasks
        assert task.id == closed.id
        if state == res.Task.CANCELLED:
            with pytest.raises(Conflict) as refused:
                await complete_by_hand(world, task)
            assert "TASK_CLOSED" == refused.value.reason


async def test_one_open_task_about_a_person(world: World) -> None:
    """CM-11: after a no another yes opens another one; done by hand, the login is enabled all the same."""
    person = await accepted(world)
    token = await newest_token(world)
    for said in (YES, NO, YES, YES):
        await answer(world, token, said)
    [task] = await world.tasks()
    await complete_by_hand(world, task)
    await world.enable(person)
    assert [] == await world.tasks()
    assert 2 == len(await world.tasks(res.Task.CANCELLED)) + len(await world.tasks(res.Task.DONE))


async def test_completed_while_the_login_is_enabled(world: World) -> None:
    """CM-11: whichever comes first, it is done once, and told once."""
    for _ in range(5):
        person = await accepted(world)
        [task] = await world.tasks()
        outcomes = await asyncio.gather(
            world.enable(person), complete_by_hand(world, task), complete_by_hand(world, task), return_exceptions=True
        )
        assert {Aborted, res.CaseManager, res.Task} >= {type(outcome) for outcome in outcomes}
        [done] = (await listed(world, state=res.Task.DONE, case_manager_id=person.id)).tasks
        assert task.id == done.id
    told = [event.task_id for subject, event in await world.events() if subject == "task.completed"]
    assert len({*told}) == len(told)


async def test_pages_of_tasks(world: World) -> None:
    """CM-11: those that are due first at the top, page by page, of everybody or of one; a token is of one list."""
    for _ in range(5):
        await accepted(world)
        world.later(days=1)
    one, other = (await accepted(world), await accepted(world))
    tasks = await world.tasks()
    assert sorted((task.due_time.ToNanoseconds(), task.id) for task in tasks) == [
        (task.due_time.ToNanoseconds(), task.id) for task in tasks
    ]
    seen: list[res.Task] = []
    token = ""
    while True:
        page = await listed(world, page_size=2, page_token=token)
        seen += page.tasks
        if not page.next_page_token:
            break
        token = page.next_page_token
    assert tasks == seen
    assert [one.id] == [task.case_manager_id for task in (await listed(world, case_manager_id=one.id)).tasks]
    for wanted in ({"state": res.Task.DONE}, {"case_manager_id": other.id}):
        with pytest.raises(InvalidArgument) as refused:
            await listed(world, page_token=token, **wanted)
        assert "PAGE_TOKEN_INVALID" == refused.value.reason


async def test_tasks_stay_in_their_organization(world: World, people) -> None:
    """CM-15: another organization sees and completes none of ours; an unknown one is TASK_NOT_FOUND, too."""
    await accepted(world)
    [task] = await world.tasks()
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    assert [] == list((await world.stub.ListTasks(pb.ListTasksRequest(), metadata=elsewhere)).tasks)
    for task_id, metadata in ((task.id, elsewhere), (str(uuid4()), world.staff)):
        with pytest.raises(NotFound) as refused:
            await world.stub.CompleteTask(pb.CompleteTaskRequest(task_id=task_id), metadata=metadata)
        assert "TASK_NOT_FOUND" == refused.value.reason
    for request in (pb.ListTasksRequest(), pb.CompleteTaskRequest(task_id=task.id), pb.GetTaskRequest(task_id=task.id)):
        name = type(request).__name__.removesuffix("Request")
        with pytest.raises(Denied):
            await getattr(world.stub, name)(request, metadata=world.as_role(Role.FAMILY))
    with pytest.raises(Unauthenticated):
        await world.stub.ListTasks(pb.ListTasksRequest())
    assert [task] == await world.tasks()
