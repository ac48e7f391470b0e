"""The table of availabilities and the statements on it."""

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from casemanager.availabilities.domain.availability import Availability, AvailabilityException, ExceptionKind
from casemanager.places.domain import Status as PlaceStatus
from casemanager.places.storage import places
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
from chassis.readers import reader
from chassis.saves import Step, save

availabilities = Table(
    "availabilities",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("specialist_id", Uuid, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("mode", SmallInteger, nullable=False),
    Column("place_id", Uuid),
    Column("service_types", ARRAY(Text), nullable=False),
    Column("time_zone", Text, nullable=False, comment="Of its wall clock; copied when it was made, and fixed"),
    *(Column(name, Integer, nullable=False) for name in ("start_minute", "end_minute")),
    *(Column(name, Date, nullable=False) for name in ("start_date", "end_date")),
    Column("weekdays", ARRAY(SmallInteger), nullable=False, comment="Monday is 1; none: on start_date alone"),
    *(
        Column(name, Integer, nullable=False)
        for name in ("interval_weeks", "appointment_minutes", "step_minutes", "buffer_minutes")
    ),
    Column("minimum_notice_hours", Integer),
    Column("exceptions", JSONB, nullable=False, comment="By date: what is different"),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    instant("delete_time", nullable=True, comment="Bookings still name it"),
    ForeignKeyConstraint(["org_id", "specialist_id"], ["specialists.org_id", "specialists.id"]),
    ForeignKeyConstraint(["org_id", "place_id"], ["places.org_id", "places.id"]),
    Index(
        "availabilities_specialist_idx",
        "org_id",
        "specialist_id",
        "end_date",
        postgresql_where=text("delete_time IS NULL"),
    ),
)


def _exceptions(stored: Iterable[Mapping[str, str | int]]) -> Mapping[date, AvailabilityException]:
    made = (
        AvailabilityException(
            date=date.fromisoformat(str(each["date"])),
            kind=ExceptionKind(int(each["kind"])),
            start_minute=int(each["start_minute"]),
            end_minute=int(each["end_minute"]),
            reason=str(each["reason"]),
        )
        for each in stored
    )
    return {exception.date: exception for exception in made}


AVAILABILITY = mapping(
    availabilities,
    Availability,
    by_hand={"exceptions": reader(_exceptions, "exceptions")},
    beside=("delete_time",),
)

ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("availability_id", type_=Uuid)
IS_THERE = (availabilities.c.org_id == ORG_ID, availabilities.c.delete_time.is_(None))
"""An availability of the organization that was not removed."""

LOAD_AVAILABILITY = statement(
    select(*AVAILABILITY.columns()).where(*IS_THERE, availabilities.c.id == _ID), into=AVAILABILITY.reader()
)
_from_date = bindparam("from_date", type_=Date)
_order = (availabilities.c.start_date, availabilities.c.id)
_position = (bindparam("after_date", type_=Date), bindparam("after_id", type_=Uuid))
LIST_AVAILABILITIES = statement(
    select(*AVAILABILITY.columns())
    .where(
        *IS_THERE,
        availabilities.c.specialist_id == bindparam("specialist_id", type_=Uuid),
        or_(_from_date.is_(None), availabilities.c.end_date >= _from_date),
        tuple_(*_order) > tuple_(*_position),
    )
    .order_by(*_order)
    .limit(bindparam("limit", type_=BigInteger)),
    into=AVAILABILITY.reader(),
)
"""A page of a specialist's availabilities by first date, those that have dates from one on, or all."""
BY_START: Keyset[Availability, tuple[Key, ...]] = Keyset(
    first=(), of=lambda availability: (availability.start_date.isoformat(), availability.id)
)

_columns = [column for column in availabilities.c if column.name != "delete_time"]
_PLACE_ID = bindparam("place_id", type_=Uuid)
# Locked, so that its zone is not another one meanwhile; when it is, the availability is decided on anew.
_place = (
    select(places.c.org_id, places.c.id)
    .where(
        places.c.org_id == ORG_ID,
        places.c.id == _PLACE_ID,
        places.c.time_zone == bindparam("time_zone", type_=Text),
        places.c.status == literal(PlaceStatus.ACTIVE, SmallInteger),
    )
    .with_for_update(key_share=True)
    .cte("place")
)


def _use_place(target: CTE) -> Step:
    """The place's zone is fixed from now on."""
    return (
        update(places)
        .where(places.c.org_id == target.c.org_id, places.c.id == target.c.place_id, ~places.c.is_used)
        .values(is_used=literal(value=True, type_=Boolean), version=places.c.version + 1)
    )


ADD_AVAILABILITY = save(
    insert(availabilities)
    .from_select(
        [column.name for column in _columns],
        select(*(bindparam(column.name, type_=column.type) for column in _columns)).where(
            or_(_PLACE_ID.is_(None), exists().select_from(_place))
        ),
    )
    .returning(availabilities.c.org_id, availabilities.c.id, availabilities.c.place_id),
    _use_place,
)
"""A new availability; hits no row when its place has another zone by now, or was deactivated."""

_FIXED = {"org_id", "id", "specialist_id", "mode", "place_id", "time_zone", "create_time"}
_CHANGES = tuple(str(column.name) for column in availabilities.c if column.name not in _FIXED)
SAVE_AVAILABILITY = save(
    update(availabilities)
    .where(*IS_THERE, availabilities.c.id == _ID, availabilities.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name, type_=availabilities.c[name].type) for name in _CHANGES})
    .returning(availabilities.c.id)
)
"""A changed or removed availability; hits no row when it has changed meanwhile."""


def new_params(availability: Availability) -> Params:
    """The parameters of ADD_AVAILABILITY."""
    fields = attrgetter("kind", "start_minute", "end_minute", "reason")
    exceptions = [
        {
            "date": day.isoformat(),
            **dict(zip(("kind", "start_minute", "end_minute", "reason"), fields(each), strict=True)),
        }
        for day, each in sorted(availability.exceptions.items())
    ]
    return {**AVAILABILITY.params(availability), "exceptions": exceptions}


def changed_params(availability: Availability, *, is_deleted: bool) -> Params:
    """The parameters of SAVE_AVAILABILITY."""
    columns = {**new_params(availability), "delete_time": availability.update_time if is_deleted else None}
    changes = {name: columns[name] for name in _CHANGES}
    return {"availability_id": availability.id, "loaded_version": availability.version - 1, **changes}
