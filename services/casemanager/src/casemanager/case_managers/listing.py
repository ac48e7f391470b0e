"""Finding case managers: statements built from what is asked for, each made once and kept (CM-02)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from casemanager.case_managers.domain import CaseManager
from casemanager.case_managers.storage import READER, case_managers, columns, found_by, people
from casemanager.companies.domain import name_key
from casemanager.logins.storage import login_status, logins
from chassis.db import Executor, Statement, statement
from chassis.name_search import ELSEWHERE, ContactQuery, NameQuery, WordQuery, contact_query, name_query
from chassis.pagination import Key, Keyset


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATE_TIME = "create_time"
    FAMILY_NAME = "family_name"
    COMPANY_NAME = "company_name"
    EMAIL = "email"


_ORDER: Mapping[Sort, ColumnElement[object]] = {
    Sort.CREATE_TIME: case_managers.c.create_time,
    Sort.FAMILY_NAME: case_managers.c.sort_name,
    Sort.COMPANY_NAME: case_managers.c.company_key,
    Sort.EMAIL: case_managers.c.email,
}
KEYSETS: Mapping[Sort, Keyset[CaseManager, tuple[Key, ...]]] = {
    Sort.CREATE_TIME: Keyset(first=(), of=lambda person: (person.create_time, person.id)),
    Sort.FAMILY_NAME: Keyset(first=(), of=lambda person: (found_by(person).sort_name, person.id)),
    Sort.COMPANY_NAME: Keyset(first=(), of=lambda person: (name_key(person.company_name), person.id)),
    Sort.EMAIL: Keyset(first=(), of=lambda person: (person.email, person.id)),
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
    contact, name = contact_query(wanted.typed), name_query(wanted.typed)
    if wanted.typed.strip() and contact is None and name is None:
        return []
    words = 0 if contact or not name else 1 + len(name.words)
    shape = _Shape(tuple(sorted(wanted.filters)), words, has_contact=contact is not None)
    stmt = _list_statement(shape, wanted.sort, descending=wanted.descending, is_continued=bool(after))
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **wanted.filters}
    if "login_statuses" in wanted.filters:
        params["now"] = now
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    params |= dict(_typed_params(contact, name))
    return await executor.all(stmt, **params)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values; `words` with the phrase as the first."""

    filters: tuple[str, ...]
    words: int
    has_contact: bool


@lru_cache(maxsize=512)
def _list_statement(shape: _Shape, sort: Sort, *, descending: bool, is_continued: bool) -> Statement[CaseManager]:
    order = (_ORDER[sort], case_managers.c.id)
    conditions = [case_managers.c.org_id == bindparam("org_id", type_=Uuid)]
    conditions += [_FILTERS[name] for name in shape.filters]
    if shape.has_contact:
        conditions.append(case_managers.c.search_keys.overlap(bindparam("contact_keys", type_=ARRAY(Text))))
    elif shape.words:
        each = [and_(*(or_(*_word(place)) for place in range(1, shape.words)))] if shape.words > 1 else []
        conditions.append(or_(*_word(0), *each))
    if is_continued:
        after = tuple_(*(bindparam(f"after_{number}", type_=key.type) for number, key in enumerate(order)))
        conditions.append(tuple_(*order) < after if descending else tuple_(*order) > after)
    return statement(
        select(*columns)
        .select_from(people)
        .where(*conditions)
        .order_by(*(key.desc() if descending else key for key in order))
        .limit(bindparam("limit", type_=Integer)),
        into=READER,
    )


def _word(place: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a word begins so, and that one is a typo away: apart, so that the planner knows how common the prefix is."""
    texts, keys, spellings = ARRAY(Text), case_managers.c.search_keys, case_managers.c.spellings
    return (
        and_(keys.overlap(bindparam(f"prefixes_{place}", type_=texts)), spellings.like(bindparam(f"pattern_{place}"))),
        and_(
            keys.overlap(bindparam(f"typo_keys_{place}", type_=texts)),
            spellings.like(any_(bindparam(f"typo_patterns_{place}", type_=texts))),
        ),
    )


def _typed_params(contact: ContactQuery | None, name: NameQuery | None) -> Iterator[tuple[str, object]]:
    if contact is not None:
        yield "contact_keys", [contact.key]
    elif name is not None:
        for place, word in enumerate((name.phrase, *name.words)):
            yield f"prefixes_{place}", _prefixes(word)
            yield f"pattern_{place}", word.pattern
            yield f"typo_keys_{place}", word.typo_keys
            yield f"typo_patterns_{place}", word.typo_patterns


def _prefixes(word: WordQuery) -> list[str]:
    return [*word.prefixes, *(ELSEWHERE + prefix for prefix in word.prefixes)]
