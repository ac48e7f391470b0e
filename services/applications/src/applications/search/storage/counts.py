"""How many applications a search finds, and how many of those stand in each state, whichever states it asks for.

Without a text each number is counted along the index of the link states, and only to the bound. A text is looked for
once; of more applications than the bound the rest is not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import FromClause, Integer, ScalarSelect, Select, exists, func, literal_column, or_, select

from applications.application.domain.link_state import LinkState
from applications.application.storage.tables import applications, guardians
from applications.search.domain import MAX_COUNT, Attention
from applications.search.storage.search import Search, params_of, shape_of
from applications.search.storage.statements import ORG_ID, Shape, State, filters, holds, selected
from chassis.db import Executor, Statement, statement

STATES: tuple[State, ...] = (*LinkState, *Attention)
_BOUND = literal_column(str(MAX_COUNT + 1), Integer)
_earlier = guardians.alias("earlier")
_their_application = (applications.c.org_id == guardians.c.org_id) & (applications.c.id == guardians.c.application_id)


@dataclass(frozen=True, slots=True)
class Count:
    """How many applications there are; more than `number` when it is `exceeded`."""

    number: int
    exceeded: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are found, and of what is found in any state how many stand in each."""

    found: Count
    states: Mapping[State, Count]


_NONE = Count(0, exceeded=False)
NOTHING = Counts(_NONE, dict.fromkeys(STATES, _NONE))


async def count(executor: Executor, search: Search, *, org_id: UUID, now: datetime) -> Counts:
    """Counts what a search finds, each number up to MAX_COUNT."""
    statement_ = count_statement(shape_of(search))
    [row] = await executor.all(statement_, **params_of(search, STATES, org_id=org_id, now=now))
    scanned, found, *states = (int(str(number)) for number in row)

    def counted(number: int) -> Count:
        return Count(min(number, MAX_COUNT), exceeded=max(number, scanned) > MAX_COUNT)

    return Counts(counted(found), {state: counted(number) for state, number in zip(STATES, states, strict=True)})


@lru_cache(maxsize=512)
def count_statement(shape: Shape) -> Statement[tuple[object, ...]]:
    """One row: how many a text was scanned for (0: there is none), how many are found, and of each of STATES."""
    in_any_state = replace(shape, states=frozenset())
    if not shape.kinds:
        narrowing = [*filters(in_any_state)]
        rows = guardians.join(applications, _their_application) if narrowing else guardians
        each = [_count(_in_state(state, guardians).select_from(rows).where(*narrowing)) for state in STATES]
        return statement(select(literal_column("0"), _count(selected(shape)), *each))
    matching = selected(in_any_state).limit(_BOUND).cte("matching")
    people = (
        select(guardians)
        .join(matching, matching.c.id == guardians.c.application_id)
        .where(guardians.c.org_id == ORG_ID)
        .cte("people")
    )
    scanned = select(func.count()).select_from(matching).scalar_subquery()
    found = scanned
    if shape.states:
        is_in_one = or_(*(holds(state, people) for state in STATES if state in shape.states))
        found = select(func.count(people.c.application_id.distinct())).where(is_in_one).scalar_subquery()
    return statement(select(scanned, found, *(_count(_in_state(state, people)) for state in STATES)))


def _in_state(state: State, people: FromClause) -> Select[tuple[UUID]]:
    """Applications of which a guardian is in a state, each by the first who is."""
    is_earlier = exists().where(
        _earlier.c.org_id == ORG_ID,
        _earlier.c.application_id == people.c.application_id,
        _earlier.c.position < people.c.position,
        holds(state, _earlier),
    )
    is_first = or_(people.c.position == literal_column("0"), ~is_earlier)
    return select(people.c.application_id).where(people.c.org_id == ORG_ID, holds(state, people), is_first)


def _count(rows: Select[tuple[UUID]]) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows.limit(_BOUND).subquery()).scalar_subquery()
