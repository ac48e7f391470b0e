"""An outbox with events, a relay that publishes them, and how to wait for the end."""

import asyncio
from collections.abc import Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from google.protobuf.wrappers_pb2 import StringValue
from nats.js.errors import NotFoundError
from sqlalchemy import bindparam, func, insert, select

from chassis.clock import utc_now
from chassis.db import statement
from chassis.ids import new_id
from chassis.publisher import OutboxRow
from chassis.relay import Relay
from chassis.tables import outbox
from chassis.tasks import cancel

WRITE = statement(
    insert(outbox).values(
        {c.name: bindparam(c.name, type_=c.type) for c in outbox.c if c.name not in ("position", "publish_time")}
    )
)
UNPUBLISHED = statement(
    select(func.count()).select_from(outbox).where(outbox.c.publish_time.is_(None)),
    into=int,
    cross_tenant="A test looks at the whole outbox.",
)
PUBLISHED = statement(
    select(func.count()).select_from(outbox).where(outbox.c.publish_time.is_not(None)),
    into=int,
    cross_tenant="A test looks at the whole outbox.",
)


def row(**changes: object) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "org_id": new_id(),
        "id": new_id(),
        "subject": "ledger.booked",
        "type": "google.protobuf.StringValue",
        "payload": StringValue(value="x").SerializeToString(),
        "aggregate_id": new_id(),
        "version": 1,
        "traceparent": None,
        "event_time": datetime.now(UTC),
    }
    return usual | changes


async def write(database, rows: Iterable[dict[str, Any]]) -> None:
    async with database.transaction() as tx:
        for one in rows:
            await tx.run(WRITE, **one)
    database.outbox_filled.set()


@asynccontextmanager
async def relaying(database, bus, stream):
    task = asyncio.create_task(Relay(database, bus, [stream], clock=utc_now).run())
    try:
        yield
    finally:
        await cancel(task)


async def messages_of(bus) -> list[Any]:
    """Everything that the stream holds, in its order."""
    jetstream = await bus.jetstream()
    state = (await jetstream.stream_info("LEDGER")).state
    return [await jetstream.get_msg("LEDGER", seq) for seq in range(state.first_seq, state.last_seq + 1)]


def nothing_unpublished(database):
    async def check() -> bool:
        return 0 == int(await database.first(UNPUBLISHED))

    return check


async def answers_not(bus) -> bool:
    return not await bus.answers()


def as_rows(rows: Iterable[dict[str, Any]]) -> list[OutboxRow]:
    return [OutboxRow(position=position, **one) for position, one in enumerate(rows)]


async def has_messages(bus, count):
    try:
        info = await (await bus.jetstream()).stream_info("LEDGER")
    except NotFoundError:
        return False
    return info.state.messages == count
