"""Who has a booking, and how it is handed to somebody else: what they are told, and what goes along."""

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import cases_pb2

from chassis.call import Role
from chassis.ids import new_id
from services.casemanager.tests.desk import actions_of, at, refuses, slot, state_of
from services.casemanager.tests.matters import open_case, update_case

WHY = {"reason": res.CLIENT_REQUEST}


@pytest.fixture
def assign(desk):
    """Gives a booking to somebody, by staff."""

    async def given(booking, person, **more):
        return await desk.do("AssignBooking", booking, desk.staff, case_manager_id=person.id, **more)

    return given


async def holders(desk):
    """Whose the open tasks are, by kind."""
    return {task.kind.name: str(task.assignee.id) for task in await desk.tasks() if task.done_time is None}


async def test_a_booking_is_assigned(desk):
    """CM-08: to a colleague of the company, with its tasks; the former one is told that it is theirs no longer."""
    booking, (ben, as_ben) = await desk.confirmed(), await desk.colleague(business_unit_id="")
    await desk.last_mails()
    for other_id in (str(new_id()), (await desk.world.case_manager()).id):
        with refuses("CASE_MANAGER_NOT_FOUND"):
            await desk.do("AssignBooking", booking, desk.staff, case_manager_id=other_id)
    assigned = await desk.do("AssignBooking", booking, desk.staff, case_manager_id=ben.id, comment="Ana is on leave")
    assert (ben.id, "Ben García", 1, "") == (
        assigned.case_manager_id,
        assigned.case_manager_name,
        assigned.calendar_sequence,
        assigned.business_unit_id,
    )
    [task] = await desk.tasks()
    assert (ben.id, None, at(17, day=-7)) == (str(task.assignee.id), task.business_unit_id, task.due_time)
    confirmed = {("BOOKING_CONFIRMED", ben.email), ("BOOKING_CONFIRMED", desk.zhang.email)}
    assert {*confirmed, ("BOOKING_GIVEN_AWAY", desk.ana.email)} == {*await desk.last_mails()}
    # She may not open it any more.
    assert "booking_url" not in {each.template: each for each in await desk.mails()}["BOOKING_GIVEN_AWAY"].values
    assert "CONFIRMED" == state_of(await desk.get(booking, as_ben))
    with refuses("BOOKING_NOT_FOUND"):
        await desk.get(booking, desk.as_ana)
    cleo = await desk.world.deactivate(await desk.world.case_manager(desk.ana.company_id))
    with refuses("CASE_MANAGER_INACTIVE"):
        await desk.do("AssignBooking", booking, desk.staff, case_manager_id=cleo.id)


async def test_a_colleague_takes_over(desk):
    """CM-08, CM-15: of the same unit, who until then reads alone."""
    booking = await desk.request()
    (ben, as_ben), (_, as_cleo) = await desk.colleague(), await desk.colleague(business_unit_id="")
    assert ["TAKE_OVER"] == actions_of(await desk.get(booking, as_ben))
    for name, given in (("CancelBooking", WHY), ("UpdateBooking", {"booking": pb.BookingPatch(note="Mine")})):
        with refuses("ACTION_NOT_ALLOWED"):
            await desk.do(name, booking, as_ben, **given)
    with refuses("BOOKING_NOT_FOUND"):
        await desk.do("TakeOverBooking", booking, as_cleo)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("TakeOverBooking", booking)
    taken = await desk.do("TakeOverBooking", booking, as_ben)
    assert (ben.id, ["UPLOAD_PAPERWORK", "CANCEL", "UPDATE"]) == (taken.case_manager_id, actions_of(taken))
    assert ["TAKE_OVER"] == actions_of(await desk.get(booking, desk.as_ana))


async def test_who_has_it_already_is_told_nothing(desk, assign):
    """CM-08: giving a booking to whose it is changes nothing of it, and calls nothing off."""
    booking = await desk.confirmed()
    await desk.last_mails()
    kept = await assign(booking, desk.ana)
    assert (desk.ana.id, booking.calendar_sequence) == (kept.case_manager_id, kept.calendar_sequence)
    assert [] == await desk.last_mails()


async def test_who_takes_over_is_told_whose_it_was(desk):
    """CM-08: the former case manager of the unit reads it on, and finds the way to it."""
    booking, (_, as_ben) = await desk.confirmed(), await desk.colleague()
    await desk.do("TakeOverBooking", booking, as_ben)
    [mail] = [each for each in await desk.mails() if each.template == "BOOKING_GIVEN_AWAY"]
    assert (desk.ana.email, f"https://portico.example/cm/bookings/{booking.id}") == (
        mail.recipient.address,
        mail.values["booking_url"],
    )


async def test_who_gets_an_offer_reads_the_times(desk, assign):
    """CM-08, CM-11: whoever is to choose now is told, with the task, whose due time stays."""
    offered, (ben, _) = await desk.offered(at(9), at(10)), await desk.colleague()
    due_time = (await desk.tasks())[-1].due_time
    await desk.last_mails()
    await assign(offered, ben)
    assert [("BOOKING_OFFERED", ben.email)] == await desk.last_mails()
    assert 2 == (await desk.mails())[-1].values["options"].count('"start_time"')
    task = (await desk.tasks())[-1]
    assert ("CHOOSE_OPTION", ben.id, due_time) == (task.kind.name, str(task.assignee.id), task.due_time)
    assert "reassigned" == (await desk.told_of_tasks())[-1]


async def test_who_gets_a_task_alone_is_told_of_it(desk, assign):
    """CM-11: where no time is held, and once the appointment has begun, the task says what there is to do."""
    offered, confirmed = await desk.offered(at(11)), await desk.confirmed(at(9))
    (ben, _), (cleo, as_cleo) = await desk.colleague(), await desk.colleague(given_name="Cleo")
    desk.world.later(hours=48)
    await desk.last_mails()
    await assign(offered, ben)
    assert [("TASK_ASSIGNED", ben.email)] == await desk.last_mails()
    values = (await desk.mails())[-1].values
    assert ("CHOOSE_OPTION", offered.number) == (values["task"], values["booking_number"])
    # Who takes it needs no message.
    await desk.do("TakeOverBooking", offered, as_cleo)
    assert (cleo.id, []) == ((await holders(desk))["CHOOSE_OPTION"], await desk.last_mails())
    desk.world.clock.now = at(9)
    await assign(confirmed, ben)
    # A time that is over is not confirmed to anybody.
    assert [("BOOKING_GIVEN_AWAY", desk.ana.email), ("TASK_ASSIGNED", ben.email)] == await desk.last_mails()


async def test_who_looks_after_it_now_is_told_what_there_is_to_do(desk):
    """CM-11: to whom staff hand a request they hand its task, with a message; who does it for themselves needs none."""
    asked, boss = await desk.request(), str(desk.world.staff_id)
    by_other = desk.world.as_role(Role.STAFF)
    await desk.last_mails()
    await desk.update(asked, metadata=by_other, responsible_staff_id=boss)
    assert [("TASK_ASSIGNED", "boss@harbour.example")] == await desk.last_mails()
    values = (await desk.mails())[-1].values
    assert ("ANSWER_REQUEST", asked.number) == (values["task"], values["booking_number"])
    assert "reassigned" == (await desk.told_of_tasks())[-1]
    await desk.update(asked, "responsible_staff_id", metadata=by_other)
    await desk.update(asked, metadata=desk.staff, responsible_staff_id=boss)
    assert ([], {"ANSWER_REQUEST": boss}) == (await desk.last_mails(), await holders(desk))
    assert ["reassigned"] * 3 == (await desk.told_of_tasks())[-3:]


async def test_who_has_a_booking_books_again(desk, assign):
    """CM-08: whoever it was given to asks for the next one of its case, and reads it; others do not."""
    booking = await desk.request()
    (ben, as_ben), (_, as_cleo) = await desk.colleague(business_unit_id=""), await desk.colleague()
    get_case = cases_pb2.GetCaseRequest(case_id=desk.case.id)
    with refuses("CASE_NOT_FOUND"):
        await desk.call("GetCase", get_case, as_ben)
    await assign(booking, ben)
    await desk.cancel(booking, as_ben)
    case = await desk.call("GetCase", get_case, as_ben)
    assert ((desk.case.number, "Noah"), []) == ((case.number, case.subject.given_name), list(case.allowed_actions))
    rebooked = await desk.request(as_ben, slot=slot(desk.mornings, at(9)), rebooked_from_id=booking.id)
    expected = (ben.id, booking.id, "CONFIRMED")
    assert expected == (rebooked.case_manager_id, rebooked.rebooked_from_id, state_of(rebooked))
    for given in ({}, {"case_manager_id": desk.ana.id, "rebooked_from_id": booking.id}):
        with refuses("CASE_MANAGER_NOT_FOUND" if given else "CASE_NOT_FOUND"):
            await desk.request(as_ben, **given)
    anas = await desk.cancel(await desk.request())
    with refuses("CASE_NOT_FOUND"):
        await desk.request(as_cleo, rebooked_from_id=anas.id)


async def test_a_case_that_went_to_another_company_is_that_ones(desk, assign):
    """CM-07, CM-15: whoever has a booking of a case reads it until it is another company's."""
    booking, (ben, as_ben) = await desk.request(), await desk.colleague(business_unit_id="")
    await assign(booking, ben)
    get_case = cases_pb2.GetCaseRequest(case_id=desk.case.id)
    await desk.call("GetCase", get_case, as_ben)
    stranger = await desk.world.case_manager()
    await update_case(desk.world, desk.case, "case_manager_id", case_manager_id=stranger.id)
    for metadata in (as_ben, desk.as_ana):
        with refuses("CASE_NOT_FOUND"):
            await desk.call("GetCase", get_case, metadata)


async def test_a_booking_is_booked_again_for_its_own_case(desk):
    """CM-08: what takes a booking's place is of the same case."""
    booking, other = await desk.cancel(await desk.request()), await open_case(desk.world, desk.ana)
    for metadata in (desk.as_ana, desk.staff):
        with refuses("BOOKING_NOT_FOUND"):
            await desk.request(metadata, other, rebooked_from_id=booking.id)
