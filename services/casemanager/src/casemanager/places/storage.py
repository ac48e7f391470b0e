"""The table of places and the statements on it."""

from portico_errors.casemanager import PlaceNameTaken
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.places.domain import TEXTS, Place
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
from chassis.saves import save

places = Table(
    "places",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    *(Column(name, Text, nullable=False) for name in TEXTS),
    Column("name_key", Text, nullable=False, comment="The name with its case folded: what is unique, and the order"),
    Column("status", SmallInteger, nullable=False),
    Column("is_used", Boolean, nullable=False, server_default=text("false")),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "name_key"),
)
PLACE = mapping(places, Place)

_of_organization = places.c.org_id == bindparam("org_id")
LOAD_PLACE = statement(
    select(*PLACE.columns()).where(_of_organization, places.c.id == bindparam("id")), into=PLACE.reader()
)
COUNT_PLACES = statement(
    select(func.count()).where(_of_organization, places.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))), into=int
)
"""How many of these places are the organization's."""

_after, _status = bindparam("after", type_=Text()), bindparam("status", type_=SmallInteger())
LIST_PLACES = statement(
    select(*PLACE.columns())
    .where(
        _of_organization,
        or_(_status.is_(None), places.c.status == _status),
        or_(_after.is_(None), places.c.name_key > _after),
    )
    .order_by(places.c.name_key)
    .limit(bindparam("limit", type_=BigInteger())),
    into=PLACE.reader(),
)
"""A page of places by name, beginning after a name key or at the start; of one status, or of both."""

PLACES_BY_NAME: Keyset[Place, tuple[Key, ...]] = Keyset(first=(), of=lambda place: (place.name_key,))

_CONFLICTS = {"places_org_id_name_key_key": PlaceNameTaken}
ADD_PLACE = save(insert(places).returning(places.c.id), conflicts=_CONFLICTS)

_CHANGES = (*TEXTS, "name_key", "status", "update_time", "version")
SAVE_PLACE = save(
    update(places)
    .where(
        _of_organization,
        places.c.id == bindparam("place_id"),
        places.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(places.c.id),
    conflicts=_CONFLICTS,
)
"""A changed place; hits no row when it has changed meanwhile, or was used for the first time."""


def place_params(place: Place) -> Params:
    """The parameters of SAVE_PLACE."""
    columns = PLACE.params(place)
    changes = {name: columns[name] for name in _CHANGES}
    return {"place_id": place.id, "loaded_version": place.version - 1, **changes}
