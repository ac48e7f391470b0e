"""The table of reservations, and the measured way to take a specialist's time and to free it (CM-09).

`take_time` is the target of a save and the releases are its first steps: rivals for one time then wait for nobody, and
a lost race undoes what its steps released. Without `ON CONFLICT DO NOTHING`, 200 rivals took 14 to 30 s and some of
them ended in a deadlock. The table of time off stands here because whatever frees time asks it: `block_again`.
"""

from operator import attrgetter

from psycopg.types.range import TimestamptzRange
from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Insert,
    SmallInteger,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint, insert

from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.shared.tables import metadata
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.readers import reader
from chassis.saves import Step

NO_OVERLAP = "reservations_no_overlap"
"""The constraint that no two reservations of a specialist overlap."""

reservations = Table(
    "reservations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("specialist_id", Uuid, nullable=False),
    Column("during", TSTZRANGE, nullable=False, comment="The buffer after an appointment included; never empty"),
    Column("kind", SmallInteger, nullable=False),
    instant("hold_expire_time", nullable=True),
    Column("booking_id", Uuid),
    Column("booking_number", Text, nullable=False, server_default="", comment="Of the booking, for life"),
    Column("option_id", Uuid),
    Column("time_off_id", Uuid),
    ForeignKeyConstraint(["org_id", "specialist_id"], ["specialists.org_id", "specialists.id"]),
    # Not deferrable: ON CONFLICT could not name it.
    ExcludeConstraint(("org_id", "="), ("specialist_id", "="), ("during", "&&"), name=NO_OVERLAP, using="gist"),
    Index("reservations_booking_idx", "org_id", "booking_id", postgresql_where=text("booking_id IS NOT NULL")),
    Index("reservations_time_off_idx", "org_id", "time_off_id", postgresql_where=text("time_off_id IS NOT NULL")),
)
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
RESERVATION = mapping(
    reservations,
    Reservation,
    by_hand={
        "start_time": reader(attrgetter("lower"), "during"),
        "end_time": reader(attrgetter("upper"), "during"),
    },
)

ORG_ID = bindparam("org_id", type_=Uuid)
_during = bindparam("during", type_=TSTZRANGE)
_HELD, _CONFIRMED, _BLOCKED = (literal(kind, SmallInteger) for kind in ReservationKind)

LIST_RESERVATIONS = statement(
    select(*RESERVATION.columns())
    .where(
        reservations.c.org_id == ORG_ID,
        reservations.c.specialist_id == any_(bindparam("specialist_ids", type_=ARRAY(Uuid))),
        reservations.c.during.op("&&")(_during),
    )
    .order_by(reservations.c.specialist_id, func.lower(reservations.c.during)),
    into=RESERVATION.reader(),
)
"""What of these specialists' time is taken in a stretch, with holds that are over; by specialist and start."""

LIST_CONFIRMED = statement(
    select(*RESERVATION.columns())
    .where(
        reservations.c.org_id == ORG_ID,
        reservations.c.specialist_id == bindparam("specialist_id", type_=Uuid),
        reservations.c.during.op("&&")(_during),
        reservations.c.kind == _CONFIRMED,
    )
    .order_by(func.lower(reservations.c.during))
    .limit(bindparam("limit", type_=BigInteger)),
    into=RESERVATION.reader(),
)
"""The first confirmed ones of a specialist in a stretch."""


_key = tuple_(reservations.c.org_id, reservations.c.id)
SWEEP_PAST = statement(
    delete(reservations).where(
        _key.in_(
            select(reservations.c.org_id, reservations.c.id)
            .where(func.upper(reservations.c.during) < bindparam("before", type_=INSTANT))
            .limit(bindparam("limit", type_=BigInteger))
            .with_for_update(skip_locked=True)
        )
    ),
    cross_tenant="Rows are removed by their age alone.",
)
"""Removes what ended before an instant, at most so many rows: bookings keep their times, and the table stays small."""


def reservation_params(reservation: Reservation) -> Params:
    """The parameters of a reservation, by column."""
    during = TimestamptzRange(reservation.start_time, reservation.end_time)
    return {**RESERVATION.params(reservation), "during": during}


def release_expired(locked: CTE) -> Step:
    """Frees what held the `specialist_id`'s time in `during` and had run out by `now`; a step of a save.

    `locked` is the row, at its loaded version, on whose behalf the time is taken.
    """
    return (
        delete(reservations)
        .where(
            reservations.c.org_id == locked.c.org_id,
            reservations.c.specialist_id == bindparam("specialist_id", type_=Uuid),
            reservations.c.during.op("&&")(_during),
            reservations.c.kind == _HELD,
            reservations.c.hold_expire_time <= bindparam("now", type_=INSTANT),
        )
        .returning(reservations.c.id)
    )


def release_own(locked: CTE) -> Step:
    """Frees all that `booking_id` has: other options when one is confirmed, the old time of a move. A step, too."""
    return (
        delete(reservations)
        .where(
            reservations.c.org_id == locked.c.org_id,
            reservations.c.booking_id == bindparam("booking_id", type_=Uuid),
        )
        .returning(reservations.c.id)
    )


def take_time(locked: CTE, specialist: CTE) -> Insert:
    """Takes `during` for the booking, or hits no row when somebody else has some of it; the target of a save.

    `specialist` is the active one, shared while the statement runs, so that nobody is deactivated meanwhile. Its
    parameters are the columns of a reservation, by `reservation_params`; its id is `reservation_id`.
    """
    names = ("during", "kind", "hold_expire_time", "booking_id", "booking_number", "option_id")
    given = [bindparam(name, type_=reservations.c[name].type) for name in names]
    return (
        insert(reservations)
        .from_select(
            ["org_id", "id", "specialist_id", *names],
            select(locked.c.org_id, bindparam("reservation_id", type_=Uuid), specialist.c.id, *given).join(
                specialist, specialist.c.org_id == locked.c.org_id
            ),
        )
        .on_conflict_do_nothing(constraint=NO_OVERLAP)
        .returning(reservations.c.id)
    )


def block_again(freed: FromClause) -> Insert:
    """Blocks what of freed time lies in time off of its specialist: else it could be booked while they are away.

    `freed` has `org_id`, `specialist_id` and `during`, and its rows come after what had the time is gone.
    """
    away = func.tstzrange(time_off.c.start_time, time_off.c.end_time, type_=TSTZRANGE)
    is_in = (
        (time_off.c.org_id == freed.c.org_id)
        & (time_off.c.specialist_id == freed.c.specialist_id)
        & (time_off.c.start_time < func.upper(freed.c.during))
        & (time_off.c.end_time > func.lower(freed.c.during))
    )
    blocked = select(
        freed.c.org_id,
        func.gen_random_uuid(type_=Uuid),
        freed.c.specialist_id,
        freed.c.during.op("*")(away),
        _BLOCKED,
        time_off.c.id,
    )
    return (
        insert(reservations)
        .from_select(
            ["org_id", "id", "specialist_id", "during", "kind", "time_off_id"],
            blocked.select_from(freed.join(time_off, is_in)),
        )
        .on_conflict_do_nothing(constraint=NO_OVERLAP)
    )


def block_left(target: CTE) -> Step:
    """The write after `take_time` that does this for what `release_own` freed and the new time does not take."""
    new = case((reservations.c.specialist_id == bindparam("specialist_id", type_=Uuid), func.tstzmultirange(_during)))
    left = func.tstzmultirange(reservations.c.during) - func.coalesce(new, func.tstzmultirange())
    # The booking is locked: what it had when the statement began is what was released.
    freed = (
        select(reservations.c.org_id, reservations.c.specialist_id, func.unnest(left, type_=TSTZRANGE).label("during"))
        .where(
            reservations.c.org_id == ORG_ID,
            reservations.c.booking_id == bindparam("booking_id", type_=Uuid),
            exists().select_from(target),
        )
        .subquery("freed")
    )
    return block_again(freed)
