"""Lists of bookings: what somebody sees, cut before anything is looked up for it (CM-14, CM-15).

"Mine or my unit's" unites limited walks through an index each, one for each state that is asked for: as one condition
it would read every row of the organization, the more the rarer they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    Uuid,
    bindparam,
    literal,
    select,
    true,
    tuple_,
    union,
)

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.domain.states import OPEN, UNANSWERED, State
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.load import ORG_ID, READER, columns, with_names
from casemanager.bookings.storage.tables import bookings
from casemanager.case_managers.storage import case_managers
from chassis.columns import INSTANT
from chassis.db import Executor, Statement, statement
from chassis.pagination import NEWEST, Keyset

BY_CREATE_TIME: Keyset[Booking, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda booking: (booking.create_time, booking.id)
)


class Scope(Enum):
    """Whose bookings somebody lists."""

    ALL = "all"
    LOOKED_AFTER = "looked_after"
    """Those that a member of the staff looks after."""
    OWN = "own"
    UNIT = "unit"
    """A case manager's own, and those of their unit."""
    BOOKED = "booked"
    """Those that a specialist was booked for."""
    NONE = "none"


def scope_of(caller: Caller, *, is_mine: bool) -> Scope:
    """Whose bookings the caller lists, theirs alone or all that they see."""
    if caller.is_staff:
        return Scope.LOOKED_AFTER if is_mine else Scope.ALL
    if caller.case_manager_id is not None:
        return Scope.OWN if is_mine or caller.unit_id is None else Scope.UNIT
    return Scope.NONE if caller.specialist_id is None else Scope.BOOKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which bookings: in these states, none: in any; of a case, None: of all."""

    scope: Scope
    states: tuple[State, ...] = ()
    case_id: UUID | None = None


async def list_bookings(
    executor: Executor,
    org_id: UUID,
    caller: Caller,
    wanted: Wanted,
    *,
    now: datetime,
    before: tuple[datetime, UUID],
    limit: int,
) -> Sequence[Booking]:
    """At most so many bookings from before a position on, in the order of `BY_CREATE_TIME`."""
    if wanted.scope is Scope.NONE:
        return []
    stmt = _list_statement(wanted.scope, wanted.states, of_case=wanted.case_id is not None)
    params = {
        "case_id": wanted.case_id,
        "staff_id": caller.account_id,
        "case_manager_id": caller.case_manager_id,
        "unit_id": caller.unit_id,
        "specialist_id": caller.specialist_id,
        "now": now,
    }
    known = {name: value for name, value in params.items() if name in stmt.names}
    return await executor.all(stmt, org_id=org_id, before_time=before[0], before_id=before[1], limit=limit, **known)


_NOW = bindparam("now", type_=INSTANT)
_LIMIT = bindparam("limit", type_=Integer)
_order = (bookings.c.create_time, bookings.c.id)
_before = tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid))
_owner = bookings.c.case_manager_id == bindparam("case_manager_id", type_=Uuid)
_unit_id = bindparam("unit_id", type_=Uuid)


def _is_in(state: State) -> ColumnElement[bool]:
    return bookings.c.state == literal(state, SmallInteger)


def _effective(states: Sequence[State]) -> Iterator[tuple[State, ColumnElement[bool] | None]]:
    """By stored state: what else makes it one of the effective states that are asked for."""
    for state in State:
        if state in UNANSWERED:
            is_over = bookings.c.expire_time <= _NOW
            if state in states and State.EXPIRED in states:
                yield state, None
            elif state in states:
                yield state, ~is_over
            elif State.EXPIRED in states:
                yield state, is_over
        elif state in states:
            yield state, None


@lru_cache(maxsize=256)
def _list_statement(scope: Scope, states: tuple[State, ...], *, of_case: bool) -> Statement[Booking]:
    branches = [_branch(which, of_case=of_case) for which in _branches(scope, states)]
    found = union(*(select(branch.subquery()) for branch in branches)).subquery("found")
    page = (
        select(found.c.create_time, found.c.id)
        .order_by(found.c.create_time.desc(), found.c.id.desc())
        .limit(_LIMIT)
        .subquery("page")
    )
    return statement(
        select(*columns)
        .select_from(with_names.join(page, page.c.id == bookings.c.id))
        .where(bookings.c.org_id == ORG_ID)
        .order_by(page.c.create_time.desc(), page.c.id.desc()),
        into=READER,
    )


@dataclass(frozen=True, slots=True)
class _Which:
    """A walk: what it asks for, and whether it goes along with the case managers of a unit."""

    conditions: tuple[ColumnElement[bool], ...]
    by_manager: bool = False


def _branches(scope: Scope, states: tuple[State, ...]) -> Iterator[_Which]:
    if scope is Scope.ALL and not states:
        yield _Which(())
        return
    by_state = list(_effective(states)) if states else [(state, None) for state in State]
    for state, also in by_state:
        conditions = (_is_in(state), *(() if also is None else (also,)))
        match scope:
            case Scope.LOOKED_AFTER:
                mine = bookings.c.responsible_staff_id == bindparam("staff_id", type_=Uuid)
                yield _Which((mine, *conditions))
            case Scope.OWN:
                yield _Which((_owner, *conditions))
            case Scope.UNIT:
                yield _Which((_owner, *conditions))
                # An open one is of the unit that its case manager is of now, one that is over stays where it was.
                if state in OPEN:
                    yield _Which(conditions, by_manager=True)
                else:
                    yield _Which((bookings.c.business_unit_id == _unit_id, *conditions))
            case Scope.BOOKED:
                booked = bookings.c.specialist_id == bindparam("specialist_id", type_=Uuid)
                yield _Which((booked, bookings.c.confirm_time.is_not(None), *conditions))
            case _:
                yield _Which(conditions)


def _branch(which: _Which, *, of_case: bool) -> Select[tuple[datetime, UUID]]:
    conditions = [bookings.c.org_id == ORG_ID, tuple_(*_order) < _before, *which.conditions]
    if of_case:
        conditions.append(bookings.c.case_id == bindparam("case_id", type_=Uuid))
    walk = (
        select(*_order).where(*conditions).order_by(bookings.c.create_time.desc(), bookings.c.id.desc()).limit(_LIMIT)
    )
    if not which.by_manager:
        return walk
    of_one = walk.where(bookings.c.case_manager_id == case_managers.c.id).lateral("of_one")
    return (
        select(of_one.c.create_time, of_one.c.id)
        .select_from(case_managers.join(of_one, true()))
        .where(case_managers.c.org_id == ORG_ID, case_managers.c.business_unit_id == _unit_id)
        .order_by(of_one.c.create_time.desc(), of_one.c.id.desc())
        .limit(_LIMIT)
    )
