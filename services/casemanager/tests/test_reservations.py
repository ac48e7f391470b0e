"""Taking a specialist's time and freeing it, on a real PostgreSQL, also by many at once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from portico.casemanager.v1 import specialists_pb2 as pb

from casemanager.reservations.domain import ReservationKind
from chassis.db import OnConnection
from chassis.errors import Conflict
from chassis.ids import new_id
from chassis.outbox import event_params
from chassis.saves import run_save, write
from chassis.testing import eventually
from services.casemanager.tests.practice import TAKE, hours, take_params, taken

DAY = datetime(2026, 6, 1, tzinfo=UTC)
NINE, TEN = DAY + timedelta(hours=9), DAY + timedelta(hours=10)


def held(until):
    return {"kind": ReservationKind.HELD, "hold_expire_time": until}


async def bookings(practice, specialist):
    return [each.booking_id for each in await practice.reserved(specialist)]


async def test_a_time_is_one_bookings(practice):
    """CM-09, B-05: what overlaps is refused; what follows without a gap, and another specialist's time, is taken."""
    specialist, other = await practice.specialist(), await practice.specialist()
    first = await practice.take(specialist, NINE, TEN)
    assert first == (await practice.reserved(specialist))[0]
    half_past = NINE + timedelta(minutes=30)
    assert await practice.take(specialist, half_past, TEN) is None
    assert await practice.take(specialist, half_past - timedelta(hours=1), half_past) is None
    assert await practice.take(specialist, TEN, TEN + timedelta(hours=1))
    assert await practice.take(specialist, NINE - timedelta(hours=1), NINE)
    assert await practice.take(other, NINE, TEN)


async def test_an_expired_hold_is_released_by_who_takes_its_time(practice):
    """CM-09, B-03: a hold ends at its instant and not before, without any job."""
    specialist, now = await practice.specialist(), practice.clock()
    await practice.take(specialist, NINE, TEN, **held(now + timedelta(milliseconds=1)))
    assert await practice.take(specialist, NINE, TEN) is None
    practice.clock.advance(timedelta(milliseconds=1))
    taken_now = await practice.take(specialist, NINE, TEN)
    assert [taken_now] == await practice.reserved(specialist)


async def test_a_move_over_ones_own_time(practice):
    """CM-09, B-04: 11:30 to 12:30 moves to 11:45: one reservation is left, the new one."""
    specialist, booking_id = await practice.specialist(), await practice.booking()
    start = DAY + timedelta(hours=11, minutes=30)
    await practice.take(specialist, start, start + timedelta(hours=1), booking_id=booking_id)
    later = start + timedelta(minutes=15)
    moved = await practice.take(specialist, later, later + timedelta(hours=1), booking_id=booking_id)
    assert [moved] == await practice.reserved(specialist)


async def test_a_lost_move_keeps_what_the_booking_had(practice):
    """CM-09, B-01: who moves to a time that is taken keeps the old one, and an expired hold beside it stays."""
    specialist, mine, now = await practice.specialist(), await practice.booking(), practice.clock()
    old = await practice.take(specialist, NINE, TEN, booking_id=mine)
    stale = await practice.take(specialist, *hours(DAY, 10, 11), **held(now))
    theirs = await practice.take(specialist, *hours(DAY, 11, 12))
    assert await practice.take(specialist, *hours(DAY, 10, 12), booking_id=mine) is None
    assert [old, stale, theirs] == await practice.reserved(specialist)


async def test_another_version_of_the_booking_takes_nothing(practice):
    """CM-09: a booking that has changed meanwhile frees nothing and takes nothing."""
    specialist, booking_id = await practice.specialist(), await practice.booking()
    old = await practice.take(specialist, NINE, TEN, booking_id=booking_id)
    new = taken(practice.org_id, specialist, *hours(DAY, 12, 13), booking_id=booking_id)
    params = take_params(new, practice.clock(), version=7)
    assert 0 == await write(practice.deps.database, TAKE, org_id=practice.org_id, params=params)
    assert [old] == await practice.reserved(specialist)


async def test_another_organizations_specialist_is_not_taken(practice, people):
    """CM-15, OP-11: with another organization's booking or specialist nothing is taken."""
    specialist, booking_id = await practice.specialist(), await practice.booking()
    other = new_id()
    params = take_params(taken(other, specialist, NINE, TEN, booking_id=booking_id), practice.clock())
    assert 0 == await write(practice.deps.database, TAKE, org_id=other, params=params)
    assert [] == await practice.reserved(specialist)


def take_on(connection, practice, params):
    """TAKE on a connection of its own."""
    told = event_params(practice.org_id, ())
    return run_save(OnConnection(connection), TAKE, {**told, "org_id": practice.org_id, **params})


async def rivals(practice, take_all):
    """Many who take time at once, each on a connection of its own: all wait at the table, and are released together."""
    async with AsyncExitStack() as stack:
        opened = [await practice.deps.database.connect() for _ in range(len(take_all) + 1)]
        lock, *connections = [await stack.enter_async_context(each) for each in opened]
        for each in connections:
            await each.execute("SET statement_timeout = 0")  # they wait at the table until all have come
        async with lock.transaction():
            await lock.execute("LOCK TABLE reservations IN ACCESS EXCLUSIVE MODE")
            running = [
                asyncio.create_task(take_on(connection, practice, params))
                for connection, params in zip(connections, take_all, strict=True)
            ]
            await eventually(partial(all_wait, lock, len(take_all)))
        return await asyncio.gather(*running)


async def all_wait(connection, number):
    """Whether so many wait for the table."""
    waiting = await connection.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'reservations'::regclass"
    )
    return (number,) == await waiting.fetchone()


async def one_waits(connection):
    """Whether somebody waits for what this connection has locked."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")  # else who connects after the first look is not seen
    blocked = await connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = any(pg_blocking_pids(pid))"
    )
    return (1,) == await blocked.fetchone()


async def deadlocks(practice):
    async with await practice.deps.database.connect() as connection:
        counted = await connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [number] = await counted.fetchone()
        return number


@pytest.mark.long(seconds=20)
@pytest.mark.parametrize("stands", ["nothing", "an expired hold"])
async def test_of_many_for_one_time_one_wins(practice, stands):
    """CM-09, B-01: of 60 who want one time, released at once, one has it, and nobody meets a deadlock."""
    specialist, before = await practice.specialist(), await deadlocks(practice)
    if stands == "an expired hold":
        await practice.take(specialist, NINE, TEN, **held(practice.clock()))
    made = [taken(practice.org_id, specialist, NINE, TEN, booking_id=await practice.booking()) for _ in range(60)]
    outcomes = await rivals(practice, [take_params(each, practice.clock()) for each in made])
    winners = [each.booking_id for each, hit in zip(made, outcomes, strict=True) if hit]
    assert 1 == len(winners)
    assert winners == await bookings(practice, specialist)
    assert before == await deadlocks(practice)


async def test_many_who_overlap(practice):
    """CM-09, B-01: of many overlapping times exactly those of the winners are taken, whoever they are."""
    specialist = await practice.specialist()
    made = [
        taken(
            practice.org_id,
            specialist,
            NINE + timedelta(minutes=10 * at),
            TEN + timedelta(minutes=10 * at),
            booking_id=await practice.booking(),
        )
        for at in range(40)
    ]
    outcomes = await rivals(practice, [take_params(each, practice.clock()) for each in made])
    winners = {each.booking_id for each, hit in zip(made, outcomes, strict=True) if hit}
    left = await practice.reserved(specialist)
    assert winners == {each.booking_id for each in left}
    assert all(each.end_time <= after.start_time for each, after in pairwise(left))


async def test_a_deactivation_waits_for_who_is_taking_time(practice):
    """CM-06: a booking that is being confirmed stands in the way, though it was not there when the call began."""
    specialist, booking_id = await practice.specialist(), await practice.booking()
    params = take_params(taken(practice.org_id, specialist, NINE, TEN, booking_id=booking_id), practice.clock())
    params = take_params(taken(practice.org_id, specialist, NINE, TEN, booking_id=booking_id), practice.clock())
    async with await practice.deps.database.connect() as connection:
        async with connection.transaction():
            assert 1 == await take_on(connection, practice, params)
            request = pb.DeactivateSpecialistRequest(specialist_id=specialist.id)
            going = asyncio.create_task(practice.call("DeactivateSpecialist", request))
            await eventually(partial(one_waits, connection))
        with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY"):
            await going
