"""Batches as rows and back, with what their chunks and invitations say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from applications.application.domain.invitation import InvitationOutcome
from applications.application.storage.tables import invitations
from applications.batches.domain.batch import WORKING, Batch, BatchState, Outcome
from applications.batches.storage.tables import batch_chunks, batch_turns, batches
from applications.shared.organizations import organizations
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.mapping import mapping
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader
from chassis.saves import save

BATCH = mapping(batches, Batch, beside=("selection", "counts"))
_c = batches.c
_org_id = bindparam("org_id", type_=Uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """A batch with its counts: rows by outcome, what its messages are (`message_facts`), and what became of them.

    `deliveries` has the contract's names: `waiting`, `sent`, `failed`, `cancelled`, `opened`, `accepted`.
    """

    batch: Batch
    time_zone: str
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[str, int] = field(default_factory=dict)


def summed(counts: ColumnElement[object]) -> ScalarSelect[object]:
    """The counts of all chunks together, by name."""
    each = func.jsonb_each_text(counts).table_valued("name", "value").render_derived(name="each")
    sums = (
        select(each.c.name.label("name"), func.sum(each.c.value.cast(Integer)).label("number"))
        .select_from(batch_chunks.join(each, literal_column("true")))
        .where(batch_chunks.c.org_id == _c.org_id, batch_chunks.c.batch_id == _c.id)
        .group_by(each.c.name)
        .correlate(batches)
        .lateral("sums")
    )
    return (
        select(func.coalesce(func.jsonb_object_agg(sums.c.name, sums.c.number), literal("{}").cast(JSONB)))
        .select_from(sums)
        .scalar_subquery()
    )


def _counted(name: str, counts: ColumnElement[object]) -> ColumnElement[object]:
    """The counts of all chunks, or what was kept of them."""
    return case((_c.counts.is_not(None), _c.counts[name]), else_=summed(counts))


_i = invitations.c


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


# Numbers of notifications' states: 3 and 4 were taken, 6 and 7 refused, 8 was cancelled; less is on its way.
_DELIVERIES = {
    "waiting": _i.message_state.in_([literal_column(str(state)) for state in (0, 1, 2, 5)]),
    "sent": _i.message_state.in_([literal_column(str(state)) for state in (3, 4)]),
    "failed": _i.message_state.in_([literal_column(str(state)) for state in (6, 7)]),
    "cancelled": _i.message_state == literal_column("8"),
    "opened": _i.open_time.is_not(None),
    "accepted": _i.outcome == literal_column(str(InvitationOutcome.ACCEPTED.value)),
}
_pairs = [part for name, holds in _DELIVERIES.items() for part in (literal_column(f"'{name}'"), _number(holds))]
_deliveries = case(
    (
        _c.run_time.is_not(None),
        select(func.jsonb_build_object(*_pairs))
        .where(_i.org_id == _c.org_id, _i.batch_id == _c.id)
        .correlate(batches)
        .scalar_subquery(),
    ),
    else_=literal("{}").cast(JSONB),
)


def _by_outcome(counts: Mapping[str, int]) -> Mapping[Outcome, int]:
    return {Outcome(int(name)): counts[name] for name in sorted(counts, key=int)}


def _views() -> Select[tuple[object, ...]]:
    return select(
        *BATCH.columns("batch_"),
        organizations.c.time_zone,
        _counted("outcomes", batch_chunks.c.counts).label("counts"),
        _counted("messages", batch_chunks.c.messages).label("message_counts"),
        _deliveries.label("deliveries"),
    ).join(organizations, organizations.c.org_id == _c.org_id)


VIEW = reader(
    BatchView,
    batch=BATCH.reader("batch_"),
    time_zone="time_zone",
    outcomes=reader(_by_outcome, "counts"),
    messages="message_counts",
    deliveries="deliveries",
)
LOAD_BATCH = statement(_views().where(_c.org_id == _org_id, _c.id == bindparam("batch_id", type_=Uuid)), into=VIEW)

LIST_BATCHES = statement(
    _views()
    .where(
        _c.org_id == _org_id,
        tuple_(_c.create_time, _c.id)
        < tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid)),
    )
    .order_by(_c.create_time.desc(), _c.id.desc())
    .limit(bindparam("limit", type_=Integer)),
    into=VIEW,
)
BATCHES_BY_AGE: Keyset[BatchView, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda view: (view.batch.create_time, view.batch.id)
)


@dataclass(frozen=True, slots=True)
class Sender:
    """What of an organization a batch depends on."""

    send_rate: int
    time_zone: str


LOAD_SEND_RATE = statement(
    select(organizations.c.send_rate, organizations.c.time_zone).where(organizations.c.org_id == _org_id), into=Sender
)

SAVE_NEW_BATCH = save(insert(batches).returning(_c.id))

_CHANGES = (
    *(
        "state",
        "starter_id",
        "ender_id",
        "row_count",
        "chunk_count",
        "preview_time",
        "start_time",
        "run_time",
        "end_time",
    ),
    *("undo_expire_time", "version"),
)
SAVE_BATCH = save(
    update(batches)
    .where(
        _c.org_id == _org_id,
        _c.id == bindparam("batch_id", type_=Uuid),
        _c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(f"batch_{name}", type_=_c[name].type) for name in _CHANGES})
    .returning(_c.id)
)
"""A batch as a command or the worker left it; no row when it has changed since it was loaded."""


def batch_params(before: Batch, after: Batch) -> dict[str, object]:
    """The parameters of SAVE_BATCH."""
    values = BATCH.params(after)
    return {
        "batch_id": after.id,
        "loaded_version": before.version,
        **{f"batch_{name}": values[name] for name in _CHANGES},
    }


_handed = (
    select(func.coalesce(func.sum(batch_chunks.c.counts["2"].astext.cast(Integer)), literal_column("0")))
    .where(batch_chunks.c.org_id == _c.org_id, batch_chunks.c.batch_id == _c.id)
    .correlate(batches)
    .scalar_subquery()
    .label("handed_count")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A batch that a worker may have something to do for, and how many of its messages were handed over."""

    batch: Batch
    handed_count: int


_now = bindparam("now", type_=INSTANT)
WORKING_BATCHES = statement(
    select(*BATCH.columns("batch_"), _handed)
    .select_from(batches.outerjoin(batch_turns, batch_turns.c.org_id == _c.org_id))
    .where(
        _c.state.in_([literal_column(str(state.value)) for state in (*sorted(WORKING), BatchState.SCHEDULED)]),
        or_(_c.state != literal_column(str(BatchState.SCHEDULED.value)), _c.start_time <= _now),
    )
    .order_by(batch_turns.c.turn_time.nulls_first(), _c.create_time, _c.id)
    .limit(bindparam("limit", type_=Integer)),
    into=reader(Work, batch=BATCH.reader("batch_"), handed_count="handed_count"),
    cross_tenant="A worker works for every organization, that which has waited longest first.",
)
