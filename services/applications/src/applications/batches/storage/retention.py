"""What is forgotten of a batch: what was searched for, its rows and its chunks, never its counts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)

from applications.application.storage.tables import unlink_notices
from applications.batches.domain.batch import BatchState, Kind
from applications.batches.storage.batches import summed
from applications.batches.storage.tables import batch_chunks, batch_contacts, batch_rows, batches
from chassis.columns import INSTANT
from chassis.db import statement

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_limit = bindparam("limit", type_=Integer)
_c = batches.c


def _is(*states: BatchState) -> ColumnElement[bool]:
    return _c.state.in_([literal_column(str(state.value)) for state in states])


@dataclass(frozen=True, slots=True)
class Over:
    """A batch whose rows serve nobody any more."""

    org_id: UUID
    id: UUID


_has_chunks = exists().where(batch_chunks.c.org_id == _c.org_id, batch_chunks.c.batch_id == _c.id)
BATCHES_THAT_ARE_OVER = statement(
    select(_c.org_id, _c.id)
    .where(
        _has_chunks,
        or_(
            and_(_is(BatchState.CANCELLED), _c.starter_id.is_(None)),
            and_(_is(BatchState.PREVIEWED), _c.preview_time <= bindparam("previewed_before", type_=INSTANT)),
            _c.end_time <= bindparam("ended_before", type_=INSTANT),
        ),
    )
    .order_by(_c.create_time)
    .limit(_limit),
    into=Over,
    cross_tenant="Rows of batches are forgotten by their age alone.",
)
"""A preview that was cancelled or has expired, and a batch that ended long ago."""

KEEP_COUNTS = statement(
    update(batches)
    .where(_c.org_id == _org_id, _c.id == _batch_id, _c.counts.is_(None))
    .values(
        counts=func.jsonb_build_object(
            literal_column("'outcomes'"),
            summed(batch_chunks.c.counts),
            literal_column("'messages'"),
            summed(batch_chunks.c.messages),
        )
    )
)

_old = (
    select(batch_rows.c.position)
    .where(batch_rows.c.org_id == _org_id, batch_rows.c.batch_id == _batch_id)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
FORGET_ROWS = statement(
    delete(batch_rows).where(
        batch_rows.c.org_id == _org_id, batch_rows.c.batch_id == _batch_id, batch_rows.c.position.in_(_old)
    )
)
_contacts = (
    select(batch_contacts.c.contact_hash)
    .where(batch_contacts.c.org_id == _org_id, batch_contacts.c.batch_id == _batch_id)
    .limit(_limit)
)
FORGET_CONTACTS = statement(
    delete(batch_contacts).where(
        batch_contacts.c.org_id == _org_id,
        batch_contacts.c.batch_id == _batch_id,
        batch_contacts.c.contact_hash.in_(_contacts),
    )
)
_free = (
    select(batch_chunks.c.number)
    .where(batch_chunks.c.org_id == _org_id, batch_chunks.c.batch_id == _batch_id)
    .with_for_update(skip_locked=True)
)
FORGET_CHUNKS = statement(
    delete(batch_chunks).where(
        batch_chunks.c.org_id == _org_id, batch_chunks.c.batch_id == _batch_id, batch_chunks.c.number.in_(_free)
    )
)
"""Those on which nobody works: a worker that had begun when a preview was cancelled ends first."""

_chosen = (
    select(_c.org_id, _c.id)
    .where(_c.selection.is_not(None), ~_is(BatchState.PREVIEWING))
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
FORGET_SELECTIONS = statement(
    update(batches).where(tuple_(_c.org_id, _c.id).in_(_chosen)).values(selection=null()),
    cross_tenant="What was searched for is forgotten in every organization.",
)
"""Of previews that were cancelled before they had chunks, and of batches whose chunks an earlier release made."""

_waiting = (
    select(unlink_notices.c.org_id, unlink_notices.c.id, _c.undo_expire_time)
    .join(batches, (_c.org_id == unlink_notices.c.org_id) & (_c.id == unlink_notices.c.batch_id))
    .where(
        _c.kind == literal_column(str(Kind.UNLINK.value)),
        _is(BatchState.SUCCEEDED, BatchState.CANCELLED, BatchState.UNDONE),
        or_(_c.undo_expire_time <= bindparam("now", type_=INSTANT), _is(BatchState.UNDONE)),
        unlink_notices.c.due_time.is_(None),
    )
    .limit(_limit)
    .with_for_update(of=unlink_notices, skip_locked=True)
    .cte("waiting")
)
RELEASE_NOTICES = statement(
    update(unlink_notices)
    .where(unlink_notices.c.org_id == _waiting.c.org_id, unlink_notices.c.id == _waiting.c.id)
    .values(due_time=bindparam("now", type_=INSTANT)),
    cross_tenant="What is due is due in every organization.",
)
"""Notices of unlinks that can no longer be undone, because the time of their batch is over."""
