"""What of bookings is due by time alone, in every organization."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    SmallInteger,
    Uuid,
    bindparam,
    exists,
    literal,
    select,
    tuple_,
    update,
)

from casemanager.bookings.domain.states import State
from casemanager.bookings.storage.tables import bookings
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.storage import change_tasks, open_tasks, tasks
from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.saves import save


@dataclass(frozen=True, slots=True)
class DueBooking:
    """A booking whose time has come, and when that was."""

    org_id: UUID
    id: UUID
    due_time: datetime


FIRST = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
"""Before everything that is due."""
_NOW = bindparam("now", type_=INSTANT)
_after = tuple_(bindparam("after_time", type_=INSTANT), bindparam("after_id", type_=Uuid))
_IS_CONFIRMED = bookings.c.state == literal(State.CONFIRMED, SmallInteger)


def _due(due_time: Column[datetime], *conditions: ColumnElement[bool]) -> Statement[DueBooking]:
    return statement(
        select(bookings.c.org_id, bookings.c.id, due_time.label("due_time"))
        .where(due_time <= _NOW, tuple_(due_time, bookings.c.id) > _after, *conditions)
        .order_by(due_time, bookings.c.id)
        .limit(bindparam("limit", type_=BigInteger)),
        into=DueBooking,
        cross_tenant="What is due is due in every organization.",
    )


LIST_EXPIRED = _due(bookings.c.expire_time)
"""Unanswered ones whose time is over."""

_has_task = exists().where(
    tasks.c.org_id == bookings.c.org_id,
    tasks.c.booking_id == bookings.c.id,
    tasks.c.kind == literal(TaskKind.RECORD_OUTCOME.value, SmallInteger),
    tasks.c.state == literal(TaskState.OPEN.value, SmallInteger),
)
LIST_WITHOUT_OUTCOME = _due(bookings.c.end_time, _IS_CONFIRMED, ~_has_task)
"""Confirmed ones whose appointment is over, and of which nobody is asked what became of it."""

SAVE_OUTCOME_TASK = save(
    update(bookings)
    .where(
        bookings.c.org_id == bindparam("org_id", type_=Uuid),
        bookings.c.id == bindparam("booking_id", type_=Uuid),
        bookings.c.version == bindparam("loaded_version", type_=BigInteger),
        _IS_CONFIRMED,
    )
    .values(version=bookings.c.version + literal(1, BigInteger))
    .returning(bookings.c.id),
    change_tasks,
    open_tasks,
)
"""The task to say what became of it; no row: the booking has changed meanwhile, or another process has done it."""
