"""The statements of a search: built from what is asked for, each made once and kept."""

from collections.abc import Sequence
from enum import Enum, StrEnum, auto
from functools import lru_cache

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import Text as TextType

from applications.application.domain.application import Application
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import letters
from applications.application.storage.rows import APPLICATION_ROW, guardian_rows
from applications.application.storage.tables import BY_BYTES, LINK_STATE, applications, family_names, guardians
from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.pagination import Key, Keyset


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATE_TIME = "create_time"
    NUMBER = "number"
    FAMILY_NAME = "family_name"


class Assigned(Enum):
    """Whose applications."""

    TO_ANYBODY = auto()
    TO_ONE = auto()
    TO_NOBODY = auto()


class Kind(Enum):
    """What a text can be."""

    NUMBER = auto()
    CONTACT = auto()
    NAME = auto()


_org_id = bindparam("org_id", type_=Uuid)
_first_name = family_names.alias("first_name")
_ORDER: dict[Sort, tuple[ColumnElement[object], ...]] = {
    Sort.CREATE_TIME: (applications.c.create_time, applications.c.id),
    Sort.NUMBER: (applications.c.serial,),
    Sort.FAMILY_NAME: (_first_name.c.plain, _first_name.c.application_id),
}
KEYSETS: dict[Sort, Keyset[Application, tuple[Key, ...]]] = {
    Sort.CREATE_TIME: Keyset(first=(), of=lambda application: (application.create_time, application.id)),
    Sort.NUMBER: Keyset(first=(), of=lambda application: (int(application.number.removeprefix("A-")),)),
    Sort.FAMILY_NAME: Keyset(
        first=(), of=lambda application: (letters(application.guardians[0].sort_name), application.id)
    ),
}
_limit = bindparam("limit", type_=Integer)
_invitation_status = literal_column(f"({LINK_STATE})", Integer)
_is_first_name = and_(
    _first_name.c.org_id == _org_id,
    _first_name.c.application_id == applications.c.id,
    _first_name.c.position == literal_column("0"),
)
_begins_there = and_(
    _first_name.c.plain >= bindparam("from_name", type_=BY_BYTES),
    _first_name.c.plain < bindparam("to_name", type_=BY_BYTES),
)


@lru_cache(maxsize=512)
def search_statement(
    *,
    kinds: frozenset[Kind],
    words: int,
    link_states: frozenset[LinkState],
    has_statuses: bool,
    assigned: Assigned,
    sort: Sort,
    descending: bool,
    is_continued: bool,
) -> Statement[Application]:
    """The statement for a kind of search.

    `words` is how many there are beside the phrase. `is_continued`: from a position on, whose keys are `after_0`,
    `after_1`.
    """
    columns = _ORDER[sort]
    conditions = [applications.c.org_id == _org_id]
    if link_states:
        conditions.append(_is_in(link_states))
    if has_statuses:
        conditions.append(applications.c.status == any_(bindparam("statuses", type_=ARRAY(Integer))))
    if assigned is Assigned.TO_ONE:
        conditions.append(applications.c.assignee_id == bindparam("assignee_id", type_=Uuid))
    elif assigned is Assigned.TO_NOBODY:
        conditions.append(applications.c.assignee_id.is_(None))
    if is_continued:
        keys = tuple_(*columns)
        after = tuple_(*(bindparam(f"after_{number}", type_=column.type) for number, column in enumerate(columns)))
        conditions.append(keys < after if descending else keys > after)
    labels = [column.label(f"key_{number}") for number, column in enumerate(columns)]
    source = applications.join(_first_name, _is_first_name) if sort is Sort.FAMILY_NAME else applications

    def ordered(keys: Sequence[ColumnElement[object]]) -> list[ColumnElement[object]]:
        return [key.desc() if descending else key for key in keys]

    def page(*also: ColumnElement[bool], by: Sequence[ColumnElement[object]] = columns) -> Select[tuple[object, ...]]:
        asked = select(applications.c.id, *labels).select_from(source).where(*conditions, *also)
        return asked.order_by(*ordered(by)).limit(_limit)

    if sort is Sort.FAMILY_NAME and Kind.NAME in kinds:
        # What begins as typed stands together in this order. Only the others have to be looked for, and are few: the
        # empty text keeps the planner from walking along the order until it meets them.
        name, id_ = columns
        others = page(~_begins_there, _has_name(words), by=[name.concat(literal("")), id_])
        both = union_all(page(_begins_there), others).subquery("both")
        found = select(both).order_by(*ordered([both.c[label.name] for label in labels])).limit(_limit).subquery("page")
    else:
        found = page(*_has(kinds, words)).subquery("page")
    return statement(
        guardian_rows(literal("", TextType()))
        .join(found, found.c.id == applications.c.id)
        .where(applications.c.org_id == _org_id)
        .order_by(*ordered([found.c[label.name] for label in labels]), guardians.c.position),
        into=APPLICATION_ROW,
    )


def _has(kinds: frozenset[Kind], words: int) -> list[ColumnElement[bool]]:
    """What a text asks for."""
    if Kind.NAME in kinds:
        return [_has_name(words)]
    numbered = select(applications.c.id).where(
        applications.c.org_id == _org_id,
        or_(
            and_(applications.c.number >= bindparam("low"), applications.c.number < bindparam("high")),
            applications.c.serial == bindparam("serial"),
        ),
    )
    reached = select(family_names.c.application_id).where(
        family_names.c.org_id == _org_id,
        family_names.c.search_keys.overlap(bindparam("contact_keys", type_=ARRAY(TextType))),
    )
    # Both are rare, and each has its index: one OR of them would have neither.
    asked = {Kind.NUMBER: numbered, Kind.CONTACT: reached}
    sources = [source for kind, source in asked.items() if kind in kinds]
    return [applications.c.id.in_(union_all(*sources) if len(sources) > 1 else sources[0])] if sources else []


def _has_name(words: int) -> ColumnElement[bool]:
    """That a guardian is found by the phrase, or by each of so many words."""
    each = [and_(*(or_(*_word(place)) for place in range(1, words + 1)))] if words else []
    return exists().where(
        family_names.c.org_id == _org_id,
        family_names.c.application_id == applications.c.id,
        or_(*_word(0), *each),
    )


def _word(place: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That a word begins so, and that one is a typo away.

    They stand apart, so that the planner knows how common the prefix is: it walks along the order for a common one, and
    asks the index for a rare one.
    """
    texts, keys, spellings = ARRAY(TextType), family_names.c.search_keys, family_names.c.spellings
    return (
        and_(
            keys.overlap(bindparam(f"prefixes_{place}", type_=texts)),
            spellings.like(bindparam(f"pattern_{place}", type_=TextType)),
        ),
        and_(
            keys.overlap(bindparam(f"typo_keys_{place}", type_=texts)),
            spellings.like(any_(bindparam(f"typo_patterns_{place}", type_=texts))),
        ),
    )


def _is_in(states: frozenset[LinkState]) -> ColumnElement[bool]:
    """That a guardian is in one of these link states: the rule of `domain.link_state` once more, for the index."""
    return exists().where(
        guardians.c.org_id == _org_id,
        guardians.c.application_id == applications.c.id,
        or_(*(_holds(state) for state in sorted(states))),
    )


def _holds(state: LinkState) -> ColumnElement[bool]:
    now = bindparam("now", type_=INSTANT)
    offered = _invitation_status == literal_column(str(LinkState.INVITED.value))
    match state:
        case LinkState.INVITED:
            return and_(offered, guardians.c.offered_until > now)
        case LinkState.EXPIRED:
            return and_(offered, guardians.c.offered_until <= now)
        case _:
            return _invitation_status == literal_column(str(state.value))
