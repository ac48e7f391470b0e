"""The table of time off, and the statements that block time and let it go."""

from psycopg.types.range import TimestamptzRange
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    select,
    tuple_,
    update,
)

from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.reservations.storage import NO_OVERLAP, release_expired, reservation_params, reservations
from casemanager.shared.tables import metadata
from casemanager.specialists.storage import specialists
from casemanager.time_off.domain import Existing, Taken, TimeOff
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.errors import Aborted
from chassis.ids import Ids
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
from chassis.saves import Step, insert_each, rows_of, save

time_off = Table(
    "time_off",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("specialist_id", Uuid, nullable=False),
    instant("start_time"),
    instant("end_time"),
    Column("reason", Text, nullable=False),
    instant("create_time"),
    ForeignKeyConstraint(["org_id", "specialist_id"], ["specialists.org_id", "specialists.id"]),
    Index("time_off_specialist_idx", "org_id", "specialist_id", "start_time", "id"),
)
TIME_OFF = mapping(time_off, TimeOff)

ORG_ID = bindparam("org_id", type_=Uuid)
_SPECIALIST_ID = bindparam("specialist_id", type_=Uuid)
_of_specialist = (time_off.c.org_id == ORG_ID, time_off.c.specialist_id == _SPECIALIST_ID)
_ID = bindparam("time_off_id", type_=Uuid)

LOAD_TIME_OFF = statement(
    select(*TIME_OFF.columns()).where(*_of_specialist, time_off.c.id == _ID), into=TIME_OFF.reader()
)
LIST_BESIDE = statement(
    select(*TIME_OFF.columns())
    .where(
        *_of_specialist,
        time_off.c.start_time <= bindparam("end_time", type_=INSTANT),
        time_off.c.end_time >= bindparam("start_time", type_=INSTANT),
    )
    .order_by(time_off.c.start_time),
    into=TIME_OFF.reader(),
)
"""The time off of a specialist that overlaps or touches a stretch."""

_order = (time_off.c.start_time, time_off.c.id)
LIST_TIME_OFF = statement(
    select(*TIME_OFF.columns())
    .where(
        *_of_specialist,
        time_off.c.end_time > bindparam("now", type_=INSTANT),
        tuple_(*_order) > tuple_(bindparam("after_time", type_=INSTANT), bindparam("after_id", type_=Uuid)),
    )
    .order_by(*_order)
    .limit(bindparam("limit", type_=BigInteger)),
    into=TIME_OFF.reader(),
)
"""A page of a specialist's time off that is not over, by start."""
BY_START: Keyset[TimeOff, tuple[Key, ...]] = Keyset(first=(), of=lambda each: (each.start_time, each.id))


class LostToBooking(Aborted):
    """Somebody has taken some of the time since it was looked at: look once more."""


_VERSION = bindparam("loaded_version", type_=BigInteger)
_this_specialist = (
    specialists.c.org_id == ORG_ID,
    specialists.c.id == _SPECIALIST_ID,
    specialists.c.version == _VERSION,
)
_locked = (
    select(specialists.c.org_id, specialists.c.id)
    .where(*_this_specialist)
    .with_for_update(key_share=True)
    .cte("locked_specialist")
)
# The next version: time off of one specialist is made and removed one after the other.
_next = (
    update(specialists)
    .where(*_this_specialist)
    .values(version=specialists.c.version + 1)
    .returning(specialists.c.org_id, specialists.c.id)
)
_BLOCKED = ("id", "specialist_id", "during", "kind", "time_off_id")
_MERGED_IDS = bindparam("merged_ids", type_=ARRAY(Uuid))


def _release_merged(locked: CTE) -> Step:
    return (
        delete(reservations)
        .where(reservations.c.org_id == locked.c.org_id, reservations.c.time_off_id == any_(_MERGED_IDS))
        .returning(reservations.c.id)
    )


def _delete_merged(target: CTE) -> Step:
    return delete(time_off).where(
        time_off.c.org_id == ORG_ID, time_off.c.id == any_(_MERGED_IDS), exists().select_from(target)
    )


CREATE_TIME_OFF = save(
    _next,
    _delete_merged,
    insert_each(time_off),
    insert_each(reservations, *_BLOCKED),
    first=(release_expired(_locked), _release_merged(_locked)),
    conflicts={NO_OVERLAP: LostToBooking},
)
"""Time off with what it blocks, in the place of those that it takes in; hits no row when other time off came.

Nobody takes time of the specialist meanwhile: who does shares the row that is locked here. So what stands in the way
was there before, and nobody waits for anybody while the reservations are written.
"""


def _release_this(target: CTE) -> Step:
    return delete(reservations).where(
        reservations.c.org_id == ORG_ID, reservations.c.time_off_id == _ID, exists().select_from(target)
    )


def _delete_this(target: CTE) -> Step:
    return delete(time_off).where(time_off.c.org_id == ORG_ID, time_off.c.id == _ID, exists().select_from(target))


DELETE_TIME_OFF = save(_next, _release_this, _delete_this)
"""Lets the time go; hits no row when there is other time off by now."""


def create_params(taken: Taken, ids: Ids) -> Params:
    """The parameters of CREATE_TIME_OFF; the clock's `now` is to be added."""
    made = taken.time_off
    blocked = [
        reservation_params(
            Reservation(
                org_id=made.org_id,
                id=ids(),
                specialist_id=made.specialist_id,
                kind=ReservationKind.BLOCKED,
                start_time=start,
                end_time=end,
                time_off_id=made.id,
            )
        )
        for start, end in taken.blocked
    ]
    return {
        "specialist_id": made.specialist_id,
        "loaded_version": taken.specialist.version,
        "during": TimestamptzRange(made.start_time, made.end_time),
        "merged_ids": list(taken.merged_ids),
        **rows_of(time_off, [TIME_OFF.params(made)]),
        **rows_of(reservations, blocked, *_BLOCKED),
    }


def delete_params(existing: Existing) -> Params:
    """The parameters of DELETE_TIME_OFF."""
    return {
        "specialist_id": existing.specialist.id,
        "loaded_version": existing.specialist.version,
        "time_off_id": existing.time_off.id,
    }
