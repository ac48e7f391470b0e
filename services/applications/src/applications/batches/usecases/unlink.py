"""Batches that take links away: their preview, and their run."""

from datetime import datetime

from applications.application.domain.link_state import LinkState, link_state
from applications.batches.domain.batch import Batch, Chunk, Outcome
from applications.batches.storage.rows import ADD_UNLINK_ROWS
from applications.batches.usecases.decisions import (
    RowDecision,
    contacts_hash,
    load_rows,
    save_decisions,
    set_outcome,
)
from applications.links.domain import unlink
from applications.shared.deps import Deps
from chassis.db import Executor


async def preview_unlink(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:  # noqa: ARG001 as every handler
    """Decides each guardian of a chunk: who is linked is to be unlinked; always through."""
    await tx.run(
        ADD_UNLINK_ROWS,
        org_id=chunk.org_id,
        batch_id=chunk.batch_id,
        first=chunk.first,
        guardian_ids=list(chunk.guardian_ids),
    )
    return True


async def unlink_rows(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:
    """Unlinks who is still linked; False: some are held by somebody else, and are to be tried once more."""
    rows = await load_rows(tx, chunk, Outcome.PENDING)
    guardians = {row.position: row.application.guardians[0] for row in rows}
    linked = {place for place, guardian in guardians.items() if link_state(guardian, now) is LinkState.LINKED}
    await set_outcome(
        tx,
        chunk,
        Outcome.PENDING,
        Outcome.SKIPPED_CHANGED,
        positions=sorted(guardians.keys() - linked),
        changed_outcome=Outcome.SKIPPED_NOT_LINKED,
    )
    decided = [
        RowDecision(
            row=row,
            decision=unlink(row.application, None, now),
            outcome=Outcome.UNLINKED,
            unlink_time=now,
            contact_hash=contacts_hash(deps, guardians[row.position].contacts),
        )
        for row in rows
        if row.position in linked
    ]
    written = await save_decisions(deps, tx, batch, decided, actor_id=batch.starter_id, now=now)
    return written == len(decided)
