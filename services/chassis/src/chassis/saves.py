"""The save: one statement that writes its target row, what follows from it, the kept request and the events.

When the target hits no row (the race was lost: another version, or a taken place), nothing at all is written.
"""

# ruff: noqa: SLF001 SQLAlchemy keeps the parts of an INSERT under such names, and has no others for them.

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from uuid import UUID

from psycopg.errors import DivisionByZero, IntegrityError
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
)
from sqlalchemy.sql.visitors import iterate

from chassis.call import Call
from chassis.db import Executor
from chassis.errors import ServiceError
from chassis.outbox import OutboxEvent, event_params, insert_events
from chassis.statements import Statement, compile_query, compiled_parts
from chassis.tables import requests
from chassis.tenancy import check_tenant

Step = Insert | Update | Delete
Write = Callable[[CTE], Step]
Conflicts = Mapping[str, type[ServiceError]]
"""What a violated constraint means: its name (or a unique index's) → the domain error."""
_REQUEST_COLUMNS = ("caller", "method", "request_id", "body_hash", "reply")


@dataclass(frozen=True, slots=True, eq=False)
class Save(Statement[int]):
    """A compiled save; its only row is the number of rows that the target hit.

    An `Aggregate` runs it, or `write` where no answer is kept.
    """

    conflicts: Conflicts

    def fills_outbox(self, params: Mapping[str, object]) -> bool:
        """Whether it writes events with these parameters: most logins write none, and need not wake the relay."""
        return bool(params.get("outbox_id"))


def save(target: Update | Insert, *then: Write, first: Sequence[Step] = (), conflicts: Conflicts | None = None) -> Save:
    """One statement from the target row and the further writes; a module constant of a feature's `storage.py`.

    The target returns at least one column. An insert without values takes a parameter for each column. Each further
    write gets the target as a CTE and selects FROM it or asks whether it EXISTS.
    `first` are steps that must be done before the target, in any order among themselves (release a hold, then take the
    slot): each returns something and depends on a row that is locked at its loaded version. When the target then hits
    no row, they are undone.
    `conflicts` says which violated constraint means which error; the kept answer of a repeated call comes before it.
    Raises TypeError when a write does not depend on the target, a step returns nothing, or a constraint belongs to no
    table that is written; and TenantNotBound.

    >>> from sqlalchemy import Column, MetaData, Text, UniqueConstraint, Uuid
    >>> from chassis.errors import AlreadyExists
    >>> rooms = Table(
    ...     "rooms",
    ...     MetaData(),
    ...     Column("org_id", Uuid, primary_key=True),
    ...     Column("name", Text, nullable=False),
    ...     UniqueConstraint("org_id", "name", name="rooms_org_id_name_key"),
    ... )
    >>> SAVE_ROOM = save(insert(rooms).returning(rooms.c.name), conflicts={"rooms_org_id_name_key": AlreadyExists})
    >>> SAVE_ROOM.conflicts["rooms_org_id_name_key"].__name__
    'AlreadyExists'
    >>> save(insert(rooms).returning(rooms.c.name), conflicts={"rooms_name_key": AlreadyExists})
    Traceback (most recent call last):
    TypeError: No written table has the constraint rooms_name_key.
    """
    if not target.returning_column_descriptions:
        raise TypeError("The target says what it hit: add .returning(…).")
    for number, step in enumerate(first):
        if not step.returning_column_descriptions:
            raise TypeError(f"Step {number} could not be waited for: add .returning(…).")
    steps = [step.cte(f"step_{number}") for number, step in enumerate(first)]
    cte = _after(steps, target).cte("target")
    query = _hits(cte, steps)
    writes = [make(cte) for make in (*then, _keep_request, insert_events)]
    for number, write in enumerate(writes):
        # An UPDATE or DELETE that mentions a column of the target runs over its rows.
        if not any(element is cte or getattr(element, "table", None) is cte for element in iterate(write)):
            raise TypeError(f"Write {number} would happen also when the target hits no row.")
        query = query.add_cte(write.cte(f"write_{number}"))
    check_tenant(query)
    known = conflicts or {}
    _check_conflicts(known, [target, *first, *writes])
    return Save(*compiled_parts(compile_query(query)), make_row=itemgetter(0), conflicts=known)


def _after(steps: Sequence[CTE], target: Update | Insert) -> Update | Insert:
    """The target, to be done after the steps: they are counted, and the count is part of the condition.

    A join would do it as well, but an outer one is removed by the planner, silently; so is a step that nothing refers
    to, by SQLAlchemy.
    """
    if isinstance(target, Insert) and not target._values and target.select is None:
        target = target.values({name: bindparam(name, type_=col.type) for name, col in target.table.c.items()})
    if not steps:
        return target
    are_done = [select(func.count()).select_from(step).scalar_subquery() >= literal_column("0") for step in steps]
    if isinstance(target, Update):
        return target.where(*are_done)
    return _conditional(target, are_done)


def _conditional(target: Insert, conditions: Sequence[ColumnElement[bool]]) -> Insert:
    """The same INSERT, from a SELECT with these conditions; ON CONFLICT and RETURNING stay."""
    if target._multi_values:
        raise TypeError("A target inserts one row, or what it selects.")
    conditional = target._clone()
    if isinstance(target.select, Select):
        conditional.select = target.select.where(*conditions)
        return conditional
    conditional._values = None
    names, values = zip(*(target._values or {}).items(), strict=True)
    return conditional.from_select([getattr(name, "name", name) for name in names], select(*values).where(*conditions))


def _hits(target: CTE, steps: Sequence[CTE]) -> Select[int]:
    """How many rows the target hit; divides by zero, so that nothing is written, when only the steps hit some.

    With ON CONFLICT DO NOTHING a lost race is a success with no rows, which would commit what the steps have done.
    """
    hits = select(func.count().label("hits")).select_from(target)
    if not steps:
        return hits
    number = hits.subquery("number").c.hits
    did_something = or_(*(exists().select_from(step) for step in steps))
    return select(case(((number == literal_column("0")) & did_something, literal_column("1") // number), else_=number))


def _check_conflicts(conflicts: Conflicts, writes: Sequence[Step]) -> None:
    tables = [write.table for write in writes if isinstance(write.table, Table)]
    names = {str(constraint.name) for table in tables for constraint in table.constraints}
    names |= {str(index.name) for table in tables for index in table.indexes}
    unknown = conflicts.keys() - names
    if unknown:
        raise TypeError(f"No written table has the constraint {', '.join(sorted(unknown))}.")


async def run_save(database: Executor, save: Save, params: Mapping[str, object]) -> int:
    """How many rows the target hit; raises what a violated constraint means, or psycopg's error when that is not said.

    In an explicit transaction, a lost race with steps leaves the transaction aborted.
    """
    try:
        return await database.first(save, **params) or 0
    except DivisionByZero:
        return 0
    except IntegrityError as error:
        meaning = save.conflicts.get(error.diag.constraint_name or "")
        if meaning is None:
            raise
        raise meaning() from error


async def write(
    database: Executor,
    save: Save,
    *,
    org_id: UUID,
    params: Mapping[str, object],
    events: Sequence[OutboxEvent] = (),
) -> int:
    """Run a save whose answer is not kept, because it is a secret or says nothing; how many rows its target hit."""
    return await run_save(database, save, {"org_id": org_id, **params, **event_params(org_id, events)})


async def append_events(tx: Executor, *, org_id: UUID, events: Sequence[OutboxEvent]) -> None:
    """Write the events of a change that other statements of the same transaction make."""
    if events:
        await tx.first(_APPEND_EVENTS, org_id=org_id, **event_params(org_id, events))


def insert_each(table: Table, *columns: str) -> Write:
    """Insert zero, one or many rows, when the target hit; `rows_of` packs the parameters `<table>_<column>`.

    Without columns it takes all of them but `org_id`, which is the save's.
    """
    columns = columns or _all_columns(table)
    arrays = [name for name in columns if isinstance(table.c[name].type, ARRAY)]
    if arrays:
        raise TypeError(f"{table}.{arrays[0]}: unnest flattens arrays; use JSONB there.")

    def rows(target: CTE) -> Insert:
        parameters = [bindparam(f"{table.name}_{name}", type_=ARRAY(table.c[name].type)) for name in columns]
        each = func.unnest(*parameters).table_valued(*(column(name, table.c[name].type) for name in columns))
        return insert(table).from_select(
            ["org_id", *columns],
            select(bindparam("org_id", type_=table.c.org_id.type), *each.render_derived(name="rows").c).where(
                exists().select_from(target)
            ),
        )

    return rows


def rows_of(table: Table, rows: Iterable[Mapping[str, object]], *columns: str) -> dict[str, object]:
    """The parameters of `insert_each` for these rows; KeyError when a row lacks a column."""
    each, prefix = list(rows), f"{table.name}_"
    return {prefix + name: [row[name] for row in each] for name in columns or _all_columns(table)}


@cache
def _all_columns(table: Table) -> tuple[str, ...]:
    # SQLAlchemy's names are strings with a hash of their own, which takes longer than all else that `rows_of` does.
    return tuple(str(column.name) for column in table.c if column.name != "org_id")


def _keep_request(target: CTE) -> Insert:
    values = [bindparam(f"request_{name}", None, type_=requests.c[name].type) for name in _REQUEST_COLUMNS]
    request_id = values[_REQUEST_COLUMNS.index("request_id")]
    return insert(requests).from_select(
        ["org_id", *_REQUEST_COLUMNS],
        select(bindparam("org_id", type_=requests.c.org_id.type), *values).where(
            request_id.is_not(None), exists().select_from(target)
        ),
    )


def request_params(call: Call, reply: bytes) -> dict[str, object]:
    """The parameters that keep the call's answer; none when the client gave no request id."""
    if call.request is None:
        return {}
    return {
        "request_caller": call.request.caller,
        "request_method": call.method,
        "request_request_id": call.request.request_id,
        "request_body_hash": call.request.body_hash,
        "request_reply": reply,
    }


_always = select(literal_column("1").label("one")).cte("target")
_APPEND_EVENTS = Save(
    *compiled_parts(compile_query(_hits(_always, ()).add_cte(insert_events(_always).cte("write_0")))),
    make_row=itemgetter(0),
    conflicts={},
)
