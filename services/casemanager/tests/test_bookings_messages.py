"""Who is told what of a booking beside those who have it, and what takes no other message's place."""

from datetime import UTC

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import booking_settings_pb2, companies_pb2

from casemanager.bookings.clock import expire_due_bookings
from chassis.call import Role
from services.casemanager.tests.desk import at, slot, state_of, wishes
from services.casemanager.tests.matters import open_case

BOSS = "boss@harbour.example"
"""The member of the staff, as identity knows them."""
DESK = "desk@harbour.example"
"""The shared mailbox of the provider."""


@pytest.fixture
async def looked_after(desk):
    """The same provider, where the member of the staff looks after Ana."""
    await desk.world.update(desk.ana, responsible_staff_id=str(desk.world.staff_id))
    return desk


async def staffs(desk):
    """The templates of what the member of the staff was told, in order."""
    return [mail.template for mail in await desk.mails() if mail.recipient.address == BOSS]


async def test_staff_are_told_of_requests(looked_after):
    """CM-08: who looks after it hears of a request and when none of the times suits, and of nothing that is sure."""
    desk = looked_after
    await desk.confirmed()
    assert [] == await staffs(desk)
    asked = await desk.request(slot=slot(desk.afternoons, at(13)))
    assert ["BOOKING_REQUESTED"] == await staffs(desk)
    mail = next(mail for mail in await desk.mails() if mail.recipient.address == BOSS)
    assert ("SLOT", asked.number, f"https://portico.example/staff/bookings/{asked.id}", "en") == (
        mail.values["way"],
        mail.values["booking_number"],
        mail.values["booking_url"],
        mail.recipient.language,
    )
    offered = await desk.offer(asked, slot(desk.mornings, at(10)), slot(desk.mornings, at(11)))
    await desk.do("RefuseOptions", offered, option_ids=[offered.options[0].id], reason=res.CLIENT_REQUEST)
    assert ["BOOKING_REQUESTED"] == await staffs(desk)
    refused = await desk.do("RefuseOptions", offered, reason=res.CLIENT_REQUEST)
    assert ("REQUESTED", ["BOOKING_REQUESTED"] * 2) == (state_of(refused), await staffs(desk))
    assert "AGAIN" == (await desk.mails())[-1].values["way"]


async def test_staff_are_told_what_expired(looked_after):
    """CM-08: case manager and staff; only the case manager is led to a new request."""
    desk = looked_after
    asked = await desk.request()
    desk.world.clock.now = asked.expire_time.ToDatetime(UTC)
    await desk.last_mails()
    await expire_due_bookings(desk.world.deps)
    expired = [mail for mail in await desk.mails() if mail.template == "BOOKING_EXPIRED"]
    assert {desk.ana.email: True, BOSS: False} == {
        mail.recipient.address: "rebook_url" in mail.values for mail in expired
    }


async def test_a_wish_for_another_time(looked_after):
    """CM-08: staff hear of it, the case manager of the no; neither takes the place of a message that waits."""
    desk = looked_after
    booking = await desk.confirmed()
    window = (at(9, day=7), at(12, day=7))
    for given, start in (
        ({"slot": slot(desk.afternoons, at(14))}, "2026-03-03T14:00:00Z"),
        ({"wishes": wishes(window)}, "2026-03-10T09:00:00Z"),
    ):
        await desk.last_mails()
        await desk.do("RequestMove", booking, reason=res.SUBJECT_UNAVAILABLE, **given)
        assert [("BOOKING_MOVE_REQUESTED", BOSS)] == await desk.last_mails()
        mail = (await desk.mails())[-1]
        assert ("SUBJECT_UNAVAILABLE", "2026-03-03T09:00:00Z", "") == (
            mail.values["reason"],
            mail.values["start_time"],
            mail.supersedes,
        )
        assert start in mail.values["wishes"]
        await desk.do("DeclineMove", booking, desk.staff, comment="Nothing is free for Noah Tran")
        assert [("BOOKING_MOVE_DECLINED", desk.ana.email)] == await desk.last_mails()
        mail = (await desk.mails())[-1]
        assert ("", False) == (mail.supersedes, any("Noah" in value for value in mail.values.values()))
    await desk.cancel(booking, desk.staff)
    cancelled = (await desk.mails())[-1]
    # What is not yet sent of the confirmation is worth nothing now.
    assert ("BOOKING_CANCELLED", f"bookings/{booking.id}/1") == (cancelled.template, cancelled.supersedes)


async def test_nobody_came(desk):
    """CM-08: the case manager hears that the person did not come, and where to book again; who came is no message."""
    booking = await desk.confirmed()
    desk.world.clock.now = at(10)
    await desk.last_mails()
    await desk.do("RecordOutcome", booking, desk.staff, outcome="ATTENDED")
    assert [] == await desk.last_mails()
    await desk.do("RecordOutcome", booking, desk.staff, outcome="NOT_ATTENDED")
    assert [("BOOKING_NOT_ATTENDED", desk.ana.email)] == await desk.last_mails()
    assert (
        f"https://portico.example/cm/request?case={desk.case.id}&rebook={booking.id}"
        == (await desk.mails())[-1].values["rebook_url"]
    )


async def test_of_whom_is_out_of_service_staff_are_told(desk):
    """CM-02, CM-08: nothing goes to an inactive person; who looks after it gets it, without the way to book again."""
    cleo = await desk.world.case_manager(desk.ana.company_id, responsible_staff_id=str(desk.world.staff_id))
    case = await open_case(desk.world, cleo)
    booking = await desk.request(desk.staff, case, slot=slot(desk.mornings, at(9)))
    await desk.world.deactivate(cleo)
    await desk.last_mails()
    await desk.do(
        "CancelBooking", booking, desk.staff, reason=res.CLIENT_REQUEST, kind="NO_FEE", suggest_rebooking=True
    )
    assert {("BOOKING_CANCELLED", BOSS), ("BOOKING_CANCELLED", desk.zhang.email)} == {*await desk.last_mails()}
    [mail] = [each for each in await desk.mails() if each.recipient.address == BOSS]
    assert ("NO_FEE", False) == (mail.values["kind"], "rebook_url" in mail.values)


async def test_identity_is_away(looked_after, away):
    """CM-08: a request is taken all the same, and stands on the board; the case manager is told."""
    desk = looked_after
    await away()
    asked = await desk.request()
    assert ("REQUESTED", [("BOOKING_REQUESTED", desk.ana.email)]) == (state_of(asked), await desk.last_mails())
    assert ["ANSWER_REQUEST"] == await desk.open_tasks()


async def test_nobody_looks_after_it(desk):
    """CM-08: a request that is nobody's in particular stands on the board, and its case manager alone is written to."""
    assert "" == (await desk.request()).responsible_staff_id
    assert [("BOOKING_REQUESTED", desk.ana.email)] == await desk.last_mails()


@pytest.fixture
async def shared(desk):
    """The same provider, which has a mailbox for what nobody looks after."""
    patch = booking_settings_pb2.BookingSettingsPatch(booking_email=DESK)
    request = booking_settings_pb2.UpdateBookingSettingsRequest(settings=patch)
    await desk.call("UpdateBookingSettings", request, desk.world.as_role(Role.STAFF_ADMIN))
    return desk


async def test_the_shared_mailbox_hears_what_nobody_looks_after(shared):
    """CM-08: of a request, of one that starts anew, of a wish for another time, and of what expired."""
    desk = shared
    asked = await desk.request(slot=slot(desk.afternoons, at(13)))
    requested = [("BOOKING_REQUESTED", desk.ana.email), ("BOOKING_REQUESTED", DESK)]
    assert sorted(requested) == await desk.last_mails()
    [mail] = [each for each in await desk.mails() if each.recipient.address == DESK]
    assert f"https://portico.example/staff/bookings/{asked.id}" == mail.values["booking_url"]
    offered = await desk.offer(asked, slot(desk.mornings, at(10)))
    await desk.last_mails()
    await desk.do("RefuseOptions", offered, reason=res.CLIENT_REQUEST)
    assert sorted(requested) == await desk.last_mails()
    await desk.do("RequestMove", await desk.confirmed(), reason=res.CLIENT_REQUEST, wishes=wishes((at(9), at(12))))
    assert ("BOOKING_MOVE_REQUESTED", DESK) in await desk.last_mails()
    desk.world.clock.now = (await desk.get(asked)).expire_time.ToDatetime(UTC)
    await expire_due_bookings(desk.world.deps)
    assert ("BOOKING_EXPIRED", DESK) in await desk.last_mails()


async def test_who_looks_after_it_is_told_instead_of_the_mailbox(shared):
    """CM-08: whom its company has, or whom staff have said."""
    desk = shared
    patch = companies_pb2.CompanyPatch(responsible_staff_id=str(desk.world.staff_id))
    request = companies_pb2.UpdateCompanyRequest(company_id=desk.ana.company_id, company=patch)
    await desk.call("UpdateCompany", request)
    asked = await desk.request()
    assert str(desk.world.staff_id) == asked.responsible_staff_id
    assert ["BOOKING_REQUESTED"] == await staffs(desk)
    nobodys = await desk.update(asked, "responsible_staff_id", metadata=desk.staff)
    assert "" == nobodys.responsible_staff_id
    offered = await desk.offer(nobodys, slot(desk.mornings, at(10)))
    looked_after = await desk.update(offered, metadata=desk.staff, responsible_staff_id=str(desk.world.staff_id))
    await desk.do("RefuseOptions", looked_after, reason=res.CLIENT_REQUEST)
    assert ["BOOKING_REQUESTED"] * 2 == await staffs(desk)
    assert DESK not in {address for _, address in await desk.last_mails()}


async def test_the_mailbox_stands_in_for_who_cannot_be_asked_for(shared, away):
    """CM-08: while identity is away the request reaches the shared mailbox, whoever looks after it."""
    desk = shared
    await desk.world.update(desk.ana, responsible_staff_id=str(desk.world.staff_id))
    await away()
    await desk.request()
    assert ("BOOKING_REQUESTED", DESK) in await desk.last_mails()


async def to_come(desk):
    """What will go out of all that was asked for, when nothing has yet."""
    mails = await desk.mails()
    superseded = {mail.supersedes for mail in mails}
    return {(mail.template, mail.recipient.address) for mail in mails if mail.reference not in superseded}


async def test_a_handover_leaves_nobody_without_a_confirmation(desk):
    """CM-08: what takes the place of an unsent confirmation tells all whom that was for; a cancellation takes its."""
    booking, (ben, _) = await desk.confirmed(), await desk.colleague()
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=ben.id)
    confirmed = {("BOOKING_CONFIRMED", ben.email), ("BOOKING_CONFIRMED", desk.zhang.email)}
    assert {*confirmed, ("BOOKING_GIVEN_AWAY", desk.ana.email)} == await to_come(desk)
    await desk.cancel(booking, desk.staff)
    assert {("BOOKING_CANCELLED", ben.email), ("BOOKING_CANCELLED", desk.zhang.email)} == await to_come(desk)


async def test_a_version_without_messages_takes_no_place(desk):
    """CM-08: what tells nobody anything leaves the next message to take the place of the last one that was told."""
    offered = await desk.offered(at(9), at(10))
    some = await desk.do("RefuseOptions", offered, option_ids=[offered.options[1].id], reason=res.CLIENT_REQUEST)
    assert {("BOOKING_OFFERED", desk.ana.email)} == await to_come(desk)
    await desk.confirm(some)
    assert {("BOOKING_CONFIRMED", desk.ana.email), ("BOOKING_CONFIRMED", desk.zhang.email)} == await to_come(desk)


async def test_a_request_that_was_handed_over_is_told_off_once(desk):
    """CM-08: also after a handover that tells nobody anything an unsent message does not outlive the cancellation."""
    asked, (ben, _) = await desk.request(), await desk.colleague()
    await desk.do("AssignBooking", asked, desk.staff, case_manager_id=ben.id)
    assert {("BOOKING_REQUESTED", desk.ana.email)} == await to_come(desk)
    await desk.cancel(asked, desk.staff)
    assert {("BOOKING_CANCELLED", ben.email)} == await to_come(desk)
