"""Walks along the indices of bookings: whose, in which states, in an order (CM-14, CM-15).

"Mine or my unit's" unites limited walks, one for each state that is asked for: as one condition it would read every row
of the organization, the more the rarer they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

from sqlalchemy import ColumnElement, Select, SmallInteger, Uuid, and_, bindparam, case, literal, or_, select, true

from casemanager.bookings.domain.states import OPEN, UNANSWERED, State
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.load import ORG_ID
from casemanager.bookings.storage.tables import bookings
from casemanager.case_managers.storage import case_managers
from chassis.columns import INSTANT

NOW = bindparam("now", type_=INSTANT)


class Scope(Enum):
    """Whose bookings somebody lists."""

    ALL = "all"
    LOOKED_AFTER = "looked_after"
    """Those that a member of the staff looks after."""
    OF_UNIT = "of_unit"
    """Those of a unit, for staff."""
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


_looked_after = bookings.c.responsible_staff_id == bindparam("staff_id", type_=Uuid)
_owner = bookings.c.case_manager_id == bindparam("viewer_id", type_=Uuid)
_unit_id = bindparam("viewer_unit_id", type_=Uuid)
_booked = and_(
    bookings.c.specialist_id == bindparam("viewer_specialist_id", type_=Uuid), bookings.c.confirm_time.is_not(None)
)
_manager = case_managers.alias("unit_manager")
_unit_of_manager = (
    select(_manager.c.business_unit_id)
    .where(_manager.c.org_id == ORG_ID, _manager.c.id == bookings.c.case_manager_id)
    .correlate(bookings)
    .scalar_subquery()
)
_is_open = bookings.c.state.in_([literal(int(state), SmallInteger) for state in sorted(OPEN)])
UNIT = case((_is_open, _unit_of_manager), else_=bookings.c.business_unit_id)
"""The unit that a booking is of: an open one of that of its case manager, one that is over of where it was."""


def is_seen(scope: Scope) -> ColumnElement[bool]:
    """Whether a booking is of the scope, for the few rows that something else has found."""
    match scope:
        case Scope.LOOKED_AFTER:
            return _looked_after
        case Scope.OWN:
            return _owner
        case Scope.OF_UNIT:
            return UNIT == _unit_id
        case Scope.UNIT:
            return or_(_owner, UNIT == _unit_id)
        case Scope.BOOKED:
            return _booked
        case _:
            return true()


def is_in(states: Sequence[State]) -> ColumnElement[bool]:
    """Whether a booking is in one of these effective states; none: in any."""
    if not states:
        return true()
    return or_(*(_stored(state) if also is None else and_(_stored(state), also) for state, also in _effective(states)))


def _stored(state: State) -> ColumnElement[bool]:
    return bookings.c.state == literal(state, SmallInteger)


def _effective(states: Sequence[State]) -> Iterator[tuple[State, ColumnElement[bool] | None]]:
    """By stored state: what else makes it one of the effective states that are asked for."""
    for state in State:
        if state in UNANSWERED:
            is_over = bookings.c.expire_time <= NOW
            if state in states and State.EXPIRED in states:
                yield state, None
            elif state in states:
                yield state, ~is_over
            elif State.EXPIRED in states:
                yield state, is_over
        elif state in states:
            yield state, None


def rows_of(columns: Sequence[ColumnElement[object]]) -> Select[tuple[object, ...]]:
    """These columns, as many as there are."""
    return cast("Select[tuple[object, ...]]", select(*columns))


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk: what it asks for, and whether it goes along with the case managers of a unit."""

    conditions: tuple[ColumnElement[bool], ...]
    by_manager: bool = False

    def rows(
        self,
        columns: Sequence[ColumnElement[object]],
        conditions: Sequence[ColumnElement[bool]],
        order: Sequence[ColumnElement[object]],
        limit: ColumnElement[int],
    ) -> Select[tuple[object, ...]]:
        """The first `limit` rows in the order (none: any) for which all conditions hold; `columns` have labels."""
        walk = (
            rows_of(columns)
            .where(bookings.c.org_id == ORG_ID, *self.conditions, *conditions)
            .order_by(*order)
            .limit(limit)
        )
        if not self.by_manager:
            return walk
        of_one = walk.where(bookings.c.case_manager_id == case_managers.c.id).lateral("of_one")
        return (
            select(*of_one.c)
            .select_from(case_managers.join(of_one, true()))
            .where(case_managers.c.org_id == ORG_ID, case_managers.c.business_unit_id == _unit_id)
        )


def walks(scope: Scope, states: Sequence[State]) -> Iterator[Walk]:
    """The walks that find what is of the scope in these effective states; none: in any."""
    if scope is Scope.ALL and not states:
        yield Walk(())
        return
    by_state = list(_effective(states)) if states else [(state, None) for state in State]
    for state, also in by_state:
        conditions = (_stored(state), *(() if also is None else (also,)))
        match scope:
            case Scope.LOOKED_AFTER:
                yield Walk((_looked_after, *conditions))
            case Scope.OWN:
                yield Walk((_owner, *conditions))
            case Scope.UNIT | Scope.OF_UNIT:
                if scope is Scope.UNIT:
                    yield Walk((_owner, *conditions))
                # An open one is of the unit that its case manager is of now, one that is over stays where it was.
                if state in OPEN:
                    yield Walk(conditions, by_manager=True)
                else:
                    yield Walk((bookings.c.business_unit_id == _unit_id, *conditions))
            case Scope.BOOKED:
                yield Walk((_booked, *conditions))
            case _:
                yield Walk(conditions)
