"""Writing what was decided about the guardians of a chunk, and what happens to those that could not be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portico.applications.v1.events_pb2 import GuardianEvent, GuardianEvents

from applications.application.domain.application import Contacts
from applications.application.domain.decision import Decision
from applications.application.domain.timeline import TimelineRecorder
from applications.application.events import decision_events
from applications.batches.domain.batch import MAX_PASSES, Batch, Chunk, Outcome
from applications.batches.storage.decisions import SAVE_DECISIONS, Decided, decisions_params
from applications.batches.storage.pieces import piece_params
from applications.batches.storage.rows import LOAD_ROWS, SET_OUTCOME, LoadedRow
from applications.shared.deps import Deps
from chassis.contacts import mask
from chassis.db import Executor
from chassis.outbox import OutboxEvent
from chassis.saves import run_save


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDecision:
    """A decision about a row's guardian, and how the row is then."""

    row: LoadedRow
    decision: Decision
    outcome: Outcome
    unlink_time: datetime | None = None
    contact_hash: bytes | None = None


async def load_rows(tx: Executor, chunk: Chunk, outcome: Outcome) -> Sequence[LoadedRow]:
    """The rows of a chunk with this outcome."""
    return await tx.all(LOAD_ROWS, **_range(chunk), outcome=outcome)


async def set_outcome(
    tx: Executor,
    chunk: Chunk,
    before: Outcome,
    after: Outcome,
    *,
    positions: Sequence[int] | None = None,
    changed_outcome: Outcome | None = None,
    reason: str = "",
) -> int:
    """Another outcome for the rows of a chunk that have `before`, at these positions (None: all); how many."""
    if positions is not None and not positions:
        return 0
    return await tx.run(
        SET_OUTCOME,
        **_range(chunk),
        before=before,
        after=after,
        positions=positions if positions is None else list(positions),
        changed_outcome=changed_outcome,
        reason=reason,
    )


async def save_decisions(
    deps: Deps, tx: Executor, batch: Batch, each: Sequence[RowDecision], *, actor_id: UUID | None, now: datetime
) -> int:
    """Writes decisions with all that follows; how many: whom somebody else holds or has changed is left out."""
    if not each:
        return 0
    recorder = TimelineRecorder(ids=deps.ids, mask=mask, actor_id=actor_id, now=now)
    written = [
        Decided(
            decision=one.decision,
            lines=recorder.entries(one.decision.events),
            position=one.row.position,
            outcome=one.outcome,
            unlink_time=one.unlink_time,
            contact_hash=one.contact_hash,
        )
        for one in each
    ]
    about = OutboxEvent(
        id=batch.id,
        org_id=batch.org_id,
        subject="guardian.changed",
        message=GuardianEvents(),
        aggregate_id=batch.id,
        version=batch.version,
        event_time=now,
    )
    params = {
        "org_id": batch.org_id,
        "batch_id": batch.id,
        **decisions_params(written, ids=deps.ids),
        **piece_params(about, [piece for one in each for piece in _pieces(deps, one.decision, now)], ids=deps.ids),
    }
    return await run_save(tx, SAVE_DECISIONS, params)


def _pieces(deps: Deps, decision: Decision, now: datetime) -> list[tuple[UUID, GuardianEvents]]:
    events = [event.message for event in decision_events(decision, ids=deps.ids, now=now)]
    return [
        (decision.guardian.id, GuardianEvents(events=[event])) for event in events if isinstance(event, GuardianEvent)
    ]


def is_last_pass(chunk: Chunk) -> bool:
    """Whether rows that somebody else holds now are given up."""
    return chunk.pass_count + 1 >= MAX_PASSES


def contacts_hash(deps: Deps, contacts: Contacts) -> bytes:
    """What a guardian's email and phone together are known by, where neither may stand."""
    return deps.hashes("guardian contacts", f"{contacts.email}\n{contacts.phone}")[:16]


def _range(chunk: Chunk) -> dict[str, object]:
    return {"org_id": chunk.org_id, "batch_id": chunk.batch_id, "first": chunk.first, "last": chunk.last}
