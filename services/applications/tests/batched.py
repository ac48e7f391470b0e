"""A batch with its rows, as the worker finds it, and its handlers chunk by chunk."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from sqlalchemy import bindparam, insert, select

from applications.batches.domain.batch import (
    CHUNK,
    Batch,
    BatchState,
    Chunk,
    Kind,
    Outcome,
    Phase,
    UnlinkReason,
)
from applications.batches.storage.batches import BATCH
from applications.batches.storage.tables import batch_chunks, batch_rows, batches
from applications.shared.deps import Deps
from chassis.db import Executor, statement
from chassis.ids import new_id
from services.applications.tests.world import World

Handler = Callable[[Deps, Executor, Batch, Chunk, datetime], Awaitable[bool]]
_ADD_BATCH = statement(insert(batches))
_ADD_CHUNK = statement(insert(batch_chunks))
_of_batch = (batch_rows.c.org_id == bindparam("org_id"), batch_rows.c.batch_id == bindparam("batch_id"))
_ROWS = statement(select(batch_rows).where(*_of_batch).order_by(batch_rows.c.position), into=None)
_NAMES = tuple(column.name for column in batch_rows.c)


@dataclass
class Batched:
    """A batch in the database; `batch` is what the next handler is given."""

    world: World
    batch: Batch
    chunks: Sequence[Chunk]
    passes: dict[int, int] = field(default_factory=dict)

    @classmethod
    async def over(cls, world: World, applications: Sequence[res.Application | UUID], **changes: Any) -> "Batched":
        """A batch over the first guardians of applications, or over guardians by their ids."""
        ids = [each if isinstance(each, UUID) else UUID(each.guardians[0].id) for each in applications]
        now = world.deps.clock()
        batch = Batch(
            org_id=world.org_id,
            id=new_id(),
            kind=Kind.UNLINK,
            state=BatchState.RUNNING,
            display_name="",
            method=None,
            reissue_live=False,
            all_guardians=False,
            expire_days=None,
            send_rate=3000,
            unlink_reason=UnlinkReason.NEW_CONTACT,
            source_id=None,
            creator_id=new_id(),
            starter_id=new_id(),
            create_time=now,
            preview_time=now,
            run_time=now,
            row_count=len(ids),
            repeated_count=0,
            chunk_count=-(-len(ids) // CHUNK),
        )
        made = cls(world, replace(batch, **changes), [])
        await world.deps.database.run(_ADD_BATCH, **BATCH.params(made.batch), counts=None, selection=None)
        made.chunks = [await made._chunk(at, ids[at * CHUNK :][:CHUNK]) for at in range(batch.chunk_count)]
        return made

    async def _chunk(self, number: int, guardian_ids: Sequence[UUID]) -> Chunk:
        chunk = Chunk(
            org_id=self.batch.org_id,
            batch_id=self.batch.id,
            number=number,
            phase=Phase.SELECTED,
            guardian_ids=tuple(guardian_ids),
            pass_count=0,
        )
        await self.world.deps.database.run(
            _ADD_CHUNK,
            org_id=chunk.org_id,
            batch_id=chunk.batch_id,
            number=number,
            phase=chunk.phase,
            guardian_ids=list(guardian_ids),
            pass_count=0,
            counts={},
            messages={},
        )
        return chunk

    async def handle(self, handler: Handler, *, pass_count: int = 0) -> list[bool]:
        """Runs a handler over each chunk once, each in a transaction, as the worker does."""
        through = []
        for chunk in self.chunks:
            async with self.world.deps.database.transaction() as tx:
                at_pass = replace(chunk, pass_count=pass_count)
                through.append(await handler(self.world.deps, tx, self.batch, at_pass, self.world.deps.clock()))
        return through

    async def rows(self) -> list[dict[str, Any]]:
        """Its rows as they are."""
        found = await self.world.deps.database.all(_ROWS, org_id=self.batch.org_id, batch_id=self.batch.id)
        return [dict(zip(_NAMES, row, strict=True)) for row in found]

    async def outcomes(self) -> list[str]:
        """The outcomes of its rows, by name and in order."""
        return [Outcome(row["outcome"]).name for row in await self.rows()]
