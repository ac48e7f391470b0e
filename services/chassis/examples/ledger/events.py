"""Events of the example: a sender, a handler with troubles, and how to wait for the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.struct_pb2 import Value
from google.protobuf.wrappers_pb2 import StringValue
from nats.js.errors import NotFoundError
from sqlalchemy import bindparam, func, insert, select

from chassis.bus import Bus, subject_of
from chassis.consumer import Consumers, Retries
from chassis.db import Executor, statement
from chassis.envelope import Incoming
from chassis.ids import new_id
from services.chassis.examples.ledger.storage import ledgers

QUICKLY = Retries(tries=5, first_pause=0.01, growth=1.0)
EFFECT = statement(insert(ledgers))
EFFECTS = statement(select(func.count()).select_from(ledgers).where(ledgers.c.org_id == bindparam("org_id")), into=int)


@dataclass(slots=True)
class Handled:
    """A handler that writes a row, and remembers what it saw; `trouble` is raised in its place, once or forever."""

    seen: list[str] = field(default_factory=list)
    tries: int = 0
    trouble: Callable[[str, int], Awaitable[None]] | None = None

    async def __call__(self, event: StringValue | Value, incoming: Incoming, tx: Executor) -> None:
        """Write the row, then fail if asked to: a redelivery must not write it twice."""
        self.tries += 1
        words = event.value if isinstance(event, StringValue) else event.string_value
        row = {"id": new_id(), "name": str(incoming.id), "state": "OPEN", "balance": 0, "version": 1, "labels": {}}
        await tx.run(EFFECT, **row, org_id=incoming.org_id, open_time=incoming.event_time)
        if self.trouble is not None:
            await self.trouble(words, self.tries)
        self.seen.append(words)


@dataclass(slots=True)
class Sender:
    """Publishes events as a relay does."""

    bus: Bus
    org_id: UUID
    sent: list[UUID] = field(default_factory=list)

    async def __call__(
        self,
        message: StringValue | Value,
        *,
        aggregate_id: UUID | None = None,
        version: int = 1,
        event_id: UUID | None = None,
        payload: bytes | None = None,
        **headers: str,
    ) -> UUID:
        """Publish one event with the headers of the relay, or with these in their place; its id."""
        identity = event_id or new_id()
        usual = {
            "ce-id": str(identity),
            "ce-type": message.DESCRIPTOR.full_name,
            "ce-time": datetime.now(UTC).isoformat(),
            "portico-aggregate": str(aggregate_id or new_id()),
            "portico-version": str(version),
        }
        jetstream = await self.bus.jetstream()
        body = message.SerializeToString() if payload is None else payload
        subject = subject_of(self.org_id, "ledger", "ledger.booked")
        await jetstream.publish(subject, body, headers={k: v for k, v in (usual | headers).items() if v})
        self.sent.append(identity)
        return identity


@asynccontextmanager
async def consuming(consumers: Consumers) -> AsyncIterator[None]:
    """Consume as long as the block lasts."""
    task = asyncio.create_task(consumers.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def text(words: str) -> StringValue:
    """The smallest event there is."""
    return StringValue(value=words)


async def nothing_pending(bus: Bus) -> bool:
    """Whether the last message of the stream, and each before it, is acknowledged."""
    jetstream = await bus.jetstream()
    last = (await jetstream.stream_info("LEDGER")).state.last_seq
    try:
        return bool((await jetstream.consumer_info("LEDGER", "ledger")).ack_floor.stream_seq == last)
    except NotFoundError:  # the consumer has not begun
        return False
