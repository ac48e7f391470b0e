"""Finding cases: statements built from what is asked for, each made once and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, SmallInteger, Text, Uuid, bindparam, select

from casemanager.case_managers.storage import case_managers
from casemanager.cases.domain import Case
from casemanager.cases.search import found_by, typed_for_cases
from casemanager.cases.storage import CASE, READER, cases, is_seen, with_case_managers
from casemanager.shared.found_pages import Cut
from casemanager.shared.typed import TypedShape
from casemanager.shared.visibility import Sight, Viewer
from chassis.db import Executor, Statement, statement
from chassis.pagination import Key, Keyset


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATE_TIME = "create_time"
    FAMILY_NAME = "family_name"


_ORDER: Mapping[Sort, ColumnElement[object]] = {
    Sort.CREATE_TIME: cases.c.create_time,
    Sort.FAMILY_NAME: cases.c.sort_name,
}
KEYSETS: Mapping[Sort, Keyset[Case, tuple[Key, ...]]] = {
    Sort.CREATE_TIME: Keyset(first=(), of=lambda case: (case.create_time, case.id)),
    Sort.FAMILY_NAME: Keyset(first=(), of=lambda case: (found_by(case).sort_name, case.id)),
}
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "state": cases.c.state == bindparam("state", type_=SmallInteger),
    "company_id": cases.c.company_id == bindparam("company_id", type_=Uuid),
    "business_unit_id": case_managers.c.business_unit_id == bindparam("business_unit_id", type_=Uuid),
    "case_manager_id": cases.c.case_manager_id == bindparam("case_manager_id", type_=Uuid),
    "service_type": cases.c.service_type == bindparam("service_type", type_=Text),
}
"""What can be asked of a case, by the parameter that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases of those that the viewer sees: `filters` by the names of `_FILTERS`, and what was typed."""

    viewer: Viewer
    filters: Mapping[str, object]
    typed: str
    sort: Sort
    descending: bool


async def list_cases(
    executor: Executor, org_id: UUID, wanted: Wanted, after: tuple[Key, ...], limit: int
) -> Sequence[Case]:
    """At most so many cases, from the one after a position (none: the first) of the sort's keyset on."""
    text = typed_for_cases(wanted.typed)
    if text.finds_nobody:
        return []
    shape = _Shape(wanted.viewer.sight, tuple(sorted(wanted.filters)), text.shape)
    stmt = _list_statement(shape, wanted.sort, descending=wanted.descending, is_continued=bool(after))
    position = {f"after_{number}": key for number, key in enumerate(after)}
    params: dict[str, object] = {**wanted.filters, **wanted.viewer.params(), **text.params(), **position}
    return await executor.all(stmt, org_id=org_id, limit=limit, **params)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values."""

    sight: Sight
    filters: tuple[str, ...]
    typed: TypedShape


@lru_cache(maxsize=512)
def _list_statement(shape: _Shape, sort: Sort, *, descending: bool, is_continued: bool) -> Statement[Case]:
    cut = Cut(
        people=cases,
        source=with_case_managers(cases),
        key=_ORDER[sort],
        filters=[is_seen(shape.sight), *(_FILTERS[name] for name in shape.filters)],
        text=shape.typed,
        descending=descending,
        is_continued=is_continued,
    )
    page = cut.page()
    return statement(
        select(*CASE.columns())
        .select_from(page.join(cases, page.c.id == cases.c.id))
        .where(cases.c.org_id == bindparam("org_id", type_=Uuid))
        .order_by(*cut.ordered(page.c.key, page.c.id)),
        into=READER,
    )
