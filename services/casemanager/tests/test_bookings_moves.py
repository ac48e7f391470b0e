"""Moving bookings, what became of them, and what is written of them."""

from datetime import UTC, timedelta

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import companies_pb2, specialists_pb2
from portico.casemanager.v1 import schedule_resources_pb2 as schedules

from casemanager.tasks.domain.task import AssigneeKind, State
from chassis.errors import Denied, InvalidArgument
from chassis.ids import new_id
from services.casemanager.tests.desk import actions_of, at, own_time, refuses, slot, state_of, wishes

HOUR = timedelta(hours=1)
WHY = {"reason": res.CLIENT_REQUEST}
CAME, MISSED = pb.RecordOutcomeRequest.ATTENDED, pb.RecordOutcomeRequest.NOT_ATTENDED


async def test_a_move_keeps_the_booking(desk):
    """CM-10, B-09: number, papers and history stay; the sequence rises with each move; what is due follows."""
    booking = await desk.confirmed(at(9))
    await desk.last_mails()
    moved = await desk.do("RescheduleBooking", booking, slot=slot(desk.mornings, at(10, day=1)), **WHY)
    assert (booking.number, "CONFIRMED", at(10, day=1), 1, at(17, day=-6)) == (
        moved.number,
        state_of(moved),
        moved.start_time.ToDatetime(UTC),
        moved.calendar_sequence,
        moved.paperwork_due_time.ToDatetime(UTC),
    )
    assert [at(10, day=1)] == [each.start_time for each in await desk.reserved()]
    [task] = await desk.tasks()
    assert at(17, day=-6) == task.due_time
    assert {("BOOKING_CHANGED", desk.ana.email), ("BOOKING_CHANGED", desk.zhang.email)} == {*await desk.last_mails()}
    values = (await desk.mails())[-1].values
    assert ("2026-03-03T09:00:00Z", "2026-03-04T10:00:00Z", "CLIENT_REQUEST") == (
        values["old_start_time"],
        values["start_time"],
        values["reason"],
    )
    twice = await desk.do("RescheduleBooking", moved, slot=slot(desk.mornings, at(11, day=1)), **WHY)
    cancelled = await desk.cancel(twice)
    assert [2, 3] == [twice.calendar_sequence, cancelled.calendar_sequence]
    assert [
        "start_time: 2026-03-03T09:00:00Z → 2026-03-04T10:00:00Z",
        "end_time: 2026-03-03T10:00:00Z → 2026-03-04T11:00:00Z",
    ] == list((await desk.history(booking))[2].changes)
    assert ["requested", "confirmed", "rescheduled", "rescheduled", "cancelled"] == await desk.told()


async def test_a_move_over_its_own_time(desk):
    """CM-09, B-04: 11:30 to 12:30 moves to 11:45: one reservation, sequence 1."""
    booking = await desk.request(desk.staff, time=own_time(desk.zhang, at(20.5)))
    moved = await desk.do("RescheduleBooking", booking, desk.staff, time=own_time(desk.zhang, at(20.75)), **WHY)
    assert (1, [(at(20.75), at(21.75))]) == (
        moved.calendar_sequence,
        [(each.start_time, each.end_time) for each in await desk.reserved()],
    )


async def test_a_lost_move_keeps_its_time(desk):
    """CM-09, B-01: to a time that is taken nothing moves, and the next slots are named."""
    booking, _ = await desk.confirmed(at(9)), await desk.confirmed(at(10))
    with refuses("SLOT_TAKEN") as refused:
        await desk.do("RescheduleBooking", booking, slot=slot(desk.mornings, at(10)), **WHY)
    assert refused.value.metadata["next_slots"].startswith(f"{desk.mornings.id}@2026-03-03T11:00:00Z")
    assert booking == await desk.get(booking, desk.as_ana)
    assert {at(9), at(10)} == {each.start_time for each in await desk.reserved()}


async def test_where_a_case_manager_moves_to(desk):
    """CM-08: AVAILABLE slots of the same specialist or specialty, until 48 hours before; staff wherever."""
    booking = await desk.confirmed(at(9))
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RescheduleBooking", booking, slot=slot(desk.afternoons, at(13)), **WHY)
    with pytest.raises(Denied):
        await desk.do("RescheduleBooking", booking, time=own_time(desk.zhang, at(20)), **WHY)
    same = await desk.practice.specialist(
        time_zone="UTC", specialties=["ORTHOPAEDICS", "REHABILITATION"], email="s@h.example"
    )
    other = await desk.practice.specialist(time_zone="UTC", specialties=["PSYCHIATRY"])
    theirs, others = await desk.practice.availability(same), await desk.practice.availability(other)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RescheduleBooking", booking, slot=slot(others, at(9)), **WHY)
    await desk.last_mails()
    moved = await desk.do("RescheduleBooking", booking, slot=slot(theirs, at(9)), **WHY)
    assert ([], [at(9)]) == (await desk.reserved(), [each.start_time for each in await desk.reserved(same)])
    assert {
        ("BOOKING_CHANGED", desk.ana.email),
        ("BOOKING_CHANGED", "s@h.example"),
        ("BOOKING_GIVEN_AWAY", desk.zhang.email),
    } == {*await desk.last_mails()}
    assert "booking_url" not in {each.template: each for each in await desk.mails()}["BOOKING_GIVEN_AWAY"].values
    with refuses("BOOKING_NOT_FOUND"):
        await desk.get(moved, await desk.as_zhang())
    desk.world.clock.now = at(9) - 48 * HOUR + timedelta(seconds=1)
    with refuses("TOO_LATE"):
        await desk.do("RescheduleBooking", moved, slot=slot(theirs, at(10)), **WHY)
    assert "CONFIRMED" == state_of(
        await desk.do("RescheduleBooking", moved, desk.staff, slot=slot(others, at(9)), **WHY)
    )
    past = own_time(desk.zhang, desk.world.clock() - HOUR)
    with refuses("TOO_LATE"):
        await desk.do("RescheduleBooking", moved, desk.staff, time=past, **WHY)


async def test_the_same_time_at_another_place(desk):
    """CM-08: a change of place or mode alone is a move, too."""
    booking = await desk.confirmed(at(9))
    place = await desk.practice.place("Bondi", time_zone="UTC")
    in_bondi = own_time(desk.zhang, at(9), mode=schedules.IN_PERSON, place_id=place.id)
    moved = await desk.do("RescheduleBooking", booking, desk.staff, time=in_bondi, **WHY)
    assert ("Bondi", schedules.IN_PERSON, 1) == (moved.place_name, moved.mode, moved.calendar_sequence)
    assert ["mode: TELEHEALTH → IN_PERSON", "place_name: – → Bondi"] == list((await desk.history(moved))[0].changes)


async def test_a_move_is_asked_for(desk):
    """CM-08, CM-11: one at a time; staff move the booking or decline with words; either way their task is done."""
    booking = await desk.confirmed()
    with pytest.raises(Denied):
        await desk.do("RequestMove", booking, desk.staff, wishes=wishes(), **WHY)
    window = (at(0, day=7), at(0, day=9))
    asked = await desk.do("RequestMove", booking, wishes=wishes(window), reason=res.OTHER, comment="Travels")
    assert ("Travels", [window]) == (
        asked.move_request.comment,
        [(each.start_time.ToDatetime(UTC), each.end_time.ToDatetime(UTC)) for each in asked.move_request.wishes],
    )
    assert ["ANSWER_MOVE", "UPLOAD_PAPERWORK"] == sorted(await desk.open_tasks())
    assert "REQUEST_MOVE" not in actions_of(asked)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RequestMove", booking, wishes=wishes(), **WHY)
    declined = await desk.do("DeclineMove", asked, desk.staff, comment="Nothing else is free")
    assert not declined.HasField("move_request")
    assert ["UPLOAD_PAPERWORK"] == await desk.open_tasks()
    assert "Nothing else is free" == (await desk.history(booking, desk.as_ana))[0].comment
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("DeclineMove", asked, desk.staff, comment="Again")
    slot_asked = await desk.do("RequestMove", declined, slot=slot(desk.afternoons, at(14)), **WHY)
    assert (desk.afternoons.id, at(14)) == (
        slot_asked.move_request.availability_id,
        slot_asked.move_request.start_time.ToDatetime(UTC),
    )
    moved = await desk.do("RescheduleBooking", booking, desk.staff, slot=slot(desk.afternoons, at(14)), **WHY)
    assert not moved.HasField("move_request")
    assert ["UPLOAD_PAPERWORK"] == await desk.open_tasks()
    ended = [task.state for task in await desk.tasks() if task.kind.name == "ANSWER_MOVE"]
    assert [State.DONE, State.DONE] == ended
    desk.world.clock.now = at(14)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RequestMove", moved, wishes=wishes(), **WHY)


async def test_what_became_of_it(desk):
    """CM-08, CM-11: once it has begun the specialist or staff say it; staff correct it; the tasks follow."""
    booking, as_zhang = await desk.confirmed(), await desk.as_zhang()
    with pytest.raises(Denied):
        await desk.do("RecordOutcome", booking, outcome=CAME)
    with refuses("TOO_EARLY"):
        await desk.do("RecordOutcome", booking, as_zhang, outcome=CAME)
    desk.world.clock.now = at(9)
    came = await desk.do("RecordOutcome", booking, as_zhang, outcome=CAME, comment="On time")
    assert ("ATTENDED", at(9), at(17, day=14)) == (
        state_of(came),
        came.outcome_time.ToDatetime(UTC),
        came.report_due_time.ToDatetime(UTC),
    )
    assert ["FILE_REPORT"] == await desk.open_tasks()
    [report] = [task for task in await desk.tasks() if task.done_time is None]
    assert (AssigneeKind.SPECIALIST, desk.zhang.id) == (report.assignee.kind, str(report.assignee.id))
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RecordOutcome", booking, as_zhang, outcome=MISSED)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("RecordOutcome", booking, desk.staff, outcome=CAME)
    missed = await desk.do("RecordOutcome", booking, desk.staff, outcome=MISSED)
    assert ("NOT_ATTENDED", False) == (state_of(missed), missed.HasField("report_due_time"))
    assert ["REBOOK"] == await desk.open_tasks()
    await desk.do("RecordOutcome", booking, desk.staff, outcome=CAME)
    assert ["FILE_REPORT"] == await desk.open_tasks()
    assert "Dr Rui Zhang" == (await desk.history(booking))[2].actor_name


async def test_the_kind_of_a_cancellation_is_corrected(desk):
    """CM-10: by staff, once it is cancelled; the history keeps both."""
    booking = await desk.confirmed()
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("SetCancellationKind", booking, desk.staff, kind="CHARGEABLE")
    await desk.cancel(booking)
    kept = await desk.do("SetCancellationKind", booking, desk.staff, kind="CHARGEABLE", comment="Agreed")
    assert res.Cancellation.CHARGEABLE == kept.cancellation.kind
    assert ["kind: NO_FEE → CHARGEABLE"] == list((await desk.history(booking))[0].changes)


async def test_what_is_written_of_a_booking(desk):
    """CM-08: note and wishes by its case manager, wishes until it is confirmed, who looks after it by staff."""
    booking, window = await desk.request(), (at(0, day=7), at(0, day=9))
    windows = wishes(window).windows
    written = await desk.update(booking, note=" By the window ", wishes=windows)
    assert ("By the window", list(windows)) == (written.note, list(written.wishes))
    assert [] == list((await desk.update(booking, "wishes")).wishes)
    with pytest.raises(InvalidArgument):
        await desk.update(booking, responsible_staff_id=str(desk.world.staff_id))
    with refuses("STAFF_NOT_FOUND"):
        await desk.update(booking, metadata=desk.staff, responsible_staff_id=str(new_id()))
    looked_after = await desk.update(booking, metadata=desk.staff, responsible_staff_id=str(desk.world.staff_id))
    assert str(desk.world.staff_id) == looked_after.responsible_staff_id
    [task] = await desk.tasks()
    assert (AssigneeKind.STAFF, desk.world.staff_id) == (task.assignee.kind, task.assignee.id)
    assert [booking.id] == await desk.listed(scope="MINE")
    confirmed = await desk.confirmed()
    with pytest.raises(InvalidArgument):
        await desk.update(confirmed, wishes=windows)
    assert ["note", "wishes"] == list((await desk.history(booking))[2].changes)


async def test_notes_are_for_staff(desk):
    """CM-15: a note of staff stands in the history for staff, and for nobody else."""
    booking = await desk.request()
    await desk.do("AddBookingNote", booking, desk.staff, note="Called twice")
    assert ["REQUESTED", "NOTE_ADDED"] == await desk.kinds(booking)
    assert ["REQUESTED"] == await desk.kinds(booking, desk.as_ana)
    assert "" == (await desk.history(booking, desk.as_ana))[0].actor_id
    with pytest.raises(Denied):
        await desk.do("AddBookingNote", booking, note="Mine")


async def test_who_is_told(desk):
    """CM-01, CM-02: the company's address as well; nobody out of service, for whom the company's stands in."""
    company = companies_pb2.CompanyPatch(booking_email="bookings@northwind.example")
    request = companies_pb2.UpdateCompanyRequest(company_id=desk.ana.company_id, company=company)
    await desk.call("UpdateCompany", request)
    ben = await desk.world.case_manager(desk.ana.company_id)
    booking = await desk.request(desk.staff, case_manager_id=ben.id, slot=slot(desk.mornings, at(9)))
    everybody = {ben.email, desk.zhang.email, "bookings@northwind.example"}
    assert {("BOOKING_CONFIRMED", address) for address in everybody} == {*await desk.last_mails()}
    await desk.world.deactivate(ben)
    await desk.cancel(booking, desk.staff)
    told = await desk.last_mails()
    assert sorted(("BOOKING_CANCELLED", address) for address in everybody - {ben.email}) == told


async def test_each_is_told_in_their_language(desk):
    """CM-08: specialist and case manager are written to in the language of their profile."""
    request = specialists_pb2.UpdateSpecialistRequest(
        specialist_id=desk.zhang.id, specialist=specialists_pb2.SpecialistPatch(language="es")
    )
    await desk.practice.call("UpdateSpecialist", request)
    await desk.request(slot=slot(desk.mornings, at(9)))
    languages = {mail.recipient.address: mail.recipient.language for mail in await desk.mails()}
    assert {desk.zhang.email: "es", desk.ana.email: "en"} == languages
