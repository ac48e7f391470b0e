"""Rooms and their slots, to be booked by saves with steps."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

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

from chassis.db import Database, statement
from chassis.errors import AlreadyExists
from chassis.ids import new_id
from chassis.saves import Save, save, write

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
CREATE_ROOMS = """
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


ORG_ID = bindparam("org_id", type_=Uuid)
_room = (
    select(rooms.c.org_id, rooms.c.id)
    .where(
        rooms.c.org_id == ORG_ID,
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
INSERT_SLOT = insert(slots).from_select(_COLUMNS, _slot)
TAKE = save(
    postgresql.insert(slots)
    .from_select(_COLUMNS, _slot)
    .on_conflict_do_nothing(constraint="slots_overlap_excl")
    .returning(slots.c.id),
    first=(FREE,),
)
TAKE_OR_SAY = save(INSERT_SLOT.returning(slots.c.id), first=(FREE,), conflicts={"slots_overlap_excl": SlotTaken})
NEW_ROOM = save(insert(rooms).returning(rooms.c.id), conflicts={"rooms_org_id_name_key": NameTaken})
RENAME = save(
    update(rooms)
    .where(rooms.c.org_id == ORG_ID, rooms.c.id == bindparam("room_id", type_=Uuid))
    .values(version=rooms.c.version + 1)
    .returning(rooms.c.id),
    first=(FREE,),
)
SLOTS = statement(
    select(slots.c.booking_id).where(slots.c.org_id == bindparam("org_id")).order_by(slots.c.time), into=UUID
)


def hours(begin: int, end: int) -> TimestamptzRange:
    return TimestamptzRange(NOW + timedelta(hours=begin), NOW + timedelta(hours=end))


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
