"""The save: one statement that writes a guarding row, what follows from it, the kept request and the events.

When the guard hits no row (somebody was faster), nothing at all is written.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from sqlalchemy import (
    ARRAY,
    CTE,
    Delete,
    Insert,
    Table,
    Update,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.sql.visitors import iterate

from chassis.call import Call
from chassis.guard import check_tenant
from chassis.outbox import insert_events
from chassis.statements import Statement, compile_query, compiled_parts
from chassis.tables import requests

Write = Callable[[CTE], Insert | Update | Delete]
_REQUEST_COLUMNS = ("caller", "method", "request_id", "body_hash", "reply")


class Save(Statement[int]):
    """A compiled save; its only row is the number of rows that the guard hit.

    `transition` and `create` run it. Where no answer is kept, an executor's `first` does, with `event_params`.
    """

    __slots__ = ()

    def fills_outbox(self, params: Mapping[str, object]) -> bool:
        """Whether it writes events with these parameters: most logins write none, and need not wake the relay."""
        return bool(params.get("outbox_id"))


def save(guard: Update | Insert, *then: Write) -> Save:
    """One statement from the guarding write and the further ones; a module constant of `storage.py`.

    The guard returns at least one column. Each further write gets the guard as a CTE and selects FROM it or asks
    whether it EXISTS. An insert without values takes a parameter for each column.
    Raises TypeError when a write does not depend on the guard, and TenantNotBound.
    """
    if not guard.returning_column_descriptions:
        raise TypeError("The guard says what it hit: add .returning(…).")
    if isinstance(guard, Insert) and not guard._values and guard.select is None:  # noqa: SLF001 nothing public says it
        guard = guard.values({name: bindparam(name, type_=col.type) for name, col in guard.table.c.items()})
    cte = guard.cte("guard")
    query = select(func.count()).select_from(cte)
    for number, make in enumerate((*then, _keep_request, insert_events)):
        write = make(cte)
        if not any(element is cte for element in iterate(write)):
            raise TypeError(f"Write {number} would happen also when the guard hits no row.")
        query = query.add_cte(write.cte(f"write_{number}"))
    check_tenant(query)
    return Save(*compiled_parts(compile_query(query)), make_row=itemgetter(0))


def insert_each(table: Table, *columns: str) -> Write:
    """Insert zero, one or many rows, when the guard hit; `rows_of` packs the parameters `<table>_<column>`."""
    arrays = [name for name in columns if isinstance(table.c[name].type, ARRAY)]
    if arrays:
        raise TypeError(f"{table}.{arrays[0]}: unnest flattens arrays; use JSONB there.")

    def write(guard: CTE) -> Insert:
        parameters = [bindparam(f"{table.name}_{name}", type_=ARRAY(table.c[name].type)) for name in columns]
        rows = func.unnest(*parameters).table_valued(*(column(name, table.c[name].type) for name in columns))
        return insert(table).from_select(
            ["org_id", *columns],
            select(bindparam("org_id", type_=table.c.org_id.type), *rows.render_derived(name="rows").c).where(
                exists().select_from(guard)
            ),
        )

    return write


def rows_of(table: Table, rows: Iterable[Mapping[str, object]], *columns: str) -> dict[str, object]:
    """The parameters of `insert_each` for these rows; KeyError when a row lacks a column."""
    each = list(rows)
    return {f"{table.name}_{name}": [row[name] for row in each] for name in columns}


def _keep_request(guard: CTE) -> Insert:
    values = [bindparam(f"request_{name}", None, type_=requests.c[name].type) for name in _REQUEST_COLUMNS]
    request_id = values[_REQUEST_COLUMNS.index("request_id")]
    return insert(requests).from_select(
        ["org_id", *_REQUEST_COLUMNS],
        select(bindparam("org_id", type_=requests.c.org_id.type), *values).where(
            request_id.is_not(None), exists().select_from(guard)
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
