"""Chunks: taken by a worker, and counted when it is through with them."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from applications.batches.domain.batch import Chunk, Outcome
from applications.batches.storage.tables import batch_chunks, batch_rows, batch_turns, batches
from chassis.columns import INSTANT
from chassis.db import statement

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_number = bindparam("number", type_=Integer)
_c, _row = batch_chunks.c, batch_rows.c
_through = bindparam("through", type_=SmallInteger)
_state = bindparam("state", type_=SmallInteger)


def of_outcome(outcome: Outcome) -> ColumnElement[int]:
    """An outcome as a constant of a statement."""
    return literal_column(str(outcome.value), SmallInteger)


def fenced(query: Select[Any], name: str) -> CTE:
    """A few rows whose columns, `org_id` among them, other tables are then joined by.

    The planner cannot look behind it, so that it looks each of them up by its key. Told the organization as well, it
    may walk through all that the organization has, once for each chunk: it does not know how few rows an array holds.
    """
    return query.cte(name).prefix_with("MATERIALIZED")


TAKE_TURN = statement(
    insert(batch_turns)
    .values(org_id=_org_id, turn_time=bindparam("now", type_=INSTANT))
    .on_conflict_do_update(index_elements=["org_id"], set_={"turn_time": bindparam("now", type_=INSTANT)})
)
"""That an organization had its turn."""

HOLD_BATCH = statement(
    select(batches.c.id)
    .where(batches.c.org_id == _org_id, batches.c.id == _batch_id, batches.c.state == _state)
    .with_for_update(key_share=True, skip_locked=True),
    into=Uuid().python_type,
)
"""Makes a batch this transaction's, if it is nobody's and still in this state: rows of a preview are decided in order,
because what is a duplicate depends on those before."""

TAKE_CHUNK = statement(
    select(*(_c[name] for name in Chunk.__dataclass_fields__))
    .join(batches, (batches.c.org_id == _c.org_id) & (batches.c.id == _c.batch_id))
    .where(_c.org_id == _org_id, _c.batch_id == _batch_id, _c.phase < _through, batches.c.state == _state)
    .order_by(_c.number)
    .limit(literal_column("1"))
    .with_for_update(of=batch_chunks, skip_locked=True),
    into=Chunk,
)
"""The first chunk on which nobody works, while its batch is still in this state.

The lock is the lease: it falls with the process that holds it, and what that process wrote falls with it.
"""

IS_UNFINISHED = statement(
    select(exists().where(_c.org_id == _org_id, _c.batch_id == _batch_id, _c.phase < _through).label("is_unfinished")),
    into=bool,
)
"""Whether a chunk is not through, be it that somebody works on it."""

_is_its_row = (
    _row.org_id == _org_id,
    _row.batch_id == _batch_id,
    _row.position >= bindparam("first", type_=Integer),
    _row.position <= bindparam("last", type_=Integer),
)
_by_outcome = (
    select(_row.outcome.label("outcome"), func.count().label("number"))
    .where(*_is_its_row)
    .group_by(_row.outcome)
    .subquery("by_outcome")
)
COUNT_CHUNK = statement(
    update(batch_chunks)
    .where(_c.org_id == _org_id, _c.batch_id == _batch_id, _c.number == _number)
    .values(
        phase=bindparam("phase", type_=SmallInteger),
        pass_count=bindparam("pass_count", type_=SmallInteger),
        counts=select(
            func.coalesce(
                func.jsonb_object_agg(_by_outcome.c.outcome, _by_outcome.c.number), cast(literal_column("'{}'"), JSONB)
            )
        ).scalar_subquery(),
    )
)
"""A chunk after one pass, with its rows counted anew."""

NOTE_MESSAGES = statement(
    update(batch_chunks)
    .where(_c.org_id == _org_id, _c.batch_id == _batch_id, _c.number == _number)
    .values(messages=bindparam("messages", type_=JSONB))
)
