"""The statements that block time and let it go."""

from psycopg.types.range import TimestamptzRange
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE

from casemanager.bookings.storage.tables import bookings
from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.reservations.storage import (
    NO_OVERLAP,
    RESERVATION,
    release_expired,
    reservation_params,
    reservations,
    time_off,
)
from casemanager.specialists.storage import specialists
from casemanager.tasks.storage import beside_params, change_tasks, open_tasks
from casemanager.time_off.domain import Existing, Taken, TimeOff, Versions
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.errors import Aborted
from chassis.ids import Ids
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
from chassis.readers import reader
from chassis.saves import Step, insert_each, rows_of, save

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


TakenTime = tuple[Reservation, int | None]


def _with_version(reservation: Reservation, version: int | None) -> TakenTime:
    return reservation, version


LIST_TAKEN = statement(
    select(*RESERVATION.columns(), bookings.c.version.label("booking_version"))
    .select_from(
        reservations.outerjoin(
            bookings, and_(bookings.c.org_id == reservations.c.org_id, bookings.c.id == reservations.c.booking_id)
        )
    )
    .where(
        reservations.c.org_id == ORG_ID,
        reservations.c.specialist_id == _SPECIALIST_ID,
        reservations.c.during.op("&&")(bindparam("during", type_=TSTZRANGE)),
        reservations.c.kind != literal(ReservationKind.BLOCKED, SmallInteger),
    )
    .order_by(func.lower(reservations.c.during)),
    into=reader(_with_version, RESERVATION.reader(), "booking_version"),
)
"""What is held or confirmed of a specialist's time in a stretch, with the versions of the bookings that have it."""


class LostToBooking(Aborted):
    """Somebody has taken some of the time since it was looked at: look once more."""


_BOOKING_IDS = bindparam("booking_ids", type_=ARRAY(Uuid))
_as_loaded = (
    func.unnest(_BOOKING_IDS, bindparam("booking_versions", type_=ARRAY(BigInteger)))
    .table_valued(column("id", Uuid), column("version", BigInteger))
    .render_derived(name="as_loaded")
)
# Before the specialist, as everywhere, and in the order of their ids.
_locked_bookings = (
    select(bookings.c.id)
    .join(_as_loaded, and_(_as_loaded.c.id == bookings.c.id, _as_loaded.c.version == bookings.c.version))
    .where(bookings.c.org_id == ORG_ID)
    .order_by(bookings.c.id)
    .with_for_update(of=bookings, key_share=True)
    .cte("locked_bookings")
)
_this_specialist = (
    specialists.c.org_id == ORG_ID,
    specialists.c.id == _SPECIALIST_ID,
    specialists.c.version == bindparam("loaded_version", type_=BigInteger),
    select(func.count()).select_from(_locked_bookings).scalar_subquery() == func.cardinality(_BOOKING_IDS),
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


def _next_bookings(target: CTE) -> Step:
    """The next version of what is booked in it.

    Who frees its time at the same moment does not see what becomes of the time off: they lose, and look once more.
    """
    return (
        update(bookings)
        .where(bookings.c.org_id == ORG_ID, bookings.c.id == any_(_BOOKING_IDS), exists().select_from(target))
        .values(version=bookings.c.version + literal(1, BigInteger))
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
    _next_bookings,
    change_tasks,
    open_tasks,
    first=(release_expired(_locked), _release_merged(_locked)),
    conflicts={NO_OVERLAP: LostToBooking},
)
"""Time off with what it blocks, in the place of those that it takes in, and the task to move what is booked in it.

No row: other time off came, or what is booked in it has changed.

Nobody takes time of the specialist meanwhile: who does shares the row that is locked here. So what stands in the way
was there before, and nobody waits for anybody while the reservations are written.
"""


def _release_this(target: CTE) -> Step:
    return delete(reservations).where(
        reservations.c.org_id == ORG_ID, reservations.c.time_off_id == _ID, exists().select_from(target)
    )


def _delete_this(target: CTE) -> Step:
    return delete(time_off).where(time_off.c.org_id == ORG_ID, time_off.c.id == _ID, exists().select_from(target))


DELETE_TIME_OFF = save(_next, _release_this, _delete_this, _next_bookings)
"""Lets the time go; no row: there is other time off by now, or what is booked in it has changed."""


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
        **_booking_params(taken.versions),
        **beside_params(opened=[taken.task] if taken.task else []),
    }


def delete_params(existing: Existing) -> Params:
    """The parameters of DELETE_TIME_OFF."""
    return {
        "specialist_id": existing.specialist.id,
        "loaded_version": existing.specialist.version,
        "time_off_id": existing.time_off.id,
        **_booking_params(existing.versions),
    }


def _booking_params(versions: Versions) -> Params:
    return {"booking_ids": list(versions), "booking_versions": list(versions.values())}
