"""Batches being worked on: one chunk at a time in each process, of the organization that has waited longest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NoReturn

import psycopg

from applications.batches.domain.batch import BROKEN, BUSY, MAX_PASSES, Batch, BatchState, Chunk, Kind, Outcome, Phase
from applications.batches.domain.commands import begun, given_up, may_hand_over, worked_off
from applications.batches.storage.batches import SAVE_BATCH, WORKING_BATCHES, Work, batch_params
from applications.batches.storage.chunks import (
    COUNT_CHUNK,
    HOLD_BATCH,
    IS_UNFINISHED,
    TAKE_CHUNK,
    TAKE_TURN,
)
from applications.batches.usecases.decisions import set_outcome
from applications.batches.usecases.invite import invite_rows
from applications.batches.usecases.preview import preview_invitations
from applications.batches.usecases.selecting import fix_selected
from applications.batches.usecases.taking_back import revoke_rows, undo_rows
from applications.batches.usecases.unlink import preview_unlink, unlink_rows
from applications.shared.deps import Deps
from chassis import telemetry
from chassis.db import Executor
from chassis.errors import ServiceError
from chassis.saves import write

POLL_SECONDS = 0.5
_LIMIT = 100
Handler = Callable[[Deps, Executor, Batch, Chunk, datetime], Awaitable[bool]]
"""Does the work of a state on a chunk, in one transaction; False: others held rows, which wait for a next pass."""

_log = telemetry.logger(__name__)


async def cancel_rows(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:  # noqa: ARG001 a handler
    """Rows that were not begun stay as they are."""
    if chunk.phase is Phase.DECIDED:
        await set_outcome(tx, chunk, Outcome.PENDING, Outcome.CANCELLED)
    return True


_S = BatchState
HANDLERS: Mapping[tuple[Kind, BatchState], Handler] = {
    (Kind.INVITE, _S.PREVIEWING): preview_invitations,
    (Kind.INVITE, _S.RUNNING): invite_rows,
    (Kind.INVITE, _S.CANCELLING): cancel_rows,
    (Kind.INVITE, _S.REVOKING): revoke_rows,
    (Kind.UNLINK, _S.PREVIEWING): preview_unlink,
    (Kind.UNLINK, _S.RUNNING): unlink_rows,
    (Kind.UNLINK, _S.CANCELLING): cancel_rows,
    (Kind.UNLINK, _S.UNDOING): undo_rows,
}
_THROUGH = {
    _S.PREVIEWING: Phase.DECIDED,
    _S.RUNNING: Phase.DONE,
    _S.CANCELLING: Phase.DONE,
    _S.UNDOING: Phase.TAKEN_BACK,
    _S.REVOKING: Phase.TAKEN_BACK,
}
"""The phase in which a chunk is through with a state."""


class Worker:
    """Works on batches as long as the process lives; any number of processes share the work."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Says that there may be something to do."""
        self._woken.set()

    async def run(self) -> NoReturn:
        """Never returns."""
        while True:
            self._woken.clear()
            if not await self.work():
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    pass

    async def work(self) -> bool:
        """Takes one step of the batch whose turn it is; False when no batch has anything to do now."""
        database, now = self._deps.database, self._deps.clock()
        for work in await database.all(WORKING_BATCHES, now=now, limit=_LIMIT):
            try:
                is_done = await self._step(work, now)
            except ServiceError as error:
                # The batches of others are not kept waiting by one that cannot go on right now.
                _log.warning("batch.waits", batch_id=str(work.batch.id), reason=error.reason)
                continue
            if is_done:
                await database.run(TAKE_TURN, org_id=work.batch.org_id, now=now)
                return True
        return False

    async def _step(self, work: Work, now: datetime) -> bool:
        batch = work.batch
        if batch.state is BatchState.SCHEDULED:
            return await self._save(batch, begun(batch, now))
        if batch.chunk_count == 0:
            return await fix_selected(self._deps, batch)
        if may_hand_over(batch, work.handed_count) and await self._work_on_chunk(batch, now):
            return True
        if batch.state is BatchState.RUNNING and batch.accepted_count < work.handed_count:
            return False
        which = {"org_id": batch.org_id, "batch_id": batch.id, "through": _THROUGH[batch.state]}
        if await self._deps.database.first(IS_UNFINISHED, **which):
            return False
        return await self._save(batch, worked_off(batch, now))

    async def _work_on_chunk(self, batch: Batch, now: datetime) -> bool:
        which = {"org_id": batch.org_id, "batch_id": batch.id, "state": batch.state}
        chunk: Chunk | None = None
        try:
            async with self._deps.database.transaction() as tx:
                if batch.state is BatchState.PREVIEWING and not await tx.first(HOLD_BATCH, **which):
                    return False
                chunk = await tx.first(TAKE_CHUNK, **which, through=_THROUGH[batch.state])
                if chunk is None:
                    return False
                await self._one_pass(tx, batch, chunk, now)
        except (ServiceError, psycopg.OperationalError):
            raise  # nothing is wrong with the chunk: the database is away, or the race was lost (version conflict)
        except Exception:
            # Whatever it is: tried forever, it would stand before the batches of everybody else.
            if chunk is None:
                raise
            _log.exception("batch.chunk_failed", batch_id=str(batch.id), chunk=chunk.number)
            await self._note_fault(batch, chunk, now)
        self._deps.database.outbox_filled.set()
        return True

    async def _note_fault(self, batch: Batch, chunk: Chunk, now: datetime) -> None:
        """A chunk that cannot be worked on is given up after as many tries as one that others hold.

        Else it would be tried forever, before the batches of everybody else. A preview with such a chunk is cancelled.
        """
        is_over = chunk.pass_count + 1 >= MAX_PASSES
        if is_over and chunk.phase is Phase.SELECTED:
            await self._save(batch, given_up(batch, now))
            return
        async with self._deps.database.transaction() as tx:
            if is_over:
                await set_outcome(tx, chunk, Outcome.PENDING, Outcome.FAILED, reason=BROKEN)
            await tx.run(COUNT_CHUNK, **_of_chunk(chunk), **_counted(batch, chunk, is_through=is_over))

    async def _one_pass(self, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> None:
        is_through = await HANDLERS[batch.kind, batch.state](self._deps, tx, batch, chunk, now)
        if not is_through and chunk.pass_count + 1 >= MAX_PASSES:
            await set_outcome(tx, chunk, Outcome.PENDING, Outcome.FAILED, reason=BUSY)
            is_through = True
        await tx.run(COUNT_CHUNK, **_of_chunk(chunk), **_counted(batch, chunk, is_through=is_through))

    async def _save(self, before: Batch, after: Batch) -> bool:
        return bool(
            await write(self._deps.database, SAVE_BATCH, org_id=before.org_id, params=batch_params(before, after))
        )


def _of_chunk(chunk: Chunk) -> dict[str, object]:
    return {"org_id": chunk.org_id, "batch_id": chunk.batch_id, "first": chunk.first, "last": chunk.last}


def _counted(batch: Batch, chunk: Chunk, *, is_through: bool) -> dict[str, object]:
    """How far a chunk is after one more pass."""
    return {
        "number": chunk.number,
        "phase": _THROUGH[batch.state] if is_through else chunk.phase,
        "pass_count": 0 if is_through else chunk.pass_count + 1,
    }
