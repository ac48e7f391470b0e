"""Finding specialists: statements built from what is asked for, each made once and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, SmallInteger, Text, Uuid, any_, bindparam, select

from casemanager.logins.storage import logins, with_logins
from casemanager.shared.found_pages import Cut
from casemanager.shared.typed import TypedShape, typed
from casemanager.specialists.domain import Specialist
from casemanager.specialists.storage import READER, columns, found_by, people, specialists
from chassis.db import Executor, Statement, statement
from chassis.pagination import Key, Keyset

BY_NAME: Keyset[Specialist, tuple[Key, ...]] = Keyset(
    first=(), of=lambda specialist: (found_by(specialist).sort_key, specialist.id)
)
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "id": specialists.c.id == bindparam("id", type_=Uuid),
    "specialty": bindparam("specialty", type_=Text) == any_(specialists.c.specialties),
    "language": bindparam("language", type_=Text) == any_(specialists.c.languages),
    "place_id": bindparam("place_id", type_=Uuid) == any_(specialists.c.place_ids),
    "mode": bindparam("mode", type_=SmallInteger) == any_(specialists.c.modes),
    "account_status": specialists.c.account_status == bindparam("account_status", type_=SmallInteger),
    "account_ids": logins.c.account_id == any_(bindparam("account_ids", type_=ARRAY(Uuid))),
}
"""What can be asked of a specialist, by the parameter that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which specialists: `filters` by the names of `_FILTERS`, and what was typed; a contact for who sees those."""

    filters: Mapping[str, object]
    typed: str
    by_contact: bool


async def list_specialists(
    executor: Executor, wanted: Wanted, *, org_id: UUID, after: tuple[Key, ...], limit: int
) -> Sequence[Specialist]:
    """At most so many specialists by name, from the one after a position (none: the first) on."""
    text = typed(wanted.typed, by_contact=wanted.by_contact)
    if text.finds_nobody:
        return []
    shape = _Shape(tuple(sorted(wanted.filters)), text.shape, is_continued=bool(after))
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **wanted.filters}
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    return await executor.all(_list_statement(shape), **params, **text.params())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values."""

    filters: tuple[str, ...]
    typed: TypedShape
    is_continued: bool


@lru_cache(maxsize=512)
def _list_statement(shape: _Shape) -> Statement[Specialist]:
    cut = Cut(
        people=specialists,
        source=people if "account_ids" in shape.filters else specialists,
        key=specialists.c.sort_name,
        filters=[_FILTERS[name] for name in shape.filters],
        text=shape.typed,
        descending=False,
        is_continued=shape.is_continued,
    )
    page = cut.page()
    return statement(
        select(*columns)
        .select_from(with_logins(page.join(specialists, page.c.id == specialists.c.id), specialists))
        .where(specialists.c.org_id == bindparam("org_id", type_=Uuid))
        .order_by(page.c.key, page.c.id),
        into=READER,
    )
