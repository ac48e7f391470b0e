"""Offering times, holding them, and the answers of a case manager."""

from datetime import UTC, timedelta

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res

from casemanager.reservations.domain import ReservationKind
from chassis.errors import Denied
from chassis.ids import new_id
from services.casemanager.tests.desk import actions_of, at, options_of, own_time, refuses, slot, state_of, wishes
from services.casemanager.tests.matters import open_case

HOUR = timedelta(hours=1)


async def test_times_are_offered_and_held(desk):
    """CM-08: each time is held 48 hours; the case manager is told and has a task until the first hold ends."""
    asked = await desk.request()
    await desk.last_mails()
    with pytest.raises(Denied):
        await desk.do("OfferOptions", asked, desk.as_ana)
    times = (slot(desk.mornings, at(9)), slot(desk.afternoons, at(13)), own_time(desk.zhang, at(20)))
    offered = await desk.offer(asked, *times, etag=asked.etag)
    assert ("OFFERED", ["OPEN"] * 3, [True] * 3) == (
        state_of(offered),
        options_of(offered),
        [option.held for option in offered.options],
    )
    now = desk.world.clock()
    assert {now + 48 * HOUR} == {option.hold_expire_time.ToDatetime(UTC) for option in offered.options}
    assert at(19) == offered.expire_time.ToDatetime(UTC)
    assert [(ReservationKind.HELD, at(hour), now + 48 * HOUR) for hour in (9, 13, 20)] == [
        (each.kind, each.start_time, each.hold_expire_time) for each in await desk.reserved()
    ]
    assert ["CHOOSE_OPTION"] == await desk.open_tasks()
    [task] = [task for task in await desk.tasks() if task.done_time is None]
    assert now + 48 * HOUR == task.due_time
    assert [("BOOKING_OFFERED", desk.ana.email)] == await desk.last_mails()
    mail = (await desk.mails())[-1]
    assert (f"bookings/{asked.id}/2", f"bookings/{asked.id}/1") == (mail.reference, mail.supersedes)
    assert 3 == mail.values["options"].count('"start_time"')
    assert ["CONFIRM", "REFUSE", "UPLOAD_PAPERWORK", "CANCEL", "UPDATE"] == actions_of(
        await desk.get(offered, desk.as_ana)
    )
    assert ["requested", "offered"] == await desk.told()


async def test_a_hold_ends_an_hour_before_its_start(desk):
    """CM-08: at the earlier of 48 hours and one hour before the start; staff offer from two hours ahead on."""
    now = desk.world.clock()
    asked = await desk.request()
    with refuses("TOO_LATE"):
        await desk.offer(asked, own_time(desk.zhang, now + 2 * HOUR - timedelta(seconds=1)))
    offered = await desk.offer(asked, own_time(desk.zhang, now + 2 * HOUR))
    assert now + HOUR == offered.options[0].hold_expire_time.ToDatetime(UTC) == offered.expire_time.ToDatetime(UTC)


async def test_the_desired_option_is_confirmed(desk):
    """CM-08: its time is confirmed, the others are free, in one statement; the tasks change hands."""
    offered = await desk.offered(at(9), at(10), at(11))
    await desk.last_mails()
    confirmed = await desk.confirm(offered, 1)
    assert ("CONFIRMED", ["WITHDRAWN", "CHOSEN", "WITHDRAWN"], at(10)) == (
        state_of(confirmed),
        options_of(confirmed),
        confirmed.start_time.ToDatetime(UTC),
    )
    assert [(ReservationKind.CONFIRMED, at(10))] == [(each.kind, each.start_time) for each in await desk.reserved()]
    assert ["UPLOAD_PAPERWORK"] == await desk.open_tasks()
    assert {"BOOKING_CONFIRMED"} == {template for template, _ in await desk.last_mails()}
    assert ["REQUESTED", "OFFERED", "CONFIRMED"] == await desk.kinds(confirmed)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.confirm(offered, 0)


async def test_an_unknown_option_is_not_found(desk):
    """CM-08: OPTION_NOT_FOUND for an id that the booking does not have."""
    offered = await desk.offered()
    with refuses("OPTION_NOT_FOUND"):
        await desk.do("ConfirmOption", offered, option_id=str(new_id()))
    with refuses("OPTION_NOT_FOUND"):
        await desk.do("RefuseOptions", offered, option_ids=[str(new_id())], reason=res.CLIENT_REQUEST)


async def test_an_offer_replaces_the_one_before(desk):
    """CM-08: what was open is withdrawn and its holds are free; its own holds do not count against it."""
    first = await desk.offered(at(9), at(10))
    second = await desk.offer(first, slot(desk.mornings, at(10)), slot(desk.mornings, at(11)))
    assert ["OPEN", "OPEN", "WITHDRAWN", "WITHDRAWN"] == options_of(second)
    assert [at(10), at(11)] == [each.start_time for each in await desk.reserved()]
    with refuses("OPTION_NOT_OPEN"):
        await desk.do("ConfirmOption", second, option_id=first.options[0].id)
    assert "CONFIRMED" == state_of(await desk.confirm(second))


async def test_an_offer_of_a_taken_time_writes_nothing(desk):
    """CM-08: SLOT_TAKEN names the time, and neither the others are held nor those before given up."""
    other = await desk.confirmed(at(11))
    first = await desk.offered(at(9))
    with refuses("SLOT_TAKEN") as refused:
        await desk.offer(first, slot(desk.mornings, at(10)), slot(desk.mornings, at(11)))
    assert "2026-03-03T11:00:00Z" == refused.value.metadata["start_time"]
    assert first == await desk.get(first)
    assert {at(9), at(11)} == {each.start_time for each in await desk.reserved()}
    assert {first.id, other.id} == {str(each.booking_id) for each in await desk.reserved()}


async def test_options_of_one_specialist_do_not_overlap(desk):
    """CM-08: OPTIONS_OVERLAP within one person's time; two people at once are two options."""
    asked = await desk.request()
    with refuses("OPTIONS_OVERLAP"):
        await desk.offer(asked, slot(desk.mornings, at(9)), own_time(desk.zhang, at(9.5)))
    with refuses("OUTSIDE_REASON_NEEDED"):
        await desk.offer(asked, own_time(desk.zhang, at(20), outside_availability_reason=""))
    other = await desk.practice.specialist(time_zone="UTC")
    offered = await desk.offer(asked, slot(desk.mornings, at(9)), own_time(other, at(9)))
    assert ["OPEN", "OPEN"] == options_of(offered)


async def test_a_company_holds_at_most_20_times_of_a_specialist(desk):
    """CM-08: the 21st held time is refused, of another company it is not, nor once a hold has ended."""
    for day in range(4):
        asked = await desk.request()
        await desk.offer(asked, *(own_time(desk.zhang, at(hour, day)) for hour in range(5)))
    asked = await desk.request()
    with refuses("TOO_MANY_HOLDS"):
        await desk.offer(asked, own_time(desk.zhang, at(6)))
    stranger = await desk.world.case_manager()
    theirs = await desk.request(desk.staff, await open_case(desk.world, stranger))
    assert "OFFERED" == state_of(await desk.offer(theirs, own_time(desk.zhang, at(7))))
    desk.world.later(hours=48)
    assert "OFFERED" == state_of(await desk.offer(asked, own_time(desk.zhang, at(6))))


async def test_options_are_refused(desk):
    """CM-08: some, and the rest stays open and held; all, and staff have to answer again."""
    offered = await desk.offered(at(9), at(10))
    await desk.last_mails()
    some = await desk.do(
        "RefuseOptions", offered, option_ids=[offered.options[1].id], reason=res.SUBJECT_UNAVAILABLE, comment="Not then"
    )
    assert ("OFFERED", ["OPEN", "REFUSED"], at(8)) == (
        state_of(some),
        options_of(some),
        some.expire_time.ToDatetime(UTC),
    )
    assert [at(9)] == [each.start_time for each in await desk.reserved()]
    assert [] == await desk.last_mails()
    assert ["CHOOSE_OPTION"] == await desk.open_tasks()
    desk.world.later(days=1)
    rest = await desk.do("RefuseOptions", some, reason=res.CLIENT_REQUEST)
    assert ("REQUESTED", ["REFUSED", "REFUSED"]) == (state_of(rest), options_of(rest))
    assert desk.world.clock() + timedelta(days=30) == rest.expire_time.ToDatetime(UTC)
    assert [] == await desk.reserved()
    assert ["ANSWER_REQUEST"] == await desk.open_tasks()
    assert [("BOOKING_REQUESTED", desk.ana.email)] == await desk.last_mails()
    assert "AGAIN" == (await desk.mails())[-1].values["way"]
    newest = (await desk.history(rest, desk.as_ana))[0]
    assert (res.Booking.OFFERED, res.Booking.REQUESTED, res.CLIENT_REQUEST, res.OWN_CASE_MANAGER, "Ana García") == (
        newest.from_state,
        newest.to_state,
        newest.reason,
        newest.actor,
        newest.actor_name,
    )


async def test_with_the_last_time_that_can_be_had_all_are_refused(desk):
    """CM-08: one that is gone keeps no offer open: it is withdrawn, and staff have to answer again."""
    offered = await desk.offered(at(9), at(10))
    desk.world.later(hours=48)
    rival = await desk.confirmed(at(9))
    assert ["GONE", "OPEN"] == options_of(await desk.get(offered))
    last = offered.options[1].id
    refused = await desk.do("RefuseOptions", offered, option_ids=[last], reason=res.CLIENT_REQUEST)
    assert ("REQUESTED", ["WITHDRAWN", "REFUSED"]) == (state_of(refused), options_of(refused))
    assert ["ANSWER_REQUEST", "UPLOAD_PAPERWORK"] == sorted(await desk.open_tasks())
    assert [rival.id] == [str(each.booking_id) for each in await desk.reserved()]


async def test_another_reason_needs_words(desk):
    """CM-10: OTHER without a comment is refused for every command that takes a reason."""
    offered = await desk.offered()
    for name, metadata in (
        ("RefuseOptions", desk.as_ana),
        ("DeclineBooking", desk.staff),
        ("CancelBooking", desk.as_ana),
    ):
        with refuses("REASON_NEEDED"):
            await desk.do(name, offered, metadata, reason=res.OTHER, comment=" ")


async def test_after_its_hold_an_option_is_for_whoever_comes_first(desk):
    """CM-09, B-03: its hold over and nobody there: it is confirmed; with a rival it is GONE, and SLOT_TAKEN."""
    lucky, unlucky = await desk.offered(at(9)), await desk.offered(at(10))
    desk.world.later(hours=48)
    assert [(False, "OPEN")] == [
        (option.held, res.BookingOption.State.Name(option.state)) for option in (await desk.get(lucky)).options
    ]
    assert "CONFIRMED" == state_of(await desk.confirm(lucky))
    await desk.confirmed(at(10))
    gone = await desk.get(unlucky, desk.as_ana)
    assert (["GONE"], "REFUSE") == (options_of(gone), actions_of(gone)[0])
    with refuses("SLOT_TAKEN"):
        await desk.confirm(unlucky)
    assert gone == await desk.get(unlucky, desk.as_ana)


async def test_while_a_hold_lives_nobody_else_has_the_time(desk):
    """CM-09: a held time is not shown, not booked and not offered to others."""
    await desk.offered(at(9))
    with refuses("SLOT_TAKEN"):
        await desk.confirmed(at(9))
    with refuses("SLOT_TAKEN"):
        await desk.offer(await desk.request(), slot(desk.mornings, at(9)))
    window = {"start_time": "2026-03-03T08:00:00Z", "end_time": "2026-03-03T10:00:00Z"}
    assert [] == list((await desk.practice.search(desk.as_ana, **window)).slots)


async def test_a_request_is_declined(desk):
    """CM-08: with its reason; nothing stays held or to do, and nothing follows but notes."""
    offered = await desk.offered(at(9))
    await desk.last_mails()
    with pytest.raises(Denied):
        await desk.do("DeclineBooking", offered, desk.as_ana, reason=res.CLIENT_REQUEST)
    declined = await desk.do(
        "DeclineBooking", offered, desk.staff, reason=res.SPECIALIST_UNAVAILABLE, comment="On leave"
    )
    assert ("DECLINED", res.Decline(reason=res.SPECIALIST_UNAVAILABLE, comment="On leave"), ["WITHDRAWN"]) == (
        state_of(declined),
        declined.decline,
        options_of(declined),
    )
    assert ([], []) == (await desk.reserved(), await desk.open_tasks())
    assert [("BOOKING_DECLINED", desk.ana.email)] == await desk.last_mails()
    assert (["ADD_NOTE"], []) == (actions_of(declined), actions_of(await desk.get(declined, desk.as_ana)))


async def test_a_booking_is_cancelled(desk):
    """CM-10: its time is free, all who were invited hear it, and the calendar entry rises."""
    booking = await desk.confirmed()
    await desk.last_mails()
    assert res.Cancellation.NO_FEE == booking.cancellation_kind_now
    cancelled = await desk.cancel(booking, reason=res.OTHER, comment="Settled", suggest_rebooking=True)
    assert ("CANCELLED", 1, res.Cancellation.NO_FEE, "Settled", res.OWN_CASE_MANAGER) == (
        state_of(cancelled),
        cancelled.calendar_sequence,
        cancelled.cancellation.kind,
        cancelled.cancellation.comment,
        cancelled.cancellation.by,
    )
    assert [] == await desk.reserved()
    assert ["REBOOK"] == await desk.open_tasks()
    assert {("BOOKING_CANCELLED", desk.ana.email), ("BOOKING_CANCELLED", desk.zhang.email)} == {
        *await desk.last_mails()
    }
    by_address = {mail.recipient.address: dict(mail.values) for mail in (await desk.mails())[-2:]}
    rebook_url = f"https://portico.example/cm/request?case={desk.case.id}&rebook={booking.id}"
    assert rebook_url == by_address[desk.ana.email]["rebook_url"]
    assert not {"kind", "rebook_url"} & by_address[desk.zhang.email].keys()
    assert "cancelled" == (await desk.told())[-1]
    assert "CONFIRMED" == state_of(await desk.confirmed())


async def test_when_and_how_a_booking_is_cancelled(desk):
    """CM-10: late it is chargeable, once it has begun staff alone cancel, and staff say of which kind."""
    late, begun = await desk.confirmed(at(9)), await desk.confirmed(at(10))
    unanswered = await desk.request(wishes=wishes((at(0), at(0, day=9))))
    with refuses("REASON_NEEDED") as refused:
        await desk.cancel(late, desk.staff, kind=0)
    assert ["kind"] == [each.field for each in refused.value.violations]
    desk.world.clock.now = at(9) - 48 * HOUR + timedelta(seconds=1)
    charged = await desk.cancel(late, kind=0)
    assert res.Cancellation.CHARGEABLE == charged.cancellation.kind
    desk.world.clock.now = at(10)
    with refuses("TOO_LATE"):
        await desk.cancel(begun)
    free = await desk.cancel(begun, desk.staff, kind=res.Cancellation.NO_FEE_PAY_SPECIALIST)
    assert (res.Cancellation.NO_FEE_PAY_SPECIALIST, res.STAFF_MEMBER) == (free.cancellation.kind, free.cancellation.by)
    assert "EXPIRED" == state_of(await desk.get(unanswered))
