"""Tasks that people write down, take over, finish and find, through the RPCs (CM-11, CM-15)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import cases_pb2
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb

from casemanager.tasks.domain.task import Kind
from chassis.errors import Conflict, InvalidArgument, NotFound, ServiceError
from chassis.ids import new_id
from services.casemanager.tests.duties import Desk
from services.casemanager.tests.practice import Practice
from services.casemanager.tests.test_tasks import accepted, complete_by_hand, subjects
from services.casemanager.tests.world import World

PERTH = "Australia/Perth"
MINE, UNIT, POOL = (pb.ListTasksRequest.Scope.Value(name) for name in ("MINE", "UNIT", "POOL"))


@pytest.fixture
async def desk(world: World) -> Desk:
    company = await world.company("Northwind")
    sydney, perth = [(await world.unit(company, name)).id for name in ("Sydney", "Perth")]
    ana, eva, ida = [
        await world.active(company_id=company.id, business_unit_id=unit, given_name=name, time_zone=PERTH)
        for name, unit in (("Ana", sydney), ("Eva", sydney), ("Ida", perth))
    ]
    return Desk(world, ana, eva, ida)


async def refused(reason: str, answer: Any, kind: type[ServiceError] = Conflict) -> None:
    with pytest.raises(kind) as told:
        await answer
    assert reason == told.value.reason


async def test_staff_write_something_down_for_themselves(desk: Desk) -> None:
    """CM-11: it says what, for whom and by when, and stands once however often it is asked for."""
    request_id = str(uuid4())
    made = await desk.write(task={"title": "  Call Ana ", "note": " In the morning. "}, request_id=request_id)
    assert made == await desk.write(task={"title": "  Call Ana ", "note": " In the morning. "}, request_id=request_id)
    day = (desk.world.clock() + timedelta(days=2)).date()
    due_time = datetime(day.year, day.month, day.day, 17, tzinfo=ZoneInfo("Australia/Sydney"))
    assert (res.Task.BY_HAND, res.Task.OPEN, "Call Ana", "In the morning.", due_time) == (
        made.kind,
        made.state,
        made.title,
        made.note,
        made.due_time.ToDatetime(tzinfo=UTC),
    )
    assert (res.Task.STAFF, str(desk.world.staff_id), False) == (made.assignee_kind, made.assignee_id, made.on_behalf)
    assert made == await desk.act("GetTask", made)
    assert ["Call Ana"] == await desk.titles(scope=MINE) == await desk.titles()
    assert [] == await desk.titles(scope=POOL)
    assert ["task.opened"] == await subjects(desk.world)


async def test_a_task_is_due_where_whom_it_is_for_lives(desk: Desk) -> None:
    """CM-11: 17:00 of their wall clock, also when the day is moved; today is theirs, too."""
    made = await desk.write(assignee_id=desk.ana.id)
    day = (desk.world.clock() + timedelta(days=2)).date()
    local = made.due_time.ToDatetime(tzinfo=UTC).astimezone(ZoneInfo(PERTH))
    assert (day, 17) == (local.date(), local.hour)
    assert ("Ana García", "Northwind") == ((await desk.act("GetTask", made)).assignee_name, "Northwind")
    today = desk.world.clock().astimezone(ZoneInfo(PERTH)).date()
    moved = await desk.act("UpdateTask", made, by=desk.ana, task=pb.TaskPatch(due_date=today.isoformat()))
    assert today == moved.due_time.ToDatetime(tzinfo=UTC).astimezone(ZoneInfo(PERTH)).date()
    assert made.title == moved.title


@pytest.mark.parametrize(
    ("written", "reason", "field"),
    [
        ({"title": " "}, "TITLE_MISSING", "task.title"),
        ({"title": "\u200b"}, "TITLE_INVALID", "task.title"),
        ({"due_date": "2027-02-30"}, "DATE_INVALID", "task.due_date"),
        ({"due_date": ""}, "DATE_INVALID", "task.due_date"),
        ({"due_date": "2020-01-01"}, "DATE_OUT_OF_BOUNDS", "task.due_date"),
        ({"due_date": "2099-01-01"}, "DATE_OUT_OF_BOUNDS", "task.due_date"),
    ],
)
async def test_what_cannot_be_written(written: dict[str, str], reason: str, field: str, desk: Desk) -> None:
    """CM-11: a task has a title that can be seen and a day that there is, from today on."""
    for answer in (
        desk.write(task=written),
        desk.act(
            "UpdateTask", await desk.write(), task=pb.TaskPatch(**written), update_mask=FieldMask(paths=[*written])
        ),
    ):
        with pytest.raises(InvalidArgument) as told:
            await answer
        assert [(field, reason)] == [(each.field, each.reason) for each in told.value.violations]


async def test_whose_tasks_somebody_finds(desk: Desk) -> None:
    """CM-15: case managers find theirs and those of their unit, staff all; none but staff look into the pool."""
    await desk.write(pool=True, task={"title": "Anybody's"})
    for person in (desk.ana, desk.eva, desk.ida):
        await desk.write(by=person, task={"title": f"{person.given_name}'s"})
    everything = ["Ana's", "Anybody's", "Eva's", "Ida's"]
    assert everything == sorted(await desk.titles())
    assert ["Ana's"] == await desk.titles(by=desk.ana) == await desk.titles(by=desk.ana, scope=MINE)
    assert ["Ana's", "Eva's"] == sorted(await desk.titles(by=desk.ana, scope=UNIT))
    assert ["Ida's"] == await desk.titles(by=desk.ida, scope=UNIT)
    assert [] == await desk.titles(by=desk.ana, scope=POOL)
    assert ["Anybody's"] == await desk.titles(scope=POOL)
    assert [] == await desk.titles(scope=UNIT)
    assert ["Ana's"] == await desk.titles(case_manager_id=desk.ana.id)
    # Whose list it is goes without saying: another one's cannot be asked for.
    assert [] == await desk.titles(by=desk.ana, case_manager_id=desk.ida.id)


async def test_tasks_are_found_by_whom_they_are_for(desk: Desk) -> None:
    """CM-11, CM-15: by person and by unit, among those that somebody sees."""
    await desk.write(pool=True, task={"title": "Anybody's"})
    for person in (desk.ana, desk.eva, desk.ida):
        await desk.write(by=person, task={"title": f"{person.given_name}'s"})
    sydney, perth = desk.ana.business_unit_id, desk.ida.business_unit_id
    assert ["Eva's"] == await desk.titles(assignee_id=desk.eva.id)
    assert ["Ana's", "Eva's"] == sorted(await desk.titles(business_unit_id=sydney))
    assert [] == await desk.titles(assignee_id=desk.eva.id, business_unit_id=perth)
    assert ["Eva's"] == await desk.titles(by=desk.ana, scope=UNIT, assignee_id=desk.eva.id)
    for wanted in ({"assignee_id": desk.eva.id}, {"assignee_id": desk.ida.id}, {"business_unit_id": perth}):
        assert [] == await desk.titles(by=desk.ana, **wanted)
    assert [] == await desk.titles(by=desk.ana, scope=UNIT, business_unit_id=perth)
    assert ["Ana's"] == await desk.titles(by=desk.ana, business_unit_id=sydney)


async def test_a_colleague_reads_and_takes_over(desk: Desk) -> None:
    """CM-11, CM-15: case managers read the tasks of their unit, and change one once it is theirs; others know none."""
    made = await desk.write(by=desk.ana)
    seen = await desk.act("GetTask", made, by=desk.eva)
    assert [res.Task.TAKE_OVER] == list(seen.actions)
    assert "Ana García" == seen.assignee_name
    for name, given in (("CompleteTask", {}), ("UpdateTask", {"task": pb.TaskPatch(note="Mine?")})):
        await refused("TASK_OF_COLLEAGUE", desk.act(name, made, by=desk.eva, **given))
    for name in ("GetTask", "CompleteTask", "ReopenTask", "ReassignTask"):
        await refused("TASK_NOT_FOUND", desk.act(name, made, by=desk.ida), NotFound)
    taken = await desk.act("ReassignTask", made, by=desk.eva)
    assert (desk.eva.id, made.due_time) == (taken.assignee_id, taken.due_time)
    await desk.act("CompleteTask", made, by=desk.eva)
    await refused("TASK_CLOSED", desk.act("ReassignTask", made, by=desk.ana))
    assert ["task.opened", "task.reassigned", "task.completed"] == await subjects(desk.world)


async def test_staff_give_a_task_to_somebody(desk: Desk) -> None:
    """CM-11: to anybody of the organization in service, and back to the pool."""
    made = await desk.write()
    for given in ({"assignee_id": desk.ida.id}, {"pool": True}, {"assignee_id": str(desk.world.staff_id)}, {}):
        made = await desk.act("ReassignTask", made, **given)
    assert (res.Task.STAFF, str(desk.world.staff_id)) == (made.assignee_kind, made.assignee_id)
    await refused("ASSIGNEE_NOT_FOUND", desk.act("ReassignTask", made, assignee_id=str(uuid4())), NotFound)
    await desk.world.deactivate(desk.ida)
    for answer in (desk.act("ReassignTask", made, assignee_id=desk.ida.id), desk.write(assignee_id=desk.ida.id)):
        await refused("ASSIGNEE_INVALID", answer, InvalidArgument)
    opened = ["task.opened", *["task.reassigned"] * 3]
    assert opened == await subjects(desk.world)


async def test_whoever_is_given_a_task_is_told(desk: Desk) -> None:
    """CM-11: in their language and zone, with the due time, and nothing of what is written; who takes it is not."""
    made = await desk.write(by=desk.ana)
    await desk.act("ReassignTask", made, by=desk.eva)
    given = await desk.act("ReassignTask", made, assignee_id=desk.ida.id)
    await desk.act("ReassignTask", given, assignee_id=str(desk.world.staff_id))
    await desk.act("ReassignTask", given, pool=True)
    [mail] = [each for each in await desk.world.offers() if each.template == "TASK_ASSIGNED"]
    assert ("TASK_ASSIGNED", desk.ida.email, f"https://portico.example/cm/tasks/{made.id}") == (
        mail.template,
        mail.recipient.address,
        mail.values["link"],
    )
    assert ("BY_HAND", made.due_time.ToJsonString(), PERTH, False) == (
        mail.values["task"],
        mail.values["due_time"],
        mail.values["time_zone"],
        any("solicitor" in value for value in mail.values.values()),
    )


async def test_a_specialist_has_tasks_of_their_own(desk: Desk) -> None:
    """CM-15: they write down and finish what is theirs, and see no other."""
    world = desk.world
    practice = Practice(world.deps, world.stub, world.people, world.clock, world.org_id, world.staff)
    rui, liu = await practice.specialist(), await practice.specialist(given_name="Liu")
    theirs = await practice.login_of(rui)
    for whom in (rui, liu):
        await desk.write(assignee_id=whom.id, task={"title": whom.given_name})
    found = await practice.call("ListTasks", pb.ListTasksRequest(), theirs)
    assert ["Rui"] == [task.title for task in found.tasks]
    assert "Dr Rui Zhang" == found.tasks[0].assignee_name
    [liu_task] = [task for task in await world.tasks() if task.title == "Liu"]
    with pytest.raises(NotFound):
        await practice.call("GetTask", pb.GetTaskRequest(task_id=liu_task.id), theirs)
    done = await practice.call("CompleteTask", pb.CompleteTaskRequest(task_id=found.tasks[0].id), theirs)
    assert res.Task.DONE == done.state
    patch = pb.TaskPatch(title="For Liu", due_date=(world.clock() + timedelta(days=1)).date().isoformat())
    for_liu = practice.call("CreateTask", pb.CreateTaskRequest(task=patch, assignee_id=liu.id), theirs)
    await refused("ASSIGNEE_INVALID", for_liu, InvalidArgument)


async def test_tasks_of_people_who_cannot_sign_in_stand_in_the_pool(desk: Desk) -> None:
    """CM-02, CM-11: as long as a login is not in use, staff find what its person has to do, and on whose behalf."""
    world = desk.world
    bea = await world.case_manager(company_id=desk.ana.company_id, given_name="Bea")
    await desk.write(assignee_id=bea.id, task={"title": "Bea's"})
    await desk.write(assignee_id=desk.ana.id, task={"title": "Ana's"})
    assert ["Bea's"] == await desk.titles(scope=POOL)
    [task] = (await desk.call("ListTasks", pb.ListTasksRequest(scope=POOL))).tasks
    assert (True, "Bea García", res.Task.CASE_MANAGER) == (task.on_behalf, task.assignee_name, task.assignee_kind)
    await world.enable(bea)
    await world.hear()
    assert ["Bea's"] == await desk.titles(scope=POOL)
    await world.disable_elsewhere(desk.ana)
    await world.hear()
    assert ["Ana's", "Bea's"] == sorted(await desk.titles(scope=POOL))


async def test_a_task_is_late_from_its_instant_on(desk: Desk) -> None:
    """CM-11: not a day, and not a microsecond, before; a done one is late no more."""
    made = await desk.write()
    due_time = made.due_time.ToDatetime(tzinfo=UTC)
    desk.world.later(seconds=(due_time - desk.world.clock()).total_seconds() - 1e-6)
    assert ([], False) == (await desk.titles(overdue=True), (await desk.act("GetTask", made)).overdue)
    desk.world.clock.now = due_time
    assert (["Call the solicitor"], True) == (
        await desk.titles(overdue=True),
        (await desk.act("GetTask", made)).overdue,
    )
    assert not (await desk.act("CompleteTask", made)).overdue
    assert [] == await desk.titles(overdue=True, state=res.Task.DONE)


async def test_tasks_of_a_booking(desk: Desk) -> None:
    """CM-11: they are found by booking, case and kind; whom they are for ends those that may end by hand."""
    case_id = new_id()
    report = await desk.derived(Kind.READ_REPORT, case_id=case_id)
    choose = await desk.derived(Kind.CHOOSE_OPTION)
    for wanted in (
        {"booking_id": str(report.booking_id)},
        {"case_id": str(case_id)},
        {"kind": res.Task.READ_REPORT},
        {"kind": res.Task.READ_REPORT, "booking_id": str(report.booking_id), "scope": MINE},
    ):
        [found] = (await desk.call("ListTasks", pb.ListTasksRequest(**wanted), desk.ana)).tasks
        assert (str(report.id), "B-000007", str(case_id)) == (found.id, found.booking_number, found.case_id)
    await refused("TASK_DERIVED", desk.act("CompleteTask", res.Task(id=str(choose.id)), by=desk.ana))
    await refused("TASK_DERIVED", desk.act("CompleteTask", res.Task(id=str(choose.id))))
    done = await desk.act("CompleteTask", res.Task(id=str(report.id)), by=desk.ana)
    assert (res.Task.DONE, desk.ana.login.account_id) == (done.state, done.done_by_id)
    # Whether the report is still to be read is the booking's to say, and nobody says so.
    await refused("TASK_DERIVED", desk.act("ReopenTask", done, by=desk.ana))


async def test_a_task_is_about_a_case_that_its_maker_sees(desk: Desk) -> None:
    """CM-11, CM-15: of a case somebody writes something down as far as they see it."""
    subject = cases_pb2.CaseSubjectPatch(given_name="Noah", family_name="Tran")
    patch = cases_pb2.CasePatch(case_manager_id=desk.ana.id, subject=subject)
    case = await desk.call("CreateCase", cases_pb2.CreateCaseRequest(case=patch))
    for by in (desk.ana, desk.eva, None):
        assert case.id == (await desk.write(by=by, case_id=case.id)).case_id
    assert 3 == len(await desk.titles(case_id=case.id))
    assert 1 == len(await desk.titles(by=desk.eva, case_id=case.id))
    for by, case_id in ((desk.ida, case.id), (None, str(uuid4()))):
        await refused("CASE_NOT_FOUND", desk.write(by=by, case_id=case_id), NotFound)


async def test_a_done_task_opens_again(desk: Desk) -> None:
    """CM-11: within seven days, with its due time; one that follows from a yes, while the login is still wanted."""
    made = await desk.write(by=desk.ana)
    await desk.act("CompleteTask", made, by=desk.ana)
    reopened = await desk.act("ReopenTask", made, by=desk.ana)
    assert (res.Task.OPEN, made.due_time, False) == (reopened.state, reopened.due_time, reopened.HasField("done_time"))
    await desk.act("CompleteTask", made, by=desk.ana)
    desk.world.later(days=7)
    await refused("TASK_CLOSED", desk.act("ReopenTask", made, by=desk.ana))

    person = await accepted(desk.world)
    [task] = await desk.world.tasks()
    await complete_by_hand(desk.world, task)
    assert res.Task.OPEN == (await desk.act("ReopenTask", task)).state
    await desk.world.enable(person)
    await refused("TASK_DERIVED", desk.act("ReopenTask", task))


async def test_what_is_open_goes_along_to_another_unit(desk: Desk) -> None:
    """CM-15: who moves to another unit takes their tasks along, and the former colleagues read them no more."""
    made = await desk.write(by=desk.ana)
    await desk.world.update(desk.ana, business_unit_id=desk.ida.business_unit_id)
    await refused("TASK_NOT_FOUND", desk.act("GetTask", made, by=desk.eva), NotFound)
    assert made.id == (await desk.act("GetTask", made, by=desk.ida)).id
    done = await desk.act("CompleteTask", made, by=desk.ana)
    assert res.Task.DONE == done.state


async def test_whoever_is_out_of_service_sees_and_makes_none(desk: Desk) -> None:
    """CM-15: a login that was switched off is nobody's from the next call on."""
    made = await desk.write(by=desk.ana)
    await desk.world.disable(desk.ana)
    for scope in (0, MINE, UNIT):
        assert [] == await desk.titles(by=desk.ana, scope=scope)
    await refused("TASK_NOT_FOUND", desk.act("GetTask", made, by=desk.ana), NotFound)
    await refused("ASSIGNEE_NOT_FOUND", desk.write(by=desk.ana), NotFound)
