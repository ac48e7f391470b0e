"""Taking back what a batch did: links are given back, invitations withdrawn."""

from datetime import datetime

from applications.application.domain.application import Guardian
from applications.batches.domain.batch import BUSY, Batch, Chunk, Outcome
from applications.batches.storage.rows import LoadedRow
from applications.batches.usecases.decisions import (
    RowDecision,
    is_last_pass,
    load_rows,
    save_decisions,
    set_outcome,
)
from applications.invitations.domain import Revoke, revoke
from applications.links.domain import relink
from applications.shared.deps import Deps
from chassis.db import Executor


async def undo_rows(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:
    """Gives back the links that the batch took away; False: some are held by somebody else.

    Only the very unlink of the row is undone: who was invited, linked or given back since is UNDO_SKIPPED. Rows that
    the batch had not come to are CANCELLED.
    """
    await set_outcome(tx, chunk, Outcome.PENDING, Outcome.CANCELLED)
    rows = await load_rows(tx, chunk, Outcome.UNLINKED)
    decided, skipped = [], []
    for row in rows:
        guardian = row.application.guardians[0]
        if guardian.unlink is None or guardian.unlink.unlink_time != row.unlink_time:
            skipped.append(row.position)
            continue
        decision = relink(row.application, guardian, guardian.unlink, now)
        decided.append(
            RowDecision(
                row=row,
                decision=decision,
                outcome=Outcome.UNDONE,
                unlink_time=row.unlink_time,
                contact_hash=row.contact_hash,
            )
        )
    await set_outcome(tx, chunk, Outcome.UNLINKED, Outcome.UNDO_SKIPPED, positions=skipped)
    written = await save_decisions(deps, tx, batch, decided, actor_id=batch.ender_id, now=now)
    if written == len(decided):
        return True
    if is_last_pass(chunk):
        await set_outcome(tx, chunk, Outcome.UNLINKED, Outcome.UNDO_SKIPPED, reason=BUSY)
    return False


async def revoke_rows(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:
    """Withdraws the invitations of the batch that are live; False: some are held by somebody else.

    The rows stay INVITED: their invitations say what became of them. Their messages are withdrawn by the group, in the
    command.
    """
    rows = await load_rows(tx, chunk, Outcome.INVITED)
    decided = [
        RowDecision(
            row=row,
            decision=revoke(row.application, Revoke(), now),
            outcome=Outcome.INVITED,
            unlink_time=row.unlink_time,
            contact_hash=row.contact_hash,
        )
        for row in rows
        if _is_live(row, row.application.guardians[0], now)
    ]
    written = await save_decisions(deps, tx, batch, decided, actor_id=batch.ender_id, now=now)
    return written == len(decided)


def _is_live(row: LoadedRow, guardian: Guardian, now: datetime) -> bool:
    latest = guardian.invitation
    return latest is not None and latest.id == row.invitation_id and latest.is_live(now)
