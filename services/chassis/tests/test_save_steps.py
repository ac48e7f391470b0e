"""Steps that a save does before its target, and what a violated constraint means."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from google.protobuf.wrappers_pb2 import Int64Value
from psycopg.types.range import TimestamptzRange
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TSTZRANGE

from chassis.aggregate import Aggregate, Source
from chassis.call import Call, Caller, RequestKey
from chassis.clock import utc_now
from chassis.db import Database, statement
from chassis.errors import AlreadyExists, NotFound
from chassis.ids import new_id
from chassis.saves import Save, save, write
from chassis.tenancy import TenantNotBound
from chassis.testing.database import migrated_copy

MIGRATIONS = "services.chassis.examples.ledger.migrations"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

_metadata = MetaData()
rooms = Table(
    "rooms",
    _metadata,
    *(Column(name, Uuid, primary_key=True) for name in ("org_id", "id")),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "name", name="rooms_org_id_name_key"),
)
slots = Table(
    "slots",
    _metadata,
    *(Column(name, Uuid, primary_key=True) for name in ("org_id", "id")),
    Column("room_id", Uuid, nullable=False),
    Column("booking_id", Uuid, nullable=False),
    Column("time", TSTZRANGE, nullable=False),
    Column("expire_time", DateTime(timezone=True)),
    postgresql.ExcludeConstraint(
        ("org_id", "="), ("room_id", "="), ("time", "&&"), name="slots_overlap_excl", using="gist"
    ),
)
_CREATE = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE rooms (org_id uuid, id uuid, name text NOT NULL, version bigint NOT NULL, PRIMARY KEY (org_id, id),
  CONSTRAINT rooms_org_id_name_key UNIQUE (org_id, name));
CREATE TABLE slots (org_id uuid, id uuid, room_id uuid NOT NULL, booking_id uuid NOT NULL, time tstzrange NOT NULL,
  expire_time timestamptz, PRIMARY KEY (org_id, id),
  CONSTRAINT slots_overlap_excl EXCLUDE USING gist (org_id WITH =, room_id WITH =, time WITH &&));
"""


class NameTaken(AlreadyExists):
    """A room has this name."""

    reason = "NAME_TAKEN"
    message = "A room has this name."


class SlotTaken(AlreadyExists):
    """Somebody has this time."""

    reason = "SLOT_TAKEN"
    message = "Somebody has this time."


_org_id = bindparam("org_id", type_=Uuid)
_room = (
    select(rooms.c.org_id, rooms.c.id)
    .where(
        rooms.c.org_id == _org_id,
        rooms.c.id == bindparam("room_id", type_=Uuid),
        rooms.c.version == bindparam("loaded_version", type_=BigInteger),
    )
    .with_for_update(key_share=True)
    .cte("room")
)
_time = bindparam("time", type_=TSTZRANGE)
FREE = (
    delete(slots)
    .where(
        slots.c.org_id == _room.c.org_id,
        slots.c.room_id == _room.c.id,
        (slots.c.booking_id == bindparam("booking_id", type_=Uuid))
        | (slots.c.expire_time <= bindparam("now", type_=DateTime(timezone=True))),
    )
    .returning(slots.c.id)
)
_COLUMNS = ("org_id", "id", "room_id", "booking_id", "time", "expire_time")
_slot = select(
    *(_room.c.org_id, bindparam("slot_id", type_=Uuid), _room.c.id, bindparam("booking_id", type_=Uuid), _time),
    bindparam("expire_time", None, type_=DateTime(timezone=True)),
)
_taken = insert(slots).from_select(_COLUMNS, _slot)
TAKE = save(
    postgresql.insert(slots)
    .from_select(_COLUMNS, _slot)
    .on_conflict_do_nothing(constraint="slots_overlap_excl")
    .returning(slots.c.id),
    first=(FREE,),
)
TAKE_OR_SAY = save(_taken.returning(slots.c.id), first=(FREE,), conflicts={"slots_overlap_excl": SlotTaken})
NEW_ROOM = save(insert(rooms).returning(rooms.c.id), conflicts={"rooms_org_id_name_key": NameTaken})
RENAME = save(
    update(rooms)
    .where(rooms.c.org_id == _org_id, rooms.c.id == bindparam("room_id", type_=Uuid))
    .values(version=rooms.c.version + 1)
    .returning(rooms.c.id),
    first=(FREE,),
)
SLOTS = statement(
    select(slots.c.booking_id).where(slots.c.org_id == bindparam("org_id")).order_by(slots.c.time), into=UUID
)


def hours(begin: int, end: int) -> TimestamptzRange:
    return TimestamptzRange(NOW + timedelta(hours=begin), NOW + timedelta(hours=end))


@pytest.fixture(scope="module")
async def rooms_database(postgres_url: str) -> AsyncIterator[Database]:
    urls = migrated_copy(postgres_url, "ledger", MIGRATIONS)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(_CREATE)
    database = Database(urls.runtime, application="ledger")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def room(rooms_database, org_id) -> UUID:
    room_id = new_id()
    room = {"id": room_id, "name": "blue", "version": 1}
    assert 1 == await write(rooms_database, NEW_ROOM, org_id=org_id, params=room)
    return room_id


async def take(
    database: Database, org_id: UUID, room: UUID, *, time: TimestamptzRange, what: Save = TAKE, **given: object
) -> int:
    params = {
        "room_id": room,
        "loaded_version": 1,
        "slot_id": new_id(),
        "booking_id": new_id(),
        "time": time,
        "now": NOW,
    }
    return await write(database, what, org_id=org_id, params=params | given)


async def bookings(database: Database, org_id: UUID) -> list[UUID]:
    return await database.all(SLOTS, org_id=org_id)


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


class NoRoom(NotFound):
    """No such room."""

    reason = "NO_ROOM"
    message = "No such room."


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


def test_a_step_must_return_something():
    """OP-05: a step that returns nothing cannot be waited for."""
    with pytest.raises(TypeError, match="Step 0"):
        save(_taken.returning(slots.c.id), first=(delete(slots).where(slots.c.org_id == _org_id),))


def test_a_step_is_bound_to_the_tenant():
    """OP-11: a step without its tenant is refused when the save is made."""
    with pytest.raises(TenantNotBound):
        save(_taken.returning(slots.c.id), first=(delete(slots).returning(slots.c.id),))


def test_a_constraint_must_be_of_a_written_table():
    """OP-05: a misspelt constraint would never be found."""
    with pytest.raises(TypeError, match="rooms_name_key"):
        save(_taken.returning(slots.c.id), conflicts={"rooms_name_key": NameTaken})
