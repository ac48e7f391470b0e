"""Many who want one time at once: one of them has it, nobody meets a deadlock, and losers are told what is free."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest
from portico.casemanager.v1 import cases_pb2
from portico_errors.casemanager import SlotTaken

from casemanager.bookings.domain.requests import Request
from casemanager.bookings.domain.times import SlotChoice
from casemanager.bookings.usecases import BookingCommands
from casemanager.reservations.domain import ReservationKind
from chassis.call import Call, Caller, Role
from chassis.db import OnConnection
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.testing import eventually
from services.casemanager.tests.desk import at, options_of, own_time, slot, state_of
from services.casemanager.tests.matters import close_case, open_case
from services.casemanager.tests.test_reservations import all_wait, deadlocks

RIVALS = 60


def reason_of(outcome):
    """Why it was refused; empty: it was not."""
    return outcome.reason if isinstance(outcome, ServiceError) else ""


async def rival(desk, connection):
    """A request of 9:00 by staff, all of it on a connection of its own."""
    deps = replace(desk.world.deps, database=OnConnection(connection))
    caller = Caller(service="gateway", org_id=desk.world.org_id, account_id=new_id(), role=Role.STAFF)
    commands = await BookingCommands.by(deps, Call(caller, "test"))
    choice = SlotChoice(availability_id=UUID(desk.mornings.id), start_time=at(9))
    request = Request(org_id=desk.world.org_id, booking_id=new_id())
    return await commands.request(UUID(desk.case.id), None, choice, request)


@pytest.mark.long(seconds=20)
@pytest.mark.parametrize("stands", ["nothing", "an expired hold"])
async def test_of_many_who_request_one_slot_one_has_it(desk, stands):
    """CM-09, B-01, P-17: one booking, one set of events, messages and tasks; the others are told the next slots.

    All have decided on a free slot, and wait with their saves at the table, before they are released together.
    """
    if stands == "an expired hold":
        await desk.offered(at(9))
        desk.world.later(hours=48)
    told, mails = len(await desk.told()), len(await desk.mails())
    before, tasks = await deadlocks(desk.practice), len(await desk.tasks())
    async with AsyncExitStack() as stack:
        opened = [await desk.world.deps.database.connect() for _ in range(RIVALS + 1)]
        lock, *connections = [await stack.enter_async_context(each) for each in opened]
        for each in connections:
            await each.execute("SET statement_timeout = 0")  # they wait at the table until all have come
        async with lock.transaction():
            # Reads go on; whoever writes waits.
            await lock.execute("LOCK TABLE reservations IN EXCLUSIVE MODE")
            running = [asyncio.create_task(rival(desk, connection)) for connection in connections]
            await eventually(partial(all_wait, lock, RIVALS))
        outcomes = await asyncio.gather(*running, return_exceptions=True)
    [winner] = [each for each in outcomes if not isinstance(each, BaseException)]
    losers = [each for each in outcomes if isinstance(each, SlotTaken)]
    assert RIVALS - 1 == len(losers)
    assert {5} == {len(loser.metadata["next_slots"].split(",")) for loser in losers}
    assert [(ReservationKind.CONFIRMED, winner.id)] == [
        (each.kind, str(each.booking_id)) for each in await desk.reserved()
    ]
    assert ["requested", "confirmed"] == (await desk.told())[told:]
    assert 2 == len(await desk.mails()) - mails
    assert 1 == len(await desk.tasks()) - tasks
    assert [winner.id] == await desk.listed(states=["CONFIRMED"])
    assert before == await deadlocks(desk.practice)


async def test_many_over_the_wire(desk):
    """CM-09, B-01: of 30 calls for one slot one is confirmed; the others are SLOT_TAKEN, none of them ABORTED."""
    outcomes = await asyncio.gather(*(desk.confirmed() for _ in range(30)), return_exceptions=True)
    assert ["", *["SLOT_TAKEN"] * 29] == sorted(map(reason_of, outcomes))
    assert 1 == len(await desk.reserved())


@pytest.mark.long(seconds=10)
async def test_two_whose_holds_are_over_confirm_at_once(desk):
    """CM-09, B-02: each time exactly one is confirmed; the other one's option is GONE, and SLOT_TAKEN its answer."""
    for day in range(12):
        start = at(9, day)
        first = await desk.offered(start)
        desk.world.later(hours=48)
        second = await desk.offered(start)
        desk.world.later(hours=48)
        outcomes = await asyncio.gather(desk.confirm(first), desk.confirm(second), return_exceptions=True)
        assert ["", "SLOT_TAKEN"] == sorted(map(reason_of, outcomes))
        now = [await desk.get(each) for each in (first, second)]
        assert [["CHOSEN"], ["GONE"]] == sorted(options_of(each) for each in now)
        assert ["CONFIRMED", "OFFERED"] == sorted(state_of(each) for each in now)
        assert 1 == sum(each.start_time == start for each in await desk.reserved())


async def test_offers_of_one_time_at_once(desk):
    """CM-09: of several offers that share a time one holds it; the others hold nothing at all."""
    asked = [await desk.request() for _ in range(6)]
    before = await deadlocks(desk.practice)
    # In another order each, so that whoever locks as they come would wait in a circle.
    times = [own_time(desk.zhang, at(20)), *(own_time(desk.zhang, at(hour)) for hour in (2, 3, 4))]
    offers = (desk.offer(booking, *(times if number % 2 else reversed(times))) for number, booking in enumerate(asked))
    outcomes = await asyncio.gather(*offers, return_exceptions=True)
    assert ["", *["SLOT_TAKEN"] * 5] == sorted(map(reason_of, outcomes))
    [winner] = [each for each in outcomes if not isinstance(each, BaseException)]
    assert {winner.id} == {str(each.booking_id) for each in await desk.reserved()}
    assert 4 == len(await desk.reserved())
    assert before == await deadlocks(desk.practice)


async def test_one_booking_is_confirmed_and_cancelled_at_once(desk):
    """CM-08: each time one of the two wins; what is reserved and what there is to do follow from it."""
    for day in range(8):
        offered = await desk.offered(at(9, day), at(10, day))
        confirm = (desk.confirm(offered, number) for number in (0, 1))
        outcomes = await asyncio.gather(*confirm, desk.cancel(offered), return_exceptions=True)
        assert {*map(reason_of, outcomes)} <= {"", "ACTION_NOT_ALLOWED"}
        state = state_of(await desk.get(offered))
        reserved = [each for each in await desk.reserved() if str(each.booking_id) == offered.id]
        assert (1 if state == "CONFIRMED" else 0) == len(reserved)
        if state == "CONFIRMED":
            assert ["UPLOAD_PAPERWORK"] == await desk.open_tasks()
            await desk.cancel(await desk.get(offered), desk.staff)
        assert [] == await desk.open_tasks()


async def test_a_case_is_closed_and_requested_for_at_once(desk):
    """CM-07: a request and a close at once: one wins, and never are both there."""
    for _ in range(8):
        case = await open_case(desk.world, desk.ana)
        outcomes = await asyncio.gather(desk.request(case=case), close_case(desk.world, case), return_exceptions=True)
        requested, closed = map(reason_of, outcomes)
        assert (requested, closed) in {("", "CASE_HAS_OPEN_BOOKINGS"), ("CASE_CLOSED", "")}
        listed = await desk.listed(case_id=case.id)
        request = cases_pb2.GetCaseRequest(case_id=case.id)
        state = (await desk.call("GetCase", request)).state
        assert ((0, 2) if requested else (1, 1)) == (len(listed), state)


async def test_a_repeated_request_books_once(desk):
    """CM-08: the same request id twice at once is one booking and one answer."""
    request_id = str(new_id())
    asked = {"slot": slot(desk.mornings, at(9)), "request_id": request_id}
    first, second = await asyncio.gather(*(desk.request(**asked) for _ in range(2)))
    assert first == second
    assert 1 == len(await desk.listed())
