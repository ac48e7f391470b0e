"""Batches as tests make them, and a worker that works until nothing is left."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from portico.applications.v1 import batch_resources_pb2 as res
from portico.applications.v1 import resources_pb2
from portico.notifications.v1.events_pb2 import MessageRequest, MessageRequests
from sqlalchemy import bindparam, select

from applications.batches.domain.batch import BatchAction, Kind, Outcome, UnlinkReason
from applications.batches.domain.rows import AS_PREFERRED, Options
from applications.batches.storage.batches import BatchView
from applications.batches.storage.selection import Selection
from applications.batches.storage.tables import batch_rows
from applications.batches.usecases.commands import (
    Wanted,
    batches,
    command,
    create_batch,
    load_batch,
    new_batches,
)
from applications.batches.usecases.worker import Worker
from applications.batches.wire import batch_message
from chassis.call import Call
from chassis.db import statement
from services.applications.tests.world import World

_ROWS = statement(
    select(batch_rows.c.position, batch_rows.c.outcome, batch_rows.c.guardian_id, batch_rows.c.duplicate_of)
    .where(batch_rows.c.org_id == bindparam("org_id"), batch_rows.c.batch_id == bindparam("batch_id"))
    .order_by(batch_rows.c.position)
)


class Batches:
    """The batches of an organization, worked on by one process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = world.clock
        self.deps = world.deps
        self.worker = Worker(world.deps)

    async def create(
        self,
        applications: Sequence[resources_pb2.Application],
        *,
        kind: Kind = Kind.INVITE,
        options: Options = AS_PREFERRED,
        call: Call | None = None,
        matching: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> res.Batch:
        """A batch whose preview has not begun."""
        wanted = Wanted(
            kind=kind,
            display_name="Fall waitlist",
            selection=Selection(ids=tuple(UUID(each.id) for each in applications), matching=matching),
            repeated_count=0,
            options=options,
            unlink_reason=UnlinkReason.REMOVE_ACCESS if kind is Kind.UNLINK else None,
            **more,
        )
        return await create_batch(self.deps, new_batches(self.deps), call or self.world.staff(), wanted)

    async def work(self) -> None:
        """Works on batches until nothing is left to do."""
        while await self.worker.work():
            pass

    async def preview(self, applications: Sequence[resources_pb2.Application], **how: Any) -> res.Batch:
        """A batch that can be started."""
        created = await self.create(applications, **how)
        await self.work()
        return await self.get(created)

    async def act(
        self,
        batch: res.Batch,
        action: BatchAction,
        *,
        start_time: datetime | None = None,
        actor: UUID | None = None,
    ) -> res.Batch:
        """What a member of the staff asks for."""
        call = replace(self.world, staff_id=actor or self.world.staff_id).staff()
        return await command(self.deps, batches(self.deps), call, UUID(batch.id), action, start_time=start_time)

    async def run(self, batch: res.Batch) -> res.Batch:
        """The batch started, and worked on until nothing is left to do."""
        await self.act(batch, BatchAction.START)
        await self.work()
        return await self.get(batch)

    async def get(self, batch: res.Batch) -> res.Batch:
        """The batch as it is now."""
        return batch_message(await self.view(batch), self.deps.clock())

    async def view(self, batch: res.Batch) -> BatchView:
        """The batch with its counts."""
        return await load_batch(self.deps, org_id=self.world.org_id, batch_id=UUID(batch.id))

    async def outcomes(self, batch: res.Batch) -> list[Outcome]:
        """What became of its rows, in their order."""
        rows = await self.deps.database.all(_ROWS, org_id=self.world.org_id, batch_id=UUID(batch.id))
        return [Outcome(int(str(row[1]))) for row in rows]

    async def requests(self) -> list[MessageRequest]:
        """The messages that were asked for in bulk, oldest first."""
        bulk = [message for _, _, message in await self.world.events() if isinstance(message, MessageRequests)]
        return [request for each in bulk for request in each.requests]


def state(batch: res.Batch) -> str:
    """Where a batch stands, by name."""
    return res.Batch.State.Name(batch.state)


def counts(batch: res.Batch) -> dict[str, int]:
    """Its rows by outcome."""
    return {res.BatchRow.Outcome.Name(each.outcome): each.count for each in batch.outcomes}
