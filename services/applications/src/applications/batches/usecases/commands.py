"""Batches made, and what staff then do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico.applications.v1 import batch_resources_pb2 as res
from portico_errors.applications import BatchNotFound, OrganizationNotFound, RateTooHigh

from applications.batches.domain.batch import Batch, BatchAction, BatchState, Kind, UnlinkReason
from applications.batches.domain.commands import Command, act
from applications.batches.domain.rows import AS_PREFERRED, Options
from applications.batches.messages import group_withdrawal
from applications.batches.storage.batches import (
    BATCH,
    LOAD_BATCH,
    LOAD_SEND_RATE,
    SAVE_BATCH,
    SAVE_NEW_BATCH,
    BatchView,
    batch_params,
)
from applications.batches.storage.selection import Selection, written
from applications.batches.usecases.listing import require_batch
from applications.batches.usecases.selecting import count
from applications.batches.wire import batch_message
from applications.shared.deps import Deps
from chassis.aggregate import Act, Aggregate, Source
from chassis.call import Call
from chassis.outbox import OutboxEvent


@dataclass(frozen=True, slots=True)
class Change:
    """A batch before a command and after it, with its counts."""

    before: Batch
    view: BatchView


Batches = Aggregate[Change, res.Batch]
NewBatches = Aggregate["NewBatch", res.Batch]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A batch that is about to be stored, and whom it is about."""

    batch: Batch
    selection: Selection
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants of a new batch; `send_rate` None: as many messages a minute as the organization sends."""

    kind: Kind
    display_name: str
    selection: Selection
    repeated_count: int
    all_guardians: bool = False
    options: Options = AS_PREFERRED
    send_rate: int | None = None
    unlink_reason: UnlinkReason | None = None


def batches(deps: Deps) -> Batches:
    """Batches as commands change them."""

    def events(change: Change, act: Act) -> Sequence[OutboxEvent]:
        batch = change.view.batch
        takes_back = batch.state in {BatchState.CANCELLING, BatchState.REVOKING} and batch.kind is Kind.INVITE
        return [group_withdrawal(batch, id=deps.ids(), now=act.now)] if takes_back else []

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_BATCH,
        params=lambda change, _: batch_params(change.before, change.view.batch),
        events=events,
        answer=lambda change, now: batch_message(change.view, now),
        reply=res.Batch,
    )


def new_batches(deps: Deps) -> NewBatches:
    """Batches as they are made."""

    def params(new: NewBatch, _: Act) -> Mapping[str, object]:
        values = {**BATCH.params(new.batch), "selection": written(new.selection), "counts": None}
        del values["org_id"]
        return values

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_NEW_BATCH,
        params=params,
        events=lambda *_: (),
        answer=lambda new, now: batch_message(BatchView(batch=new.batch, time_zone=new.time_zone), now),
        reply=res.Batch,
    )


async def create_batch(deps: Deps, new: NewBatches, call: Call, wanted: Wanted) -> res.Batch:
    """A batch whose preview begins at once.

    Raises SelectionEmpty, SelectionTooLarge, RateTooHigh, ApplicationNotFound, BatchNotFound for an unknown source, or
    OrganizationNotFound.
    """
    org_id, now, options = call.org_id, deps.clock(), wanted.options
    sender = await deps.database.first(LOAD_SEND_RATE, org_id=org_id)
    if sender is None:
        raise OrganizationNotFound()
    if wanted.selection.source_id is not None:
        await require_batch(deps, org_id=org_id, batch_id=wanted.selection.source_id)
    if (wanted.send_rate or 0) > sender.send_rate:
        raise RateTooHigh(
            f"This organization sends {sender.send_rate} messages a minute.",
            metadata={"send_rate_per_minute": str(sender.send_rate)},
        )
    row_count = await count(deps, wanted.selection, org_id=org_id, all_guardians=wanted.all_guardians)
    assert call.account_id is not None  # noqa: S101 (only staff are let through)
    batch = Batch(
        org_id=org_id,
        id=deps.ids(),
        kind=wanted.kind,
        state=BatchState.PREVIEWING,
        display_name=wanted.display_name,
        method=options.method,
        reissue_live=options.reissue_live,
        all_guardians=wanted.all_guardians,
        expire_days=options.expire_days,
        send_rate=wanted.send_rate or sender.send_rate,
        unlink_reason=wanted.unlink_reason,
        source_id=wanted.selection.source_id,
        creator_id=call.account_id,
        create_time=now,
        row_count=row_count,
        repeated_count=wanted.repeated_count,
        chunk_count=0,
    )
    return await new.add(call, org_id, NewBatch(batch=batch, selection=wanted.selection, time_zone=sender.time_zone))


def do(view: BatchView, command: Command, now: datetime) -> Change:
    """The batch after a command; raises as `domain.batch.act` does."""
    return Change(view.batch, replace(view, batch=act(view.batch, command, now)))


def source(deps: Deps, call: Call, batch_id: UUID) -> Source[BatchView]:
    """A batch of the caller's organization; loading it raises BatchNotFound."""
    return Source(call, call.org_id, lambda: load_batch(deps, org_id=call.org_id, batch_id=batch_id))


async def load_batch(deps: Deps, *, org_id: UUID, batch_id: UUID) -> BatchView:
    """The batch with its counts; raises BatchNotFound."""
    view = await deps.database.first(LOAD_BATCH, org_id=org_id, batch_id=batch_id)
    if view is None:
        raise BatchNotFound()
    return view


async def command(
    deps: Deps, known: Batches, call: Call, batch_id: UUID, action: BatchAction, *, start_time: datetime | None = None
) -> res.Batch:
    """What staff ask for, done."""
    assert call.account_id is not None  # noqa: S101 (only staff are let through)
    asked = Command(action=action, actor_id=call.account_id, start_time=start_time)
    return await known.change(source(deps, call, batch_id), do, asked)
