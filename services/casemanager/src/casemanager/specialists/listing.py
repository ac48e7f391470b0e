"""Finding specialists: statements built from what is asked for, each made once and kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    or_,
    select,
    tuple_,
)

from casemanager.specialists.domain import Specialist
from casemanager.specialists.storage import SPECIALIST, found_by, specialists
from chassis.db import Executor, Statement, statement
from chassis.name_search import ELSEWHERE, ContactQuery, NameQuery, WordQuery, contact_query, name_query
from chassis.pagination import Key, Keyset

BY_NAME: Keyset[Specialist, tuple[Key, ...]] = Keyset(
    first=(), of=lambda specialist: (found_by(specialist).sort_key, specialist.id)
)
_ORDER = (specialists.c.sort_name, specialists.c.id)
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "id": specialists.c.id == bindparam("id", type_=Uuid),
    "specialty": bindparam("specialty", type_=Text) == any_(specialists.c.specialties),
    "language": bindparam("language", type_=Text) == any_(specialists.c.languages),
    "place_id": bindparam("place_id", type_=Uuid) == any_(specialists.c.place_ids),
    "mode": bindparam("mode", type_=SmallInteger) == any_(specialists.c.modes),
    "account_status": specialists.c.account_status == bindparam("account_status", type_=SmallInteger),
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
    contact = contact_query(wanted.typed) if wanted.by_contact else None
    name = None if contact else name_query(wanted.typed)
    if wanted.typed.strip() and contact is None and name is None:
        return []
    words = 1 + len(name.words) if name else 0
    shape = _Shape(tuple(sorted(wanted.filters)), words, has_contact=contact is not None, is_continued=bool(after))
    params: dict[str, object] = {"org_id": org_id, "limit": limit, **wanted.filters}
    params |= {f"after_{number}": key for number, key in enumerate(after)}
    params |= dict(_typed_params(contact, name))
    return await executor.all(_list_statement(shape), **params)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked for, without the values; `words` with the phrase as the first."""

    filters: tuple[str, ...]
    words: int
    has_contact: bool
    is_continued: bool


@lru_cache(maxsize=512)
def _list_statement(shape: _Shape) -> Statement[Specialist]:
    conditions = [specialists.c.org_id == bindparam("org_id", type_=Uuid)]
    conditions += [_FILTERS[name] for name in shape.filters]
    if shape.has_contact:
        conditions.append(specialists.c.search_keys.overlap(bindparam("contact_keys", type_=ARRAY(Text))))
    elif shape.words:
        each = [and_(*(or_(*_word(place)) for place in range(1, shape.words)))] if shape.words > 1 else []
        conditions.append(or_(*_word(0), *each))
    if shape.is_continued:
        after = (bindparam(f"after_{number}", type_=key.type) for number, key in enumerate(_ORDER))
        conditions.append(tuple_(*_ORDER) > tuple_(*after))
    return statement(
        select(*SPECIALIST.columns()).where(*conditions).order_by(*_ORDER).limit(bindparam("limit", type_=Integer)),
        into=SPECIALIST.reader(),
    )


def _word(place: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a word begins so, and that one is a typo away."""
    texts, keys, spellings = ARRAY(Text), specialists.c.search_keys, specialists.c.spellings
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
