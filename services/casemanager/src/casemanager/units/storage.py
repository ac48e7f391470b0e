"""The table of business units and the statements on it."""

from uuid import UUID

from portico_errors.casemanager import UnitNameTaken
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from casemanager.shared.tables import metadata
from casemanager.units.domain import BusinessUnit
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
from chassis.saves import save

units = Table(
    "units",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, comment="As that of a company"),
    instant("create_time"),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id", "company_id"], ["companies.org_id", "companies.id"]),
    UniqueConstraint("org_id", "company_id", "name_key"),
    # What a case manager's unit refers to: it is one of their company.
    UniqueConstraint("org_id", "company_id", "id"),
)
UNIT = mapping(units, BusinessUnit)
_in_company = (units.c.org_id == bindparam("org_id"), units.c.company_id == bindparam("company_id", type_=Uuid))
_this = (*_in_company, units.c.id == bindparam("unit_id", type_=Uuid))
_after = bindparam("after", type_=Text())

LOAD_UNIT = statement(select(*UNIT.columns()).where(*_this), into=UNIT.reader())
LIST_UNITS = statement(
    select(*UNIT.columns())
    .where(*_in_company, or_(_after.is_(None), units.c.name_key > _after))
    .order_by(units.c.name_key)
    .limit(bindparam("limit", type_=BigInteger())),
    into=UNIT.reader(),
)
UNITS_BY_NAME: Keyset[BusinessUnit, tuple[Key, ...]] = Keyset(first=(), of=lambda unit: (unit.name_key,))
DELETE_UNIT = statement(delete(units).where(*_this).returning(units.c.id), into=UUID)
"""Raises psycopg's ForeignKeyViolation while somebody belongs to it."""

_CONFLICTS = {"units_org_id_company_id_name_key_key": UnitNameTaken}
ADD_UNIT = save(insert(units).returning(units.c.id), conflicts=_CONFLICTS)
SAVE_UNIT = save(
    update(units)
    .where(*_this, units.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name) for name in ("name", "name_key", "version")})
    .returning(units.c.id),
    conflicts=_CONFLICTS,
)


def unit_params(unit: BusinessUnit) -> Params:
    """The parameters of SAVE_UNIT."""
    columns = {name: getattr(unit, name) for name in ("company_id", "name", "name_key", "version")}
    return {"unit_id": unit.id, "loaded_version": unit.version - 1, **columns}
