"""The table of tasks, and how they open and change beside the change that asks for it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from portico_errors.casemanager import TaskClosed
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Insert,
    ScalarSelect,
    SmallInteger,
    Table,
    TableValuedAlias,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from casemanager.shared.tables import metadata
from casemanager.tasks.domain.task import Assignee, AssigneeKind, Kind, State, Task
from chassis.columns import instant
from chassis.mapping import Params, mapping
from chassis.readers import Reader, reader
from chassis.saves import rows_of, save

_HAS_BOOKING = "booking_id IS NOT NULL"
tasks = Table(
    "tasks",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("assignee_kind", SmallInteger, nullable=False, server_default=str(AssigneeKind.POOL.value)),
    Column("assignee_id", Uuid),
    Column("case_manager_id", Uuid),
    Column("business_unit_id", Uuid),
    Column("booking_id", Uuid),
    Column("booking_number", Text, nullable=False, server_default="", comment="Of the booking, for life"),
    Column("case_id", Uuid),
    Column("title", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    instant("due_time"),
    instant("create_time"),
    Column("created_by", Uuid, comment="The account of who made it by hand"),
    instant("done_time", nullable=True),
    Column("done_by", Uuid),
    Column("version", BigInteger, nullable=False),
    Index("tasks_state_idx", "org_id", "state", "due_time", "id"),
    Index("tasks_assignee_idx", "org_id", "assignee_id", "state", "due_time", "id"),
    Index(
        "tasks_unit_idx",
        *("org_id", "business_unit_id", "state", "due_time", "id"),
        postgresql_where=text("business_unit_id IS NOT NULL"),
    ),
    Index("tasks_booking_idx", "org_id", "booking_id", postgresql_where=text(_HAS_BOOKING)),
    Index("tasks_case_idx", "org_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    # At most one open one of its kind about a person; those of bookings are about none.
    Index("tasks_open_key", "org_id", "case_manager_id", "kind", unique=True, postgresql_where=text("state = 1")),
    # At most one open one of its kind for each of whom a booking asks something; by hand there may be any number.
    Index(
        "tasks_booking_open_key",
        *("org_id", "booking_id", "kind", "assignee_kind", "assignee_id"),
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text(f"state = 1 AND kind <> {Kind.BY_HAND.value} AND {_HAS_BOOKING}"),
    ),
)
TASK = mapping(tasks, Task, parts={"assignee": "assignee_"}, elsewhere=("on_behalf",))

_ORG_ID = bindparam("org_id", type_=Uuid)
_IS_OPEN = tasks.c.state == literal(State.OPEN.value, SmallInteger)
_CHANGES = (
    *("state", "assignee_kind", "assignee_id", "business_unit_id"),
    *("title", "note", "due_time", "done_time", "done_by", "version"),
)
_OPENED = tuple(column.name for column in tasks.c if column.name != "org_id")

_OF_WHAT_IS_OVER = (Kind.READ_REPORT, Kind.REBOOK)
"""What a case manager has to do about a booking that is over; it ends where the booking is open once more."""


def _rows(prefix: str, names: Sequence[str]) -> TableValuedAlias:
    """The rows whose columns are parameters: arrays, which `_params_of` makes."""
    arrays = [bindparam(f"{prefix}_{name}", type_=ARRAY(tasks.c[name].type)) for name in names]
    each = func.unnest(*arrays).table_valued(*(column(name, tasks.c[name].type) for name in names))
    return each.render_derived(name=prefix)


def _params_of(prefix: str, names: Sequence[str], found: Sequence[Task]) -> Params:
    rows = rows_of(tasks, map(TASK.params, found), *names)
    return {f"{prefix}_{name}": rows[f"{tasks.name}_{name}"] for name in names}


def open_tasks(target: CTE) -> Insert:
    """The write that opens tasks beside the change that asks for them; one that is open of its kind stays the one.

    Also where the same change ends that one: a change that would open its like gives it another time instead.
    """
    opened = _rows("opened_task", _OPENED)
    return (
        insert(tasks)
        .from_select(["org_id", *_OPENED], select(_ORG_ID, *opened.c).where(exists().select_from(target)))
        .on_conflict_do_nothing()
    )


def change_tasks(target: CTE) -> Update:
    """The write that ends open tasks, or moves them, beside the change that they follow."""
    changed = _rows("changed_task", ("id", *_CHANGES))
    return (
        update(tasks)
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.id == changed.c.id,
            tasks.c.version == changed.c.version - 1,
            exists().select_from(target),
        )
        .values({name: changed.c[name] for name in _CHANGES})
    )


def move_tasks(target: CTE) -> Update:
    """The write that takes what is open for a `case_manager_id` along to their `business_unit_id`.

    But for what follows from bookings that are over: they stay with the unit that they were of.
    """
    unit_id = bindparam("business_unit_id", type_=Uuid)
    return (
        update(tasks)
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.assignee_id == bindparam("case_manager_id", type_=Uuid),
            tasks.c.assignee_kind == literal(AssigneeKind.CASE_MANAGER.value, SmallInteger),
            tasks.c.business_unit_id.is_distinct_from(unit_id),
            tasks.c.kind.not_in([literal(kind.value, SmallInteger) for kind in _OF_WHAT_IS_OVER]),
            _IS_OPEN,
            exists().select_from(target),
        )
        .values(business_unit_id=unit_id, version=tasks.c.version + 1)
    )


def tasks_are_as_loaded() -> ColumnElement[bool]:
    """Whether the tasks that a change writes are as they were loaded, for its target; they stay so until then.

    So that what somebody does to one meanwhile is neither undone nor told twice.
    """
    changed = _rows("changed_task", ("id", "version"))
    as_loaded = (
        select(tasks.c.id)
        .join(changed, and_(tasks.c.id == changed.c.id, tasks.c.version == changed.c.version - 1))
        .where(tasks.c.org_id == _ORG_ID)
        .order_by(tasks.c.id)
        .with_for_update(of=tasks, key_share=True)
        .subquery("as_loaded")
    )
    number = select(func.count()).select_from(as_loaded).scalar_subquery()
    return number == func.cardinality(bindparam("changed_task_id", type_=ARRAY(Uuid)))


def beside_params(*, opened: Sequence[Task] = (), changed: Sequence[Task] = ()) -> Params:
    """The parameters of `open_tasks`, `change_tasks` and `tasks_are_as_loaded`."""
    return {**_params_of("opened_task", _OPENED, opened), **_params_of("changed_task", ("id", *_CHANGES), changed)}


def open_task_about(person: FromClause, kind: Kind) -> tuple[FromClause, ColumnElement[bool]]:
    """What of a person's open task of a kind an outer join finds; `OPEN_TASK` reads `open_task_columns`."""
    is_theirs = and_(
        tasks.c.org_id == person.c.org_id,
        tasks.c.case_manager_id == person.c.id,
        tasks.c.kind == literal(kind.value, SmallInteger),
        _IS_OPEN,
    )
    return tasks, is_theirs


open_task_columns = TASK.columns("task_")
OPEN_TASK: Reader[Task | None] = TASK.reader().labelled("task_").unless_null("task_id")


def open_task_count(person: FromClause) -> ScalarSelect[int]:
    """How many open tasks are about a case manager or for them, as `ListTasks` lists them."""
    is_for_them = and_(
        tasks.c.assignee_kind == literal(AssigneeKind.CASE_MANAGER.value, SmallInteger),
        tasks.c.assignee_id == person.c.id,
    )
    return (
        select(func.count())
        .select_from(tasks)
        .where(tasks.c.org_id == _ORG_ID, or_(tasks.c.case_manager_id == person.c.id, is_for_them), _IS_OPEN)
        .correlate(person)
        .scalar_subquery()
    )


def open_tasks_of(booking: FromClause) -> ScalarSelect[Any]:
    """The open derived tasks of a booking, to be selected as `open_tasks`, which `OPEN_TASKS` reads."""
    fields = [part for each in tasks.c for part in (literal(each.name, Text), each)]
    return (
        select(func.jsonb_agg(func.jsonb_build_object(*fields), type_=JSONB))
        .where(
            tasks.c.org_id == _ORG_ID,
            tasks.c.booking_id == booking.c.id,
            tasks.c.kind != literal(Kind.BY_HAND.value, SmallInteger),
            _IS_OPEN,
        )
        .correlate(booking)
        .scalar_subquery()
    )


def _tasks_of(found: Sequence[Mapping[str, Any]] | None) -> tuple[Task, ...]:
    return tuple(_task_of(each) for each in found or ())


def _task_of(written: Mapping[str, Any]) -> Task:
    values = {name: _value_of(name, value) for name, value in written.items()}
    assignee = Assignee(AssigneeKind(values.pop("assignee_kind")), values.pop("assignee_id"))
    return Task(**{**values, "kind": Kind(values["kind"]), "state": State(values["state"]), "assignee": assignee})


def _value_of(name: str, value: Any) -> Any:
    kind = tasks.c[name].type.python_type
    if not isinstance(value, str) or kind is str:
        return value
    return UUID(value) if kind is UUID else datetime.fromisoformat(value).astimezone(UTC)


OPEN_TASKS: Reader[tuple[Task, ...]] = reader(_tasks_of, "open_tasks")

# Who opens one again may find that another one is open by now, or that they have one of the kind.
_CONFLICTS = {"tasks_open_key": TaskClosed, "tasks_booking_open_key": TaskClosed}
ADD_TASK = save(insert(tasks).returning(tasks.c.id))
SAVE_TASK = save(
    update(tasks)
    .where(
        tasks.c.org_id == _ORG_ID,
        tasks.c.id == bindparam("task_id"),
        tasks.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(tasks.c.id),
    conflicts=_CONFLICTS,
)
"""A changed task; hits no row when it has changed meanwhile."""


def task_params(task: Task) -> Params:
    """The parameters of SAVE_TASK."""
    columns = TASK.params(task)
    return {"task_id": task.id, "loaded_version": task.version - 1, **{name: columns[name] for name in _CHANGES}}
