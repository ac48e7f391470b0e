"""Whose booking a task is about, as far as who reads it may know (CM-11, CM-15)."""

from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1 import tasks_pb2 as pb

from chassis.call import Role
from services.casemanager.tests.desk import at, login


async def listed(desk, by=None, **wanted):
    """The tasks that somebody finds, by kind."""
    found = await desk.call("ListTasks", pb.ListTasksRequest(**wanted), by)
    return {res.Task.Kind.Name(task.kind): task for task in found.tasks}


async def told(desk, booking, by, assignee_id):
    """Whose booking it is to somebody for whom staff have written down something about it, and of which company."""
    patch = pb.TaskPatch(title="Call the solicitor", due_date="2026-03-02")
    request = pb.CreateTaskRequest(task=patch, booking_id=booking.id, assignee_id=assignee_id)
    made = await desk.call("CreateTask", request)
    task = (await listed(desk, by, booking_id=booking.id))["BY_HAND"]
    assert booking.number == task.booking_number
    assert task == await desk.call("GetTask", pb.GetTaskRequest(task_id=made.id), by)
    await desk.call("CompleteTask", pb.CompleteTaskRequest(task_id=made.id))
    return task.booking_case_manager_id, task.booking_case_manager_name, task.company_name.partition(" ")[0]


async def test_staff_read_whose_booking_a_task_is_about(desk):
    """CM-11: of what is anybody's, of what is a specialist's, and after it was given to another case manager."""
    ana, company = (desk.ana.id, "Ana García"), desk.ana.company_name
    asked = await desk.request()
    task = (await listed(desk))["ANSWER_REQUEST"]
    assert (res.Task.POOL, *ana, company) == (
        task.assignee_kind,
        task.booking_case_manager_id,
        task.booking_case_manager_name,
        task.company_name,
    )
    ben, _ = await desk.colleague()
    await desk.do("AssignBooking", asked, desk.staff, case_manager_id=ben.id)
    task = (await listed(desk))["ANSWER_REQUEST"]
    assert (ben.id, "Ben García") == (task.booking_case_manager_id, task.booking_case_manager_name)
    confirmed = await desk.confirmed()
    desk.world.clock.now = at(10)
    await desk.do("RecordOutcome", confirmed, desk.staff, outcome="ATTENDED")
    task = (await listed(desk))["FILE_REPORT"]
    assert ("Dr Rui Zhang", *ana, company) == (
        task.assignee_name,
        task.booking_case_manager_id,
        task.booking_case_manager_name,
        task.company_name,
    )


async def test_case_managers_read_of_their_unit_alone(desk):
    """CM-15: of a booking that they do not see a task says its number, and nothing of its case manager."""
    booking, (ben, as_ben) = await desk.confirmed(), await desk.colleague()
    cleo, as_cleo = await desk.colleague(business_unit_id="")
    outsider = await desk.world.case_manager((await desk.world.company("Southwind")).id)
    as_outsider = await login(desk.world, outsider.id, Role.CASE_MANAGER)
    whose = (desk.ana.id, "Ana García", "Northwind")
    assert whose == await told(desk, booking, desk.as_ana, desk.ana.id)
    assert whose == await told(desk, booking, as_ben, ben.id)
    assert ("", "", "Northwind") == await told(desk, booking, as_cleo, cleo.id)
    assert ("", "", "Southwind") == await told(desk, booking, as_outsider, outsider.id)


async def test_a_specialist_reads_of_their_own_appointments(desk):
    """CM-15: not of what is only asked for, nor of what will not be; of whose company never."""
    zhang, asked, booking = await desk.as_zhang(), await desk.request(), await desk.confirmed()
    assert ("", "", "") == await told(desk, asked, zhang, desk.zhang.id)
    assert (desk.ana.id, "Ana García", "") == await told(desk, booking, zhang, desk.zhang.id)
    await desk.cancel(booking)
    assert ("", "", "") == await told(desk, booking, zhang, desk.zhang.id)


async def test_a_task_stays_with_who_took_it(desk):
    """CM-11: whatever is written of a booking, until somebody else looks after it."""
    asked, boss = await desk.request(), str(desk.world.staff_id)
    [task] = await desk.tasks()
    await desk.call("ReassignTask", pb.ReassignTaskRequest(task_id=str(task.id), assignee_id=boss))
    await desk.update(asked, note="By the window")
    await desk.update(asked, metadata=desk.staff, note="")
    assert boss == (await listed(desk))["ANSWER_REQUEST"].assignee_id
    await desk.update(asked, metadata=desk.staff, responsible_staff_id=boss)
    await desk.update(asked, "responsible_staff_id", metadata=desk.staff)
    assert res.Task.POOL == (await listed(desk))["ANSWER_REQUEST"].assignee_kind
