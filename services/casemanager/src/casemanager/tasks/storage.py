"""The table of tasks, and how they open and close beside the change that asks for it."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Insert,
    SmallInteger,
    Table,
    Update,
    Uuid,
    and_,
    bindparam,
    exists,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from casemanager.shared.tables import metadata
from casemanager.tasks.domain import Kind, State, Task
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Keyset
from chassis.readers import Reader
from chassis.saves import save

tasks = Table(
    "tasks",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("case_manager_id", Uuid, nullable=False),
    instant("due_time"),
    instant("create_time"),
    instant("done_time", nullable=True),
    Column("done_by", Uuid),
    Column("version", BigInteger, nullable=False),
    Index("tasks_state_idx", "org_id", "state", "due_time", "id"),
    # At most one open one of its kind about a person.
    Index("tasks_open_key", "org_id", "case_manager_id", "kind", unique=True, postgresql_where=text("state = 1")),
)
TASK = mapping(tasks, Task)
_IS_OPEN = text("state = 1")

_ORG_ID = bindparam("org_id", type_=Uuid)
_CHANGES = ("state", "done_time", "done_by", "version")
SAVE_TASK = save(
    update(tasks)
    .where(
        tasks.c.org_id == _ORG_ID,
        tasks.c.id == bindparam("task_id"),
        tasks.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(tasks.c.id)
)
"""A changed task; hits no row when it has changed meanwhile."""


def task_params(task: Task) -> Params:
    """The parameters of SAVE_TASK."""
    columns = TASK.params(task)
    return {"task_id": task.id, "loaded_version": task.version - 1, **{name: columns[name] for name in _CHANGES}}


_OPENED = ("id", "kind", "state", "case_manager_id", "due_time", "create_time", "version")


def open_task(target: CTE) -> Insert:
    """The write that opens a task beside the change that asks for it, unless one is open."""
    values = [bindparam(f"opened_task_{name}", type_=tasks.c[name].type) for name in _OPENED]
    return (
        insert(tasks)
        .from_select(
            ["org_id", *_OPENED],
            select(_ORG_ID, *values).where(values[0].cast(Uuid).is_not(None), exists().select_from(target)),
        )
        .on_conflict_do_nothing(index_elements=["org_id", "case_manager_id", "kind"], index_where=_IS_OPEN)
    )


def open_task_is_as_loaded() -> ColumnElement[bool]:
    """Whether the task that a change ends is as it was loaded, or there is none; it stays so until it is ended."""
    as_loaded = (
        select(tasks.c.id)
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.id == bindparam("closed_task_id", type_=Uuid),
            tasks.c.version == bindparam("closed_task_loaded_version", type_=BigInteger),
        )
        .with_for_update(key_share=True)
    )
    return or_(bindparam("closed_task_id", type_=Uuid).cast(Uuid).is_(None), as_loaded.exists())


def close_task(target: CTE) -> Update:
    """The write that ends an open task beside the change that does what it asks for."""
    return (
        update(tasks)
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.id == bindparam("closed_task_id", type_=Uuid),
            tasks.c.version == bindparam("closed_task_loaded_version", type_=BigInteger),
            exists().select_from(target),
        )
        .values({name: bindparam(f"closed_task_{name}", type_=tasks.c[name].type) for name in _CHANGES})
    )


def beside_params(*, opened: Task | None, closed: Task | None) -> Params:
    """The parameters of `open_task` and `close_task`; None: none of the kind."""
    return {
        **{f"opened_task_{name}": opened and getattr(opened, name) for name in _OPENED},
        "closed_task_id": closed and closed.id,
        "closed_task_loaded_version": closed and closed.version - 1,
        **{f"closed_task_{name}": closed and getattr(closed, name) for name in _CHANGES},
    }


def open_task_about(person: FromClause, kind: Kind) -> tuple[FromClause, ColumnElement[bool]]:
    """What of a person's open task of a kind an outer join finds; `OPEN_TASK` reads `open_task_columns`."""
    is_theirs = and_(
        tasks.c.org_id == person.c.org_id,
        tasks.c.case_manager_id == person.c.id,
        tasks.c.kind == literal(kind.value, SmallInteger),
        tasks.c.state == literal(State.OPEN.value, SmallInteger),
    )
    return tasks, is_theirs


open_task_columns = TASK.columns("task_")
OPEN_TASK: Reader[Task | None] = TASK.reader().labelled("task_").unless_null("task_id")

LOAD_TASK = statement(
    select(*TASK.columns()).where(tasks.c.org_id == _ORG_ID, tasks.c.id == bindparam("id", type_=Uuid)),
    into=TASK.reader(),
)
_about = bindparam("about", type_=Uuid)
LIST_TASKS = statement(
    select(*TASK.columns())
    .where(
        tasks.c.org_id == _ORG_ID,
        tasks.c.state == bindparam("state", type_=SmallInteger),
        or_(_about.cast(Uuid).is_(None), tasks.c.case_manager_id == _about),
        tuple_(tasks.c.due_time, tasks.c.id)
        > tuple_(bindparam("after_time", type_=INSTANT), bindparam("after_id", type_=Uuid)),
    )
    .order_by(tasks.c.due_time, tasks.c.id)
    .limit(bindparam("limit", type_=BigInteger)),
    into=TASK.reader(),
)
BY_DUE_TIME: Keyset[Task, tuple[datetime, UUID]] = Keyset(
    first=(datetime.min.replace(tzinfo=UTC), UUID(int=0)), of=lambda task: (task.due_time, task.id)
)
