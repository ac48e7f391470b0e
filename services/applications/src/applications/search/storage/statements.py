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
from applications.application.domain.names import plain
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


class Text(Enum):
    """The kinds of text to look for."""

    NOTHING = auto()
    NUMBER = auto()
    PREFIX = auto()
    PHRASE = auto()
    PREFIX_OR_TYPO = auto()
    PHRASE_OR_TYPO = auto()


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
        first=(), of=lambda application: (plain(application.guardians[0].sort_name), application.id)
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
    text: Text,
    link_states: frozenset[LinkState],
    has_statuses: bool,
    assigned: Assigned,
    sort: Sort,
    descending: bool,
    is_continued: bool,
) -> Statement[Application]:
    """The statement for a kind of search; `is_continued`: from a position on, whose keys are `after_0`, `after_1`."""
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

    if sort is Sort.FAMILY_NAME and text in _NAMES:
        # What begins as typed stands together in this order. Only the others have to be looked for, and are few: the
        # empty text keeps the planner from walking along the order until it meets them.
        name, id_ = columns
        others = page(~_begins_there, _HAS[text], by=[name.concat(literal("")), id_])
        both = union_all(page(_begins_there), others).subquery("both")
        found = select(both).order_by(*ordered([both.c[label.name] for label in labels])).limit(_limit).subquery("page")
    else:
        found = page(*([_HAS[text]] if text in _HAS else [])).subquery("page")
    return statement(
        guardian_rows(literal("", TextType()))
        .join(found, found.c.id == applications.c.id)
        .where(applications.c.org_id == _org_id)
        .order_by(*ordered([found.c[label.name] for label in labels]), guardians.c.position),
        into=APPLICATION_ROW,
    )


_padded = literal(" ") + family_names.c.plain + literal(" ")
_begins = family_names.c.search_keys.overlap(bindparam("prefixes", type_=ARRAY(TextType)))
_begins_so = and_(_begins, _padded.like(bindparam("pattern", type_=TextType)))
_is_near = and_(
    family_names.c.search_keys.overlap(bindparam("typo_keys", type_=ARRAY(TextType))),
    _padded.like(any_(bindparam("typo_patterns", type_=ARRAY(TextType)))),
)


def _has_name(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        family_names.c.org_id == _org_id, family_names.c.application_id == applications.c.id, or_(*conditions)
    )


_HAS = {
    Text.NUMBER: or_(
        and_(applications.c.number >= bindparam("low"), applications.c.number < bindparam("high")),
        applications.c.serial == bindparam("serial"),
    ),
    Text.PREFIX: _has_name(_begins),
    Text.PHRASE: _has_name(_begins_so),
    Text.PREFIX_OR_TYPO: _has_name(_begins, _is_near),
    Text.PHRASE_OR_TYPO: _has_name(_begins_so, _is_near),
}
"""What a text asks for. Prefix and typo stand apart, so that the planner knows how common the prefix is: it walks along
the order for a common one, and asks the index for a rare one."""
_NAMES = {Text.PREFIX, Text.PHRASE, Text.PREFIX_OR_TYPO, Text.PHRASE_OR_TYPO}


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
