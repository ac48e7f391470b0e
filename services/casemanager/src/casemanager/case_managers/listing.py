"""Finding case managers: statements built from what is asked for, each made once and kept (CM-02)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    select,
)

from casemanager.case_managers.domain import CaseManager
from casemanager.case_managers.storage import READER, case_managers, columns, found_by, with_all
from casemanager.companies.domain import name_key
from casemanager.logins.storage import login_status, logins, with_offers
from casemanager.shared.found_pages import Cut
from casemanager.shared.typed import TypedShape, typed
from chassis.db import Executor, Statement, statement
from chassis.pagination import Key, Keyset


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATE_TIME = "create_time"
    FAMILY_NAME = "family_name"
    COMPANY_NAME = "company_name"
    EMAIL = "email"
    LOGIN_STATUS = "login_status"


_ORDER: Mapping[Sort, ColumnElement[Any]] = {
    Sort.CREATE_TIME: case_managers.c.create_time,
    Sort.FAMILY_NAME: case_managers.c.sort_name,
    Sort.COMPANY_NAME: case_managers.c.company_key,
    Sort.EMAIL: case_managers.c.email,
    # No index has it: it follows from four tables and from the time, so that everybody who is found is sorted.
    Sort.LOGIN_STATUS: login_status(),
}
_KEYS: Mapping[Sort, Callable[[CaseManager, datetime], Key]] = {
    Sort.CREATE_TIME: lambda person, _: person.create_time,
    Sort.FAMILY_NAME: lambda person, _: found_by(person).sort_name,
    Sort.COMPANY_NAME: lambda person, _: name_key(person.company_name),
    Sort.EMAIL: lambda person, _: person.email,
    Sort.LOGIN_STATUS: lambda person, now: person.known_login.status(now).value,
}
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "company_id": case_managers.c.company_id == bindparam("company_id", type_=Uuid),
    "business_unit_id": case_managers.c.business_unit_id == bindparam("business_unit_id", type_=Uuid),
    "responsible_staff_id": case_managers.c.responsible_staff_id == bindparam("responsible_staff_id", type_=Uuid),
    "account_status": case_managers.c.account_status == bindparam("account_status", type_=SmallInteger),
    "is_verified": case_managers.c.contact_verify_time.is_not(None) == bindparam("is_verified", type_=Boolean),
    "state": func.lower(case_managers.c.state) == bindparam("state", type_=Text),
    "account_ids": logins.c.account_id == any_(bindparam("account_ids", type_=ARRAY(Uuid))),
    "login_statuses": login_status() == any_(bindparam("login_statuses", type_=ARRAY(Integer))),
}
"""What can be asked of a person, by the parameter that says it."""
_OF_LOGINS = {"account_ids", "login_statuses"}


def keyset(sort: Sort, now: datetime) -> Keyset[CaseManager, tuple[Key, ...]]:
    """The order of a list; a lock that ends from one page to the next moves its person."""
    return Keyset(first=(), of=lambda person: (_KEYS[sort](person, now), person.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which case managers: `filters` by the names of `_FILTERS`, and what was typed."""

    filters: Mapping[str, object]
    typed: str
    sort: Sort
    descending: bool


async def list_case_managers(
    executor: Executor, wanted: Wanted, *, org_id: UUID, now: datetime, after: tuple[Key, ...], limit: int
) -> Sequence[CaseManager]:
    """At most so many case managers, from the one after a position (none: the first) of the sort's keyset on."""
    text = typed(wanted.typed)
    if text.finds_nobody:
        return []
    shape = _Shape(tuple(sorted(wanted.filters)), text.shape)
    stmt = _list_statement(shape, wanted.sort, descending=wanted.descending, is_continued=bool(after))
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **wanted.filters}
    if "login_statuses" in wanted.filters or wanted.sort is Sort.LOGIN_STATUS:
        params["now"] = now
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    return await executor.all(stmt, **params, **text.params())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values."""

    filters: tuple[str, ...]
    typed: TypedShape


@lru_cache(maxsize=512)
def _list_statement(shape: _Shape, sort: Sort, *, descending: bool, is_continued: bool) -> Statement[CaseManager]:
    is_by_status = sort is Sort.LOGIN_STATUS
    is_of_logins = is_by_status or bool(_OF_LOGINS & {*shape.filters})
    cut = Cut(
        people=case_managers,
        source=with_offers(case_managers, case_managers) if is_of_logins else case_managers,
        key=_ORDER[sort],
        filters=[_FILTERS[name] for name in shape.filters],
        text=shape.typed,
        descending=descending,
        is_continued=is_continued,
        has_index=not is_by_status,
    )
    page = cut.page()
    return statement(
        select(*columns)
        .select_from(with_all(page.join(case_managers, page.c.id == case_managers.c.id)))
        .where(case_managers.c.org_id == bindparam("org_id", type_=Uuid))
        .order_by(*cut.ordered(page.c.key, page.c.id)),
        into=READER,
    )
