"""The statements of a search: built from what is asked for, each made once and kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
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
from applications.application.storage.rows import APPLICATION_ROW, guardian_rows
from applications.application.storage.tables import (
    BY_BYTES,
    LINK_STATE,
    applications,
    family_names,
    guardians,
    invitations,
)
from applications.search.domain import Attention
from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.pagination import Key, Keyset
from chassis.text import letters


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


State = LinkState | Attention
"""What a guardian can be looked for by."""


class Kind(Enum):
    """What a text can be."""

    NUMBER = auto()
    CONTACT = auto()
    NAME = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is asked for, without the values: searches of one shape have one statement.

    `words` is how many there are beside the phrase; no `states`: all of them.
    """

    kinds: frozenset[Kind]
    words: int
    states: frozenset[State]
    has_statuses: bool
    assigned: Assigned


ORG_ID = bindparam("org_id", type_=Uuid)
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
    _first_name.c.org_id == ORG_ID,
    _first_name.c.application_id == applications.c.id,
    _first_name.c.position == literal_column("0"),
)
_begins_there = and_(
    _first_name.c.plain >= bindparam("from_name", type_=BY_BYTES),
    _first_name.c.plain < bindparam("to_name", type_=BY_BYTES),
)


@lru_cache(maxsize=512)
def search_statement(shape: Shape, *, sort: Sort, descending: bool, is_continued: bool) -> Statement[Application]:
    """The statement for a page. `is_continued`: from a position on, whose keys are `after_0`, `after_1`."""
    columns = _ORDER[sort]
    conditions = [applications.c.org_id == ORG_ID, *filters(shape)]
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

    if sort is Sort.FAMILY_NAME and Kind.NAME in shape.kinds:
        # What begins as typed stands together in this order. Only the others have to be looked for, and are few: the
        # empty text keeps the planner from walking along the order until it meets them.
        name, id_ = columns
        others = page(~_begins_there, _has_name(shape.words), by=[name.concat(literal("")), id_])
        both = union_all(page(_begins_there), others).subquery("both")
        found = select(both).order_by(*ordered([both.c[label.name] for label in labels])).limit(_limit).subquery("page")
    else:
        found = page(*has_text(shape)).subquery("page")
    return statement(
        guardian_rows(literal("", TextType()))
        .join(found, found.c.id == applications.c.id)
        .where(applications.c.org_id == ORG_ID)
        .order_by(*ordered([found.c[label.name] for label in labels]), guardians.c.position),
        into=APPLICATION_ROW,
    )


def selected(shape: Shape) -> Select[tuple[UUID]]:
    """The ids of the applications that a search finds, in no order; to be put into any statement of the tenant."""
    found = select(applications.c.id).where(applications.c.org_id == ORG_ID, *filters(shape), *has_text(shape))
    return found.correlate(None)


def filters(shape: Shape) -> Iterator[ColumnElement[bool]]:
    """What is asked of an application, its text apart."""
    if shape.states:
        yield exists().where(
            guardians.c.org_id == ORG_ID,
            guardians.c.application_id == applications.c.id,
            or_(*(holds(state) for state in sorted(shape.states, key=str))),
        )
    if shape.has_statuses:
        yield applications.c.status == any_(bindparam("statuses", type_=ARRAY(Integer)))
    if shape.assigned is Assigned.TO_ONE:
        yield applications.c.assignee_id == bindparam("assignee_id", type_=Uuid)
    elif shape.assigned is Assigned.TO_NOBODY:
        yield applications.c.assignee_id.is_(None)


def has_text(shape: Shape) -> list[ColumnElement[bool]]:
    """What a text asks of an application."""
    if Kind.NAME in shape.kinds:
        return [_has_name(shape.words)]
    numbered = select(applications.c.id).where(
        applications.c.org_id == ORG_ID,
        or_(
            and_(applications.c.number >= bindparam("low"), applications.c.number < bindparam("high")),
            applications.c.serial == bindparam("serial"),
        ),
    )
    reached = select(family_names.c.application_id).where(
        family_names.c.org_id == ORG_ID,
        family_names.c.search_keys.overlap(bindparam("contact_keys", type_=ARRAY(TextType))),
    )
    # Both are rare, and each has its index: one OR of them would have neither.
    asked = {Kind.NUMBER: numbered, Kind.CONTACT: reached}
    sources = [source for kind, source in asked.items() if kind in shape.kinds]
    return [applications.c.id.in_(union_all(*sources) if len(sources) > 1 else sources[0])] if sources else []


def _has_name(words: int) -> ColumnElement[bool]:
    """That a guardian is found by the phrase, or by each of so many words."""
    each = [and_(*(or_(*_word(place)) for place in range(1, words + 1)))] if words else []
    return exists().where(
        family_names.c.org_id == ORG_ID,
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


def holds(state: State, people: FromClause = guardians) -> ColumnElement[bool]:
    """That a guardian is in a state: the rules of `domain.link_state` and of `search.domain`, for the index."""
    now = bindparam("now", type_=INSTANT)
    offered = _is_state(LinkState.INVITED)
    match state:
        case LinkState.INVITED:
            return and_(offered, people.c.offered_until > now)
        case LinkState.EXPIRED:
            return and_(offered, people.c.offered_until <= now)
        case Attention.INVITED_LONG_AGO:
            is_old = and_(
                invitations.c.end_time.is_(None),
                invitations.c.create_time <= bindparam("invited_before", type_=INSTANT),
                # Older ones have run out; most of an organization's are older.
                invitations.c.create_time >= bindparam("invited_after", type_=INSTANT),
            )
            return and_(offered, people.c.offered_until > now, _invitation(people, is_old))
        case Attention.HELP_REQUESTED:
            is_asked = and_(
                invitations.c.by_family, invitations.c.create_time > bindparam("asked_after", type_=INSTANT)
            )
            return and_(or_(offered, _is_state(LinkState.UNDELIVERABLE)), _invitation(people, is_asked))
    return _is_state(state)


def _is_state(state: LinkState) -> ColumnElement[bool]:
    return _invitation_status == literal_column(str(state.value))


def _invitation(people: FromClause, is_meant: ColumnElement[bool]) -> ColumnElement[bool]:
    """Something of the latest invitation; by the guardian's id, too, so that either can be looked for first."""
    return exists().where(
        invitations.c.org_id == ORG_ID,
        invitations.c.id == people.c.invitation_id,
        invitations.c.guardian_id == people.c.id,
        is_meant,
    )
