"""What becomes of a specialist's time off when the bookings that lie in it are moved or cancelled."""

import asyncio
from functools import partial

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import schedule_resources_pb2 as schedules
from portico.casemanager.v1 import time_off_pb2 as pb

from casemanager.reservations.domain import ReservationKind
from chassis.testing import eventually
from services.casemanager.tests.desk import MARCH, at, own_time, refuses, slot, state_of
from services.casemanager.tests.test_reservations import all_wait, deadlocks

BLOCKED, CONFIRMED = ReservationKind.BLOCKED, ReservationKind.CONFIRMED
WHY = {"reason": res.SPECIALIST_UNAVAILABLE}


async def away(desk, start, end, specialist=None):
    """Ill from hour to hour of the day, whatever is booked."""
    return await desk.practice.time_off(specialist or desk.zhang, at(start), at(end), even_if_booked=True)


async def back(desk, off):
    await desk.call("DeleteTimeOff", pb.DeleteTimeOffRequest(specialist_id=desk.zhang.id, time_off_id=off.id))


async def reserved(desk):
    """What is reserved, each with its hours of the day."""
    return [
        (each.kind, *((time - MARCH).total_seconds() / 3600 for time in (each.start_time, each.end_time)))
        for each in await desk.reserved()
    ]


async def test_what_is_cancelled_stays_blocked(desk):
    """CM-06: nobody is shown or given the time while the specialist is ill; afterwards it is free."""
    booking = await desk.confirmed(at(9))
    off = await away(desk, 8, 12)
    assert [(BLOCKED, 8, 9), (CONFIRMED, 9, 10), (BLOCKED, 10, 12)] == await reserved(desk)
    await desk.cancel(booking)
    assert [(BLOCKED, 8, 9), (BLOCKED, 9, 10), (BLOCKED, 10, 12)] == await reserved(desk)
    found = await desk.practice.search(start_time="2026-03-03T00:00:00Z", end_time="2026-03-03T12:00:00Z")
    assert [] == list(found.slots)
    with refuses("SLOT_TAKEN"):
        await desk.confirmed(at(9))
    await back(desk, off)
    assert [] == await reserved(desk)
    assert "CONFIRMED" == state_of(await desk.confirmed(at(9)))


async def test_what_is_moved_away_stays_blocked(desk):
    """CM-06: to another day, and to another specialist, whose time off does not matter."""
    first, second = await desk.confirmed(at(9)), await desk.confirmed(at(10))
    other = await desk.practice.specialist(time_zone="UTC", specialties=["ORTHOPAEDICS"])
    theirs = await desk.practice.availability(other)
    await away(desk, 9, 12)
    await desk.do("RescheduleBooking", first, desk.staff, slot=slot(desk.mornings, at(9, day=1)), **WHY)
    await desk.do("RescheduleBooking", second, desk.staff, slot=slot(theirs, at(10)), **WHY)
    assert [(BLOCKED, 9, 10), (BLOCKED, 10, 11), (BLOCKED, 11, 12), (CONFIRMED, 33, 34)] == await reserved(desk)


async def test_a_move_over_its_own_time_in_it(desk):
    """CM-06, B-04: what the booking still has is the booking's, and what it leaves of the time off is blocked."""
    booking = await desk.request(desk.staff, time=own_time(desk.zhang, at(9), minutes=120))
    off = await away(desk, 10, 12)
    assert [(CONFIRMED, 9, 11), (BLOCKED, 11, 12)] == await reserved(desk)
    earlier = own_time(desk.zhang, at(8.5), minutes=120)
    moved = await desk.do("RescheduleBooking", booking, desk.staff, time=earlier, **WHY)
    assert [(CONFIRMED, 8.5, 10.5), (BLOCKED, 10.5, 11), (BLOCKED, 11, 12)] == await reserved(desk)
    shorter = own_time(desk.zhang, at(9), minutes=30)
    moved = await desk.do("RescheduleBooking", moved, desk.staff, time=shorter, **WHY)
    assert [(CONFIRMED, 9, 9.5), (BLOCKED, 10, 10.5), (BLOCKED, 10.5, 11), (BLOCKED, 11, 12)] == await reserved(desk)
    await back(desk, off)
    assert [(CONFIRMED, 9, 9.5)] == await reserved(desk)


async def test_a_shorter_time_within_its_own(desk):
    """CM-06: before and after the new time is blocked; the same time at another place leaves nothing."""
    booking = await desk.request(desk.staff, time=own_time(desk.zhang, at(9), minutes=120))
    await away(desk, 9, 11)
    assert [(CONFIRMED, 9, 11)] == await reserved(desk)
    place = await desk.practice.place("Bondi", time_zone="UTC")
    in_bondi = own_time(desk.zhang, at(9), minutes=120, mode=schedules.IN_PERSON, place_id=place.id)
    moved = await desk.do("RescheduleBooking", booking, desk.staff, time=in_bondi, **WHY)
    assert [(CONFIRMED, 9, 11)] == await reserved(desk)
    middle = own_time(desk.zhang, at(9.5), minutes=60)
    await desk.do("RescheduleBooking", moved, desk.staff, time=middle, **WHY)
    assert [(BLOCKED, 9, 9.5), (CONFIRMED, 9.5, 10.5), (BLOCKED, 10.5, 11)] == await reserved(desk)


async def test_only_what_lies_in_time_off_is_blocked(desk):
    """CM-06: of a booking over the end of one and the beginning of another, each has its part; the rest is free."""
    booking = await desk.request(desk.staff, time=own_time(desk.zhang, at(9), minutes=120))
    first, second = await away(desk, 8, 9.5), await away(desk, 10.5, 12)
    await desk.cancel(booking, desk.staff)
    assert [(BLOCKED, 8, 9), (BLOCKED, 9, 9.5), (BLOCKED, 10.5, 11), (BLOCKED, 11, 12)] == await reserved(desk)
    await back(desk, first)
    assert [(BLOCKED, 10.5, 11), (BLOCKED, 11, 12)] == await reserved(desk)
    await back(desk, second)
    assert [] == await reserved(desk)


@pytest.mark.parametrize("end", ["DeclineBooking", "expire", "ConfirmOption"])
async def test_held_times_beside_time_off_are_free_again(desk, end):
    """CM-06, CM-09: nothing can be held in time off, so whatever ends a hold blocks nothing."""
    booking = await desk.offered(at(9), at(10))
    await away(desk, 11, 12)
    with refuses("BOOKINGS_IN_THE_WAY"):
        await away(desk, 10, 12)
    if end == "DeclineBooking":
        await desk.do("DeclineBooking", booking, desk.staff, reason=res.OTHER, comment="Closed")
    elif end == "ConfirmOption":
        await desk.confirm(booking)
    else:
        desk.world.later(hours=48)
    left = [each for each in await reserved(desk) if each[0] is not ReservationKind.HELD]
    assert [*([(CONFIRMED, 9, 10)] if end == "ConfirmOption" else []), (BLOCKED, 11, 12)] == left


async def at_once(desk, *calls):
    """What comes of calls that have read what is there, and wait with their saves before they are released together."""
    async with await desk.world.deps.database.connect() as lock:
        async with lock.transaction():
            await lock.execute("LOCK TABLE reservations IN EXCLUSIVE MODE")
            running = [asyncio.create_task(call) for call in calls]
            await eventually(partial(all_wait, lock, len(calls)))
        return await asyncio.gather(*running)


@pytest.mark.long(seconds=10)
async def test_time_off_and_a_cancellation_at_once(desk):
    """CM-06, CM-09: whichever is first, all of the time off is blocked in the end, and nothing once it is removed."""
    before = await deadlocks(desk.practice)
    for day in range(8):
        booking = await desk.confirmed(at(9, day))
        start, end = day * 24 + 8, day * 24 + 12
        off, _ = await at_once(desk, away(desk, start, end), desk.cancel(booking))
        taken = await reserved(desk)
        assert {BLOCKED} == {kind for kind, *_ in taken}
        assert 4 == sum(last - first for _, first, last in taken)
        await back(desk, off)
        assert [] == await reserved(desk)
    assert before == await deadlocks(desk.practice)


@pytest.mark.long(seconds=10)
@pytest.mark.parametrize("is_merged", [False, True])
async def test_the_end_of_time_off_and_a_cancellation_at_once(desk, is_merged):
    """CM-06, CM-09: whichever is first, nothing stays blocked of time off that is gone, or has become another one's."""
    for day in range(8):
        booking = await desk.confirmed(at(9, day))
        start, end = day * 24 + 8, day * 24 + 12
        off = await away(desk, start, end)
        change = away(desk, end, end + 2) if is_merged else back(desk, off)
        off, _ = await at_once(desk, change, desk.cancel(booking))
        if is_merged:
            assert 6 == sum(last - first for _, first, last in await reserved(desk))
            await back(desk, off)
        assert [] == await reserved(desk)
