"""What a violated constraint means: the errors of a save."""

import psycopg
import pytest
from google.protobuf.wrappers_pb2 import Int64Value

from chassis.aggregate import Aggregate
from chassis.call import Call, Caller, RequestKey
from chassis.clock import utc_now
from chassis.ids import new_id
from chassis.saves import save, write
from services.chassis.tests.rooms import INSERT_SLOT, NEW_ROOM, NameTaken, slots


async def test_a_violated_constraint_has_a_meaning(rooms_database, org_id, room):
    """OP-05: a save says which constraint means which error; others arrive as psycopg's."""
    with pytest.raises(NameTaken):
        await write(rooms_database, NEW_ROOM, org_id=org_id, params={"id": new_id(), "name": "blue", "version": 1})
    with pytest.raises(psycopg.errors.UniqueViolation):
        await write(rooms_database, NEW_ROOM, org_id=org_id, params={"id": room, "name": "red", "version": 1})


async def test_the_kept_answer_comes_before_the_meaning(rooms_database, org_id):
    """OP-05: a repeated creation is answered as the first time, though its name is taken by now: by itself."""
    rooms_of: Aggregate[str, Int64Value] = Aggregate(
        database=rooms_database,
        clock=utc_now,
        save=NEW_ROOM,
        params=lambda name, _: {"id": new_id(), "name": name, "version": 1},
        events=lambda *_: [],
        answer=lambda name, _: Int64Value(value=len(name)),
        reply=Int64Value,
    )
    call = Call(Caller(), "/rooms/New", RequestKey("somebody", new_id(), b"body"))
    answers = [await rooms_of.add(call, org_id, "green") for _ in range(2)]
    assert [Int64Value(value=5)] * 2 == answers
    with pytest.raises(NameTaken):
        await rooms_of.add(Call(Caller(), "/rooms/New"), org_id, "green")


def test_a_constraint_must_be_of_a_written_table():
    """OP-05: a misspelt constraint would never be found."""
    with pytest.raises(TypeError, match="rooms_name_key"):
        save(INSERT_SLOT.returning(slots.c.id), conflicts={"rooms_name_key": NameTaken})
