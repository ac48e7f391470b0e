"""The table of value lists."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import BigInteger, Column, SmallInteger, Table, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from casemanager.shared.tables import metadata
from casemanager.value_lists.domain import Value, ValueList
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.readers import reader
from chassis.saves import save

value_lists = Table(
    "value_lists",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    Column("values", JSONB, nullable=False, comment="In their order: key, English and Spanish words"),
    instant("update_time", nullable=True),
    Column("version", BigInteger, nullable=False),
)


def _values(stored: Iterable[Mapping[str, str]]) -> tuple[Value, ...]:
    return tuple(Value(**each) for each in stored)


VALUE_LIST = mapping(value_lists, ValueList, by_hand={"values": reader(_values, "values")})
LIST_VALUES = statement(
    select(*VALUE_LIST.columns()).where(value_lists.c.org_id == bindparam("org_id")), into=VALUE_LIST.reader()
)
"""The lists that the organization changed: at most one of each kind."""
_new = insert(value_lists).values({column.name: bindparam(column.name, type_=column.type) for column in value_lists.c})
SAVE_VALUES = save(
    _new.on_conflict_do_update(
        index_elements=["org_id", "kind"],
        set_={name: _new.excluded[name] for name in ("values", "update_time", "version")},
        where=value_lists.c.version == _new.excluded.version - 1,
    ).returning(value_lists.c.org_id)
)
"""A list where it is as it was loaded, or the first one."""


def value_params(values: ValueList) -> Params:
    """The parameters of SAVE_VALUES."""
    return {**VALUE_LIST.params(values), "values": [asdict(value) for value in values.values]}
