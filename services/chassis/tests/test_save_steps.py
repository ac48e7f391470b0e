"""Steps that a save does before its target."""

import asyncio
from datetime import timedelta

import pytest
from google.protobuf.wrappers_pb2 import Int64Value
from sqlalchemy import delete

from chassis.aggregate import Aggregate, Source
from chassis.call import Call, Caller, RequestKey
from chassis.ids import new_id
from chassis.saves import save, write
from chassis.tenancy import TenantNotBound
from services.chassis.tests.rooms import (
    INSERT_SLOT,
    NOW,
    ORG_ID,
    RENAME,
    TAKE,
    TAKE_OR_SAY,
    SlotTaken,
    bookings,
    hours,
    slots,
    take,
)


async def test_a_step_is_done_before_the_target(rooms_database, org_id, room):
    """B-01: an expired hold goes, and its time is taken, in one statement."""
    await take(rooms_database, org_id, room, time=hours(0, 2), expire_time=NOW - timedelta(minutes=1))
    booking = new_id()
    assert 1 == await take(rooms_database, org_id, room, time=hours(1, 3), booking_id=booking)
    assert [booking] == await bookings(rooms_database, org_id)


async def test_a_move_over_ones_own_old_time(rooms_database, org_id, room):
    """B-01: a booking's own old time does not stand in its way."""
    booking = new_id()
    await take(rooms_database, org_id, room, time=hours(0, 2), booking_id=booking)
    assert 1 == await take(rooms_database, org_id, room, time=hours(1, 3), booking_id=booking)
    assert [booking] == await bookings(rooms_database, org_id)


@pytest.mark.parametrize("what", [TAKE, TAKE_OR_SAY])
async def test_a_lost_move_keeps_what_the_booking_had(rooms_database, org_id, room, what):
    """B-01: when the target hits no row, its steps are undone: with DO NOTHING they would be committed."""
    mine, theirs = new_id(), new_id()
    await take(rooms_database, org_id, room, time=hours(0, 2), booking_id=mine)
    await take(rooms_database, org_id, room, time=hours(2, 4), booking_id=theirs)
    try:
        assert 0 == await take(rooms_database, org_id, room, time=hours(1, 3), booking_id=mine, what=what)
    except SlotTaken:
        assert what is TAKE_OR_SAY
    assert [mine, theirs] == await bookings(rooms_database, org_id)


async def test_an_old_version_touches_nothing(rooms_database, org_id, room):
    """B-01: a step depends on the row that is locked at its loaded version."""
    hold = new_id()
    await take(rooms_database, org_id, room, time=hours(0, 2), booking_id=hold, expire_time=NOW - timedelta(minutes=1))
    assert 0 == await take(rooms_database, org_id, room, time=hours(0, 2), loaded_version=7)
    assert [hold] == await bookings(rooms_database, org_id)


async def test_a_step_before_an_update(rooms_database, org_id, room):
    """B-01: an update can have steps before it, too."""
    hold = new_id()
    await take(rooms_database, org_id, room, time=hours(0, 2), booking_id=hold)
    params = {"room_id": room, "loaded_version": 1, "booking_id": hold, "now": NOW}
    assert 1 == await write(rooms_database, RENAME, org_id=org_id, params=params)
    assert [] == await bookings(rooms_database, org_id)


async def test_of_many_for_one_slot_one_wins(rooms_database, org_id, room):
    """B-01: of twenty that want one time at once exactly one has it."""
    took = await asyncio.gather(*(take(rooms_database, org_id, room, time=hours(0, 1)) for _ in range(20)))
    assert 1 == sum(took) == len(await bookings(rooms_database, org_id))


async def test_an_effect_happens_once_and_before_the_save(rooms_database, org_id, room):
    """OP-05: what a neighbour changes is not repeated with the lost races, and not when the answer is kept."""
    happened: list[str] = []
    versions = iter([5, 6, 1])
    taking: Aggregate[int, Int64Value] = Aggregate(
        database=rooms_database,
        clock=lambda: NOW,
        save=TAKE,
        params=lambda version, _: {
            "room_id": room,
            "loaded_version": version,
            "slot_id": new_id(),
            "booking_id": room,
            "time": hours(0, 1),
            "now": NOW,
        },
        events=lambda *_: [],
        answer=lambda version, _: Int64Value(value=version),
        reply=Int64Value,
    )

    async def load() -> int:
        happened.append("load")
        return next(versions)

    async def effect(version: int) -> None:
        happened.append(f"effect of {version}")

    call = Call(Caller(), "/rooms/Take", RequestKey("somebody", new_id(), b"body"))
    source = Source(call, org_id, load)
    for _ in range(2):
        assert Int64Value(value=1) == await taking.change(source, lambda version, *_: version, None, effect=effect)
    assert ["load", "effect of 5", "load", "load"] == happened


async def test_a_decision_is_completed_in_each_try(rooms_database, org_id, room):
    """OP-05: what a neighbour has to say goes into the save, and into the next try; a kept answer asks nobody."""
    asked: list[int] = []
    versions = iter([5, 1])
    taking: Aggregate[int, Int64Value] = Aggregate(
        database=rooms_database,
        clock=lambda: NOW,
        save=TAKE,
        params=lambda version, _: {
            "room_id": room,
            "loaded_version": version,
            "slot_id": new_id(),
            "booking_id": room,
            "time": hours(0, 1),
            "now": NOW,
        },
        events=lambda *_: [],
        answer=lambda version, _: Int64Value(value=version),
        reply=Int64Value,
    )

    async def load() -> int:
        return next(versions) + 10

    async def complete(version: int) -> int:
        asked.append(version)
        return version - 10

    source = Source(Call(Caller(), "/rooms/Take", RequestKey("somebody", new_id(), b"body")), org_id, load)
    for _ in range(2):
        taken = await taking.change(source, lambda version, *_: version, None, complete=complete)
        assert Int64Value(value=1) == taken
    assert [15, 11] == asked


def test_a_step_must_return_something():
    """OP-05: a step that returns nothing cannot be waited for."""
    with pytest.raises(TypeError, match="Step 0"):
        save(INSERT_SLOT.returning(slots.c.id), first=(delete(slots).where(slots.c.org_id == ORG_ID),))


def test_a_step_is_bound_to_the_tenant():
    """OP-11: a step without its tenant is refused when the save is made."""
    with pytest.raises(TenantNotBound):
        save(INSERT_SLOT.returning(slots.c.id), first=(delete(slots).returning(slots.c.id),))
