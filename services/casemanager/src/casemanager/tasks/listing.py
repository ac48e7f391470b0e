"""Reading tasks: statements built from what is asked for, each made once and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, SmallInteger, Uuid, and_, bindparam, literal, or_, select, tuple_

from casemanager.logins.storage import can_sign_in
from casemanager.tasks.domain.task import Actor, AssigneeKind, State, Task
from casemanager.tasks.storage import TASK, tasks
from chassis.columns import INSTANT
from chassis.db import Executor, Statement, statement
from chassis.pagination import Keyset


class Scope(IntEnum):
    """Whose tasks; the numbers are the contract's."""

    MINE = 1
    UNIT = 2
    POOL = 3


BY_DUE_TIME: Keyset[Task, tuple[datetime, UUID]] = Keyset(
    first=(datetime.min.replace(tzinfo=UTC), UUID(int=0)), of=lambda task: (task.due_time, task.id)
)
_ORG_ID = bindparam("org_id", type_=Uuid)
_ORDER = (tasks.c.due_time, tasks.c.id)


def _is_for(*kinds: AssigneeKind) -> ColumnElement[bool]:
    return or_(*(tasks.c.assignee_kind == literal(kind.value, SmallInteger) for kind in kinds))


_ON_BEHALF = and_(_is_for(AssigneeKind.CASE_MANAGER, AssigneeKind.SPECIALIST), ~can_sign_in(tasks.c.assignee_id))
_COLUMNS = (*TASK.columns(), _ON_BEHALF.label("on_behalf"))
_READER = TASK.reader(on_behalf="on_behalf")
_PERSON = bindparam("case_manager_id", type_=Uuid)
_FILTERS: Mapping[str, ColumnElement[bool]] = {
    "kind": tasks.c.kind == bindparam("kind", type_=SmallInteger),
    "late_by": and_(
        tasks.c.due_time <= bindparam("late_by", type_=INSTANT),
        tasks.c.state == literal(State.OPEN.value, SmallInteger),
    ),
    "booking_id": tasks.c.booking_id == bindparam("booking_id", type_=Uuid),
    "case_id": tasks.c.case_id == bindparam("case_id", type_=Uuid),
    "assignee_id": tasks.c.assignee_id == bindparam("assignee_id", type_=Uuid),
    "business_unit_id": tasks.c.business_unit_id == bindparam("business_unit_id", type_=Uuid),
    "case_manager_id": or_(
        tasks.c.case_manager_id == _PERSON,
        and_(_is_for(AssigneeKind.CASE_MANAGER), tasks.c.assignee_id == _PERSON),
    ),
    "pool": or_(_is_for(AssigneeKind.POOL), _ON_BEHALF),
    "mine": and_(
        tasks.c.assignee_kind == bindparam("my_kind", type_=SmallInteger),
        tasks.c.assignee_id == bindparam("my_id", type_=Uuid),
    ),
    "unit": and_(tasks.c.business_unit_id == bindparam("my_unit_id", type_=Uuid), _is_for(AssigneeKind.CASE_MANAGER)),
}
"""What can be asked of a task, by name; most names are those of their parameters, too."""

LOAD_TASK = statement(
    select(*_COLUMNS).where(tasks.c.org_id == _ORG_ID, tasks.c.id == bindparam("id", type_=Uuid)), into=_READER
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tasks: in a state, in a scope (None: all that somebody sees), and `filters` by the names of `_FILTERS`."""

    state: State
    scope: Scope | None
    filters: Mapping[str, object]


async def list_tasks(
    executor: Executor, wanted: Wanted, actor: Actor, *, org_id: UUID, after: tuple[datetime, UUID], limit: int
) -> Sequence[Task]:
    """At most so many tasks that somebody sees, by due time, from after a position on."""
    scope = _scope(wanted.scope, actor)
    if scope is None:
        return []
    names, params = scope
    return await executor.all(
        _list_statement(tuple(sorted([*wanted.filters, *names]))),
        org_id=org_id,
        state=wanted.state,
        after_time=after[0],
        after_id=after[1],
        limit=limit,
        **params,
        **wanted.filters,
    )


def _scope(scope: Scope | None, actor: Actor) -> tuple[Sequence[str], Mapping[str, object]] | None:
    """The filters that a scope comes to for somebody, and their parameters; None: there is nothing to see.

    Nobody but staff sees more than theirs and their unit's.
    """
    match scope:
        case None if actor.is_staff:
            return [], {}
        case None | Scope.MINE:
            return ["mine"], {"my_kind": actor.assignee.kind, "my_id": actor.assignee.id}
        case Scope.UNIT if actor.business_unit_id:
            return ["unit"], {"my_unit_id": actor.business_unit_id}
        case Scope.POOL if actor.is_staff:
            return ["pool"], {}
    return None


@lru_cache(maxsize=256)
def _list_statement(filters: tuple[str, ...]) -> Statement[Task]:
    return statement(
        select(*_COLUMNS)
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.state == bindparam("state", type_=SmallInteger),
            *(_FILTERS[name] for name in filters),
            tuple_(*_ORDER) > tuple_(bindparam("after_time", type_=INSTANT), bindparam("after_id", type_=Uuid)),
        )
        .order_by(*_ORDER)
        .limit(bindparam("limit", type_=Integer)),
        into=_READER,
    )
