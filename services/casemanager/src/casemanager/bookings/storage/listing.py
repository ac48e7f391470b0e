"""Lists of bookings: what somebody sees, cut before anything is looked up for it (CM-14, CM-15).

What is typed is looked for among the first of the list, and only where they do not fill the page in the indices of
cases, case managers and specialists, for all: see `shared/found_pages.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    SmallInteger,
    Subquery,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.domain.states import State
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.search import SoughtShape, sought
from casemanager.bookings.storage.filters import FILTERS, asked_states
from casemanager.bookings.storage.load import ORG_ID, READER, columns, with_names
from casemanager.bookings.storage.sorts import Order, Sort
from casemanager.bookings.storage.tables import bookings
from casemanager.bookings.storage.walks import Scope, is_in, is_seen, rows_of, walks
from casemanager.case_managers.storage import case_managers
from casemanager.cases.storage import cases
from casemanager.shared import found_pages
from casemanager.specialists.storage import specialists
from chassis.db import Executor, Statement, statement
from chassis.pagination import Key
from chassis.readers import reader

MAX_COUNT = 1000
"""As far as the bookings of a state are counted."""

_LIMIT = bindparam("limit", type_=Integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which bookings of those that the caller sees: `filters` by the names of `FILTERS`, and what was typed."""

    scope: Scope
    states: tuple[State, ...] = ()
    filters: Mapping[str, object] = field(default_factory=dict)
    typed: str = ""
    sort: Sort = Sort.CREATE_TIME
    descending: bool = True

    def narrowed(self) -> tuple[Scope, tuple[str, ...]]:
        """The walk that finds it soonest, and the filters that are left: one person or unit has walks of its own."""
        names = tuple(sorted(self.filters))
        for name, scope in (("case_manager_id", Scope.OWN), ("business_unit_id", Scope.OF_UNIT)):
            if self.scope is Scope.ALL and name in self.filters:
                return scope, tuple(other for other in names if other != name)
        return self.scope, names


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for, without the values."""

    scope: Scope
    states: tuple[State, ...]
    filters: tuple[str, ...]
    sought: SoughtShape


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for, and the parameters of which a statement needs some."""

    shape: Shape
    params: Mapping[str, object]


def selection_of(caller: Caller, wanted: Wanted, now: datetime) -> Selection | None:
    """What the caller asks for; None: it finds nothing, whatever there is."""
    what, (scope, filters) = sought(wanted.typed), wanted.narrowed()
    states = asked_states(scope, wanted.states, filters)
    if scope is Scope.NONE or states is None or what.finds_nothing:
        return None
    return Selection(Shape(scope, states, filters, what.shape), {**_params(caller, wanted, now), **what.params})


async def list_bookings(
    executor: Executor,
    org_id: UUID,
    caller: Caller,
    wanted: Wanted,
    *,
    now: datetime,
    after: tuple[Key, ...],
    limit: int,
) -> Sequence[Booking]:
    """At most so many bookings, from the one after a position (none: the first) of the sort's keyset on."""
    asked = selection_of(caller, wanted, now)
    if asked is None:
        return []
    order = Order(sort=wanted.sort, descending=wanted.descending, is_continued=bool(after))
    stmt = _list_statement(asked.shape, order)
    params = {**asked.params, "limit": limit, **{f"after_{number}": key for number, key in enumerate(after)}}
    return await executor.all(stmt, org_id=org_id, **known_params(params, stmt))


async def count_by_state(
    executor: Executor, org_id: UUID, caller: Caller, wanted: Wanted, *, now: datetime
) -> Mapping[State, int]:
    """How many there are in each effective state, whichever of them are wanted, up to MAX_COUNT; no text is typed."""
    scope, filters = wanted.narrowed()
    states = asked_states(scope, (), filters)
    if scope is Scope.NONE or states is None:
        return {}
    stmt = _count_statement(scope, states or tuple(State), filters)
    params = known_params(_params(caller, wanted, now), stmt)
    return dict(await executor.all(stmt, org_id=org_id, **params))


def _params(caller: Caller, wanted: Wanted, now: datetime) -> dict[str, object]:
    """The parameters of walks and filters; whose bookings staff ask for stands in a filter."""
    is_staffs = caller.is_staff
    return {
        **wanted.filters,
        "staff_id": caller.account_id,
        "viewer_id": wanted.filters.get("case_manager_id") if is_staffs else caller.case_manager_id,
        "viewer_unit_id": wanted.filters.get("business_unit_id") if is_staffs else caller.unit_id,
        "viewer_specialist_id": caller.specialist_id,
        "now": now,
    }


def known_params(params: Mapping[str, object], stmt: Statement[object]) -> dict[str, object]:
    """Those of the parameters that the statement has."""
    return {name: value for name, value in params.items() if name in stmt.names}


@lru_cache(maxsize=1024)
def _list_statement(shape: Shape, order: Order) -> Statement[Booking]:
    page = found_page(shape, order)
    return statement(
        select(*columns)
        .select_from(with_names.join(page, page.c.id == bookings.c.id))
        .where(bookings.c.org_id == ORG_ID)
        .order_by(*order.of(page)),
        into=READER,
    )


def found_page(shape: Shape, order: Order) -> Subquery:
    """The keys of the order and the ids of the first `limit` bookings, in no order."""
    return _first(_walked(shape, order, _LIMIT), order, _LIMIT) if shape.sought.is_empty else _found(shape, order)


def _walked(shape: Shape, order: Order, limit: ColumnElement[int]) -> Select[tuple[object, ...]]:
    """The first `limit` of all walks, each in order."""
    conditions = [*order.position, *(FILTERS[name] for name in shape.filters)]
    each = [
        walk.rows(order.columns, conditions, order.of(), limit).subquery() for walk in walks(shape.scope, shape.states)
    ]
    return select(union(*map(select, each)).subquery("walked"))


def _first(rows: Select[tuple[object, ...]], order: Order, limit: ColumnElement[int], name: str = "page") -> Subquery:
    found = rows.subquery()
    return select(found).order_by(*order.of(found)).limit(limit).subquery(name)


def _found(shape: Shape, order: Order) -> Subquery:
    """The first `limit` of what was typed."""
    looked_through = literal(found_pages.LOOKED_THROUGH, Integer)
    window = _first(_walked(shape, order, looked_through), order, looked_through, "window_")
    near = _fenced(
        select(window.c.key_0, window.c.key_1, window.c.id)
        .select_from(bookings.join(window, window.c.id == bookings.c.id))
        .where(bookings.c.org_id == ORG_ID, _is_meant(shape)),
        "near",
    )
    how_many = select(func.count()).select_from(near).scalar_subquery()
    each = _meant(shape, order, is_wanted=how_many < _LIMIT)
    all_ = _fenced(select(union(*each).subquery()), "found")
    return _first(select(union_all(select(near).where(how_many >= _LIMIT), select(all_)).subquery()), order, _LIMIT)


def _fenced(rows: Select[tuple[object, ...]], name: str) -> CTE:
    return rows.cte(name).prefix_with("MATERIALIZED")


_PEOPLE = ((cases, "case_id"), (case_managers, "case_manager_id"), (specialists, "specialist_id"))
_every_state = func.unnest(literal([*map(int, State)], ARRAY(SmallInteger)))
_states = _every_state.table_valued("state", name="each").render_derived()
_number = bookings.c.number == bindparam("booking_number", type_=Text)
_case_number = bookings.c.case_id == (
    select(cases.c.id)
    .where(cases.c.org_id == ORG_ID, cases.c.number == bindparam("case_number", type_=BigInteger))
    .scalar_subquery()
)


def _asked_people(shape: Shape) -> Sequence[tuple[FromClause, str]]:
    """Who has what was typed among their words, where the caller sees them all.

    Among a case's are its file numbers, among a case manager's the company's name, and a specialist sees neither.
    """
    if shape.scope is Scope.BOOKED:
        return () if shape.sought.is_number else _PEOPLE[:1]
    return _PEOPLE[:1] if shape.sought.is_number else _PEOPLE


def _asked_numbers(shape: Shape) -> Sequence[ColumnElement[bool]]:
    """The numbers that are typed whole: a booking's, and to specialists its case's."""
    if not shape.sought.is_number:
        return ()
    return (_number, _case_number & _shows_people(shape)) if shape.scope is Scope.BOOKED else (_number,)


def _shows_people(shape: Shape) -> ColumnElement[bool]:
    """That the caller sees whom the booking is about: of a cancelled one a specialist does not."""
    return ~is_in([State.CANCELLED]) if shape.scope is Scope.BOOKED else literal(value=True)


def _is_meant(shape: Shape) -> ColumnElement[bool]:
    """Whether a booking is one that was typed. Each asks for its own people: joined, cases met case managers."""

    def fits(people: FromClause, key: str) -> ColumnElement[bool]:
        of_one = select(shape.sought.text.fits(people)).where(people.c.org_id == ORG_ID, people.c.id == bookings.c[key])
        return of_one.correlate(bookings).scalar_subquery()

    people = (fits(*each) & _shows_people(shape) for each in _asked_people(shape))
    return or_(*_asked_numbers(shape), *people)


def _meant(shape: Shape, order: Order, *, is_wanted: ColumnElement[bool]) -> Iterator[Select[tuple[object, ...]]]:
    """The first `limit` of what was typed, of each whom it was found by: who has many is not read to the end."""
    conditions = [*order.position, is_seen(shape.scope), is_in(shape.states), *(FILTERS[one] for one in shape.filters)]
    walk = rows_of(order.columns).where(bookings.c.org_id == ORG_ID, *conditions)

    def about(people: FromClause, key: str, *, by_state: bool = False) -> Select[tuple[object, ...]]:
        found = _fenced(
            select(people.c.id).where(
                people.c.org_id == ORG_ID,
                shape.sought.text.is_indexed(people),
                shape.sought.text.fits(people),
                is_wanted,
            ),
            f"found_{key}",
        )
        of_one = walk.where(bookings.c[key] == found.c.id, _shows_people(shape))
        whose: FromClause = found
        if by_state:  # as the index has them
            whose, of_one = found.join(_states, true()), of_one.where(bookings.c.state == _states.c.state)
        first = of_one.order_by(*order.of()).limit(_LIMIT).lateral(f"of_{key}")
        return rows_of(tuple(first.c)).select_from(whose.join(first, true()))

    for people, key in _asked_people(shape):
        yield about(people, key, by_state=people is case_managers)
    for is_meant in _asked_numbers(shape):
        yield walk.where(is_meant, is_wanted)


def _pair(state: int, count: int) -> tuple[State, int]:
    return State(state), count


@lru_cache(maxsize=256)
def _count_statement(scope: Scope, states: tuple[State, ...], filters: tuple[str, ...]) -> Statement[tuple[State, int]]:
    limit = literal(MAX_COUNT, Integer)
    conditions = [FILTERS[name] for name in filters]
    counts = []
    for state in states:
        each = [
            walk.rows([bookings.c.id.label("id")], conditions, (), limit).subquery() for walk in walks(scope, [state])
        ]
        found = union(*map(select, each)).subquery()
        some = select(found).limit(limit).subquery()
        counts.append(
            select(literal(state, SmallInteger).label("state"), func.count().label("count")).select_from(some)
        )
    every = union_all(*counts).subquery("counts")
    return statement(
        select(every.c.state, every.c["count"]).where(every.c["count"] > literal(0, Integer)),
        into=reader(_pair, "state", "count"),
    )
