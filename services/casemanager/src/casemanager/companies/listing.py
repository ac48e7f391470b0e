"""Finding companies: statements built from what is asked for, each made once and kept (CM-01)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, SmallInteger, Uuid, bindparam, select

from casemanager.companies.domain import Company, Status
from casemanager.companies.storage import COMPANY, companies
from casemanager.shared.found_pages import Cut
from casemanager.shared.typed import TypedShape, typed
from chassis.db import Executor, Statement, statement
from chassis.pagination import Key, Keyset

# Without a first position: a name of blanks has an empty key, and nothing comes before that.
BY_NAME: Keyset[Company, tuple[Key, ...]] = Keyset(first=(), of=lambda company: (company.name_key, company.id))
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "status": companies.c.status == bindparam("status", type_=SmallInteger),
}
"""What can be asked of a company, by the parameter that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which companies: of a status (None: both) and with a name that begins as typed; `descending`: from the end on."""

    status: Status | None
    typed: str
    descending: bool = False


async def list_companies(
    executor: Executor, wanted: Wanted, *, org_id: UUID, after: tuple[Key, ...], limit: int
) -> Sequence[Company]:
    """At most so many companies by name, from the one after a position (none: the first) on."""
    # A number is the beginning of a name here: nobody is looked for by a phone.
    text = typed(wanted.typed, by_contact=False)
    if text.finds_nobody:
        return []
    filters = {} if wanted.status is None else {"status": wanted.status}
    shape = _Shape(tuple(filters), text.shape, descending=wanted.descending, is_continued=bool(after))
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **filters}
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    return await executor.all(_list_statement(shape), **params, **text.params())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values."""

    filters: tuple[str, ...]
    typed: TypedShape
    descending: bool
    is_continued: bool


@lru_cache(maxsize=128)
def _list_statement(shape: _Shape) -> Statement[Company]:
    cut = Cut(
        people=companies,
        source=companies,
        key=companies.c.name_key,
        filters=[_FILTERS[name] for name in shape.filters],
        text=shape.typed,
        descending=shape.descending,
        is_continued=shape.is_continued,
    )
    page = cut.page()
    return statement(
        select(*COMPANY.columns())
        .select_from(page.join(companies, page.c.id == companies.c.id))
        .where(companies.c.org_id == bindparam("org_id", type_=Uuid))
        .order_by(*cut.ordered(page.c.key, page.c.id)),
        into=COMPANY.reader(),
    )
