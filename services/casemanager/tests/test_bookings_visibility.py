"""Who sees which bookings, and what of them; lists page by page."""

from typing import Any

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import case_resources_pb2 as cases
from portico.casemanager.v1 import cases_pb2, tasks_pb2
from portico.casemanager.v1.resources_pb2 import Company, Task

from chassis.call import Role
from chassis.errors import Denied, InvalidArgument, NotFound, Unauthenticated
from chassis.ids import new_id
from services.casemanager.tests.desk import Desk, actions_of, at, login, own_time, refuses, slot, state_of
from services.casemanager.tests.matters import open_case
from services.casemanager.tests.world import World

STAFF = {Role.STAFF_ADMIN, Role.STAFF}
MANAGERS = {*STAFF, Role.CASE_MANAGER}
ALL = {*MANAGERS, Role.SPECIALIST}
WHY: dict[str, Any] = {"reason": res.CLIENT_REQUEST}


def requests(desk, booking_id):
    """A request of each RPC about a booking, with the roles that may make it."""
    which = {"booking_id": booking_id}
    choice = slot(desk.mornings, at(11))
    yield "GetBooking", ALL, pb.GetBookingRequest(**which)
    yield "ListBookingHistory", MANAGERS, pb.ListBookingHistoryRequest(**which)
    yield "OfferOptions", STAFF, pb.OfferOptionsRequest(options=[pb.OfferedTime(slot=choice)], **which)
    yield "ConfirmOption", MANAGERS, pb.ConfirmOptionRequest(option_id=str(new_id()), **which)
    yield "RefuseOptions", MANAGERS, pb.RefuseOptionsRequest(**which, **WHY)
    yield "AcceptRequest", STAFF, pb.AcceptRequestRequest(**which)
    yield "DeclineBooking", STAFF, pb.DeclineBookingRequest(**which, **WHY)
    yield "CancelBooking", MANAGERS, pb.CancelBookingRequest(kind=res.Cancellation.NO_FEE, **which, **WHY)
    yield "RescheduleBooking", MANAGERS, pb.RescheduleBookingRequest(slot=choice, **which, **WHY)
    yield "RequestMove", {Role.CASE_MANAGER}, pb.RequestMoveRequest(slot=choice, **which, **WHY)
    yield "DeclineMove", STAFF, pb.DeclineMoveRequest(comment="No", **which)
    yield (
        "RecordOutcome",
        ALL - {Role.CASE_MANAGER},
        pb.RecordOutcomeRequest(outcome=pb.RecordOutcomeRequest.ATTENDED, **which),
    )
    yield "AssignBooking", STAFF, pb.AssignBookingRequest(case_manager_id=desk.ana.id, **which)
    yield "TakeOverBooking", {Role.CASE_MANAGER}, pb.TakeOverBookingRequest(**which)
    yield "SetCancellationKind", STAFF, pb.SetCancellationKindRequest(kind=res.Cancellation.NO_FEE, **which)
    yield "UpdateBooking", MANAGERS, pb.UpdateBookingRequest(booking=pb.BookingPatch(note="Mine"), **which)
    yield "AddBookingNote", STAFF, pb.AddBookingNoteRequest(note="Mine", **which)


async def test_who_is_refused(desk):
    """CM-15, OP-11: other roles, nobody at all, and whoever does not see the booking: which is none to them."""
    booking = await desk.request()
    before = await desk.get(booking)
    elsewhere = desk.world.people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    for name, roles, request in requests(desk, booking.id):
        for role in {Role.CASE_MANAGER, Role.SPECIALIST, Role.FAMILY, *STAFF} - roles:
            with pytest.raises(Denied):
                await desk.call(name, request, desk.world.as_role(role))
        with pytest.raises(Unauthenticated):
            await getattr(desk.world.stub, name)(request, metadata=(("x-test-peer", "gateway"),))
        blind = [desk.world.as_role(role) for role in roles - STAFF]
        blind += [elsewhere] if roles & STAFF else []
        for metadata in blind:
            with pytest.raises(NotFound):
                await desk.call(name, request, metadata)
    assert before == await desk.get(booking)


async def test_what_everybody_sees(desk):
    """CM-15: own and unit read all, a specialist what was confirmed of them, without what concerns the company."""
    held = await desk.offered(at(10))
    booking = await desk.request(slot=slot(desk.mornings, at(9)), note="For you alone")
    as_zhang = await desk.as_zhang()
    (_, as_ben), (_, as_cleo) = await desk.colleague(), await desk.colleague(business_unit_id="")
    theirs = await desk.get(booking, as_zhang)
    assert ("Noah Tran", "IME", "Ana García", []) == (
        theirs.subject_name,
        theirs.service_type,
        theirs.case_manager_name,
        actions_of(theirs),
    )
    assert not theirs.cancellation_kind_now
    assert ("For you alone", "") == ((await desk.get(booking)).note, theirs.note)
    assert ("", "") == (theirs.company_id, theirs.company_name)
    for metadata in (as_zhang, as_cleo):
        with refuses("BOOKING_NOT_FOUND"):
            await desk.get(held, metadata)
    assert "CONFIRMED" == state_of(await desk.get(booking, as_ben))
    await desk.cancel(booking)
    assert res.Booking(
        id=booking.id,
        number=booking.number,
        state=res.Booking.CANCELLED,
        state_time=(await desk.get(booking)).state_time,
        start_time=booking.start_time,
        end_time=booking.end_time,
        time_zone="UTC",
        etag="2",
    ) == await desk.get(booking, as_zhang)
    dan = await desk.world.active(company_id=desk.ana.company_id, business_unit_id=desk.ana.business_unit_id)
    assert "CANCELLED" == state_of(await desk.get(booking, desk.world.as_person(dan)))
    await desk.world.deactivate(dan)
    with refuses("BOOKING_NOT_FOUND"):
        await desk.get(booking, desk.world.as_person(dan))


async def test_what_staff_say_to_staff(desk):
    """CM-15: of an assignment and of what a cancellation cost case managers read that it was, and not why."""
    booking, (ben, as_ben) = await desk.confirmed(), await desk.colleague()
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=ben.id, comment="Ana is slow")
    await desk.cancel(booking, desk.staff, comment="He is ill")
    await desk.do("SetCancellationKind", booking, desk.staff, kind="CHARGEABLE", comment="They pay late")
    for metadata, words in (
        (desk.staff, ["They pay late", "He is ill", "Ana is slow", ""]),
        (as_ben, ["", "He is ill", "", ""]),
        (desk.as_ana, ["", "He is ill", "", ""]),
    ):
        assert words == [entry.comment for entry in await desk.history(booking, metadata)]
    assert ["kind: NO_FEE → CHARGEABLE"] == list((await desk.history(booking, as_ben))[0].changes)


async def test_an_open_booking_goes_along_to_another_unit(desk):
    """CM-15: while it is open the unit of its case manager reads it, once it is over the one that it was in."""
    open_one, over = await desk.request(), await desk.cancel(await desk.request())
    _, as_ben = await desk.colleague()
    assert {open_one.id, over.id} == {*await desk.listed(as_ben)}
    perth = await desk.world.unit(Company(id=desk.ana.company_id), "Perth")
    await desk.world.update(desk.ana, business_unit_id=perth.id)
    _, as_dan = await desk.colleague(business_unit_id=perth.id)
    assert ([over.id], [open_one.id]) == (await desk.listed(as_ben), await desk.listed(as_dan))
    with refuses("BOOKING_NOT_FOUND"):
        await desk.get(open_one, as_ben)
    assert {open_one.id, over.id} == {*await desk.listed(desk.as_ana)}


async def test_what_follows_from_a_booking_that_is_over_stays(desk):
    """CM-15, CM-11: with the unit of the booking, as whoever reads that does; what is open goes along."""
    missed, _ = await desk.confirmed(at(9)), await desk.confirmed(at(9, day=7))
    desk.world.clock.now = at(10)
    await desk.do("RecordOutcome", missed, desk.staff, outcome="NOT_ATTENDED")
    perth = await desk.world.unit(Company(id=desk.ana.company_id), "Perth")
    await desk.world.update(desk.ana, business_unit_id=perth.id)
    (_, as_ben), (_, as_dan) = await desk.colleague(), await desk.colleague(business_unit_id=perth.id)
    for metadata, kinds in ((as_ben, {"REBOOK"}), (as_dan, {"UPLOAD_PAPERWORK"})):
        found = await desk.call(
            "ListTasks", tasks_pb2.ListTasksRequest(scope=tasks_pb2.ListTasksRequest.UNIT), metadata
        )
        assert kinds == {Task.Kind.Name(task.kind) for task in found.tasks}


async def test_lists(desk):
    """CM-14, CM-15: each sees theirs, by effective state and case; MINE is the caller's own."""
    requested, offered = await desk.request(), await desk.offered(at(11))
    confirmed, cancelled = await desk.confirmed(), await desk.cancel(await desk.request())
    ben, as_ben = await desk.colleague()
    bens = await desk.request(desk.staff, case_manager_id=ben.id)
    every = [bens.id, cancelled.id, confirmed.id, offered.id, requested.id]
    assert every == await desk.listed() == await desk.listed(desk.as_ana) == await desk.listed(as_ben)
    assert (every[1:], [bens.id]) == (
        await desk.listed(desk.as_ana, scope="MINE"),
        await desk.listed(as_ben, scope="MINE"),
    )
    assert [confirmed.id] == await desk.listed(await desk.as_zhang())
    for metadata in (None, desk.as_ana):
        assert [bens.id, requested.id] == await desk.listed(metadata, states=["REQUESTED"])
        assert [cancelled.id, offered.id] == await desk.listed(metadata, states=["CANCELLED", "OFFERED"])
        assert [] == await desk.listed(metadata, states=["EXPIRED", "ATTENDED"])
    other = await desk.request(case=await open_case(desk.world, desk.ana))
    assert [other.id] == await desk.listed(desk.as_ana, case_id=other.case_id)
    assert [] == await desk.listed(desk.world.as_role(Role.CASE_MANAGER))
    elsewhere = desk.world.people.metadata(Role.STAFF, org_id=new_id())
    assert [] == await desk.listed(elsewhere)
    desk.world.later(days=31)
    waiting = {bens.id, requested.id, other.id}
    assert waiting == {*await desk.listed(states=["EXPIRED"])}
    assert waiting | {offered.id} == {*await desk.listed(desk.as_ana, states=["EXPIRED", "OFFERED"])}


async def test_pages(desk):
    """CM-14: page by page nothing is missing and nothing twice; a token belongs to its list and its caller."""
    made = [(await desk.request()).id for _ in range(7)]
    for metadata in (desk.staff, desk.as_ana):
        found: list[str] = []
        token = ""
        while token or not found:
            request = pb.ListBookingsRequest(page_size=3, page_token=token)
            page = await desk.call("ListBookings", request, metadata)
            found += [booking.id for booking in page.bookings]
            token = page.next_page_token
        assert made[::-1] == found
    token = (await desk.call("ListBookings", pb.ListBookingsRequest(page_size=3))).next_page_token
    for metadata, states in ((desk.as_ana, []), (desk.staff, [res.Booking.REQUESTED])):
        other = pb.ListBookingsRequest(page_size=3, page_token=token, states=states)
        with pytest.raises(InvalidArgument):
            await desk.call("ListBookings", other, metadata)
    booking = await desk.confirmed()
    await desk.do("AddBookingNote", booking, desk.staff, note="One")
    first = await desk.call("ListBookingHistory", pb.ListBookingHistoryRequest(booking_id=booking.id, page_size=1))
    rest = pb.ListBookingHistoryRequest(booking_id=booking.id, page_size=1, page_token=first.next_page_token)
    second = await desk.call("ListBookingHistory", rest)
    assert (["NOTE_ADDED"], ["REQUESTED"], "") == (
        *([res.BookingHistoryEntry.Kind.Name(entry.kind) for entry in page.entries] for page in (first, second)),
        second.next_page_token,
    )


async def test_nothing_of_another_organization(desk, world: World):
    """OP-11: another organization's case, booking, slot and specialist are none."""
    theirs = await Desk.of(world)
    other = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    ours = await Desk.of(other)
    booking = await theirs.confirmed()
    for name, roles, request in requests(theirs, booking.id):
        metadata = ours.staff if roles & STAFF else ours.as_ana
        with pytest.raises(NotFound):
            await ours.call(name, request, metadata)
    with refuses("CASE_NOT_FOUND"):
        await ours.request(case=theirs.case)
    with refuses("AVAILABILITY_NOT_FOUND"):
        await ours.request(slot=slot(theirs.mornings, at(10)))
    with refuses("SPECIALIST_NOT_FOUND"):
        await ours.request(ours.staff, time=own_time(theirs.zhang, at(20)))
    assert booking == await theirs.get(booking, theirs.as_ana)


async def test_a_specialist_reads_the_case_of_an_appointment(desk):
    """CM-15: whom they see, what for and with which needs, from CONFIRMED on; nothing once the booking is cancelled."""
    written: dict[str, Any] = {
        "needs": "A ramp",
        "interpreter_language": "Vietnamese",
        "note": "Prefers mornings",
        "service_type": "IME",
    }
    case = await open_case(desk.world, desk.ana, claim_number="CL-7", company_file_number="N-1", **written)
    as_zhang, request = await desk.as_zhang(), cases_pb2.GetCaseRequest(case_id=case.id)
    other = await desk.practice.specialist(time_zone="UTC")
    as_other = await login(desk.world, other.id, Role.SPECIALIST)

    async def sees(metadata):
        try:
            return await desk.call("GetCase", request, metadata)
        except NotFound as refused:
            return refused.reason

    asked = await desk.request(case=case, slot=slot(desk.afternoons, at(13)))
    assert "CASE_NOT_FOUND" == await sees(as_zhang)
    booking = await desk.do("AcceptRequest", asked, desk.staff)
    expected = cases.Case(
        id=case.id,
        number=case.number,
        subject=case.subject,
        service_type="IME",
        interpreter_language="Vietnamese",
        needs="A ramp",
    )
    assert (expected, "CASE_NOT_FOUND") == (await sees(as_zhang), await sees(as_other))
    # Whom it is moved to reads it from then on, and the former one no longer.
    moved = {"time": own_time(other, at(20)), "reason": res.SPECIALIST_UNAVAILABLE}
    await desk.do("RescheduleBooking", booking, desk.staff, **moved)
    assert ("CASE_NOT_FOUND", expected) == (await sees(as_zhang), await sees(as_other))
    await desk.cancel(await desk.get(booking), desk.staff)
    assert "CASE_NOT_FOUND" == await sees(as_other)
