"""Beside P-06: the packaged outbox library `nats-outbox`, with its largest batches and no pause between two looks."""

# mypy: disable-error-code="import-untyped"
# It ships no types.

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats_outbox.core.models import create_tables
from nats_outbox.publishers.nats_publisher import NatsPublisher
from nats_outbox.relay.polling import PollingRelay
from nats_outbox.settings import OutboxSettings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tests.load.workers import work

_FILL = text("""
    INSERT INTO outbox_events (event_id, subject, headers, payload, status, retry_count, aggregate_id)
    SELECT gen_random_uuid(), :subject, '{}', jsonb_build_object('event', CAST(:payload AS text)), 'pending', 0,
           gen_random_uuid()::text
    FROM generate_series(1, :count)
""")
_PENDING = text("SELECT 1 FROM outbox_events WHERE status = 'pending' LIMIT 1")
_POLL_SECONDS = 0.01


@asynccontextmanager
async def begin(
    *, database_url: str, nats_url: str, ca: str, subject: str, payload: str
) -> AsyncIterator[tuple[object, Any]]:
    """`prepare=N` stores that many events; the answer to the next question says how many seconds they took.

    `database_url` is the owner's.
    """
    logging.disable()
    url = database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    settings = OutboxSettings(database_url=url, nats_url=nats_url, batch_size=1000, polling_interval=_POLL_SECONDS)
    engine = create_async_engine(url)
    await create_tables(engine)
    client = await nats.connect(
        nats_url, tls=ssl.create_default_context(cafile=ca), inbox_prefix=b"_INBOX_applications"
    )
    publisher = await NatsPublisher.from_nats_client(client)
    relay = PollingRelay(async_sessionmaker(engine, expire_on_commit=False), publisher, settings)

    async def publish(*, prepare: int = 0) -> object:
        if prepare:
            async with engine.begin() as connection:
                await connection.execute(_FILL, {"subject": subject, "payload": payload, "count": prepare})
            return {}
        started, running = time.perf_counter(), asyncio.create_task(relay.start())
        async with engine.connect() as connection:
            while (await connection.execute(_PENDING)).first() is not None:
                await connection.rollback()
                await asyncio.sleep(_POLL_SECONDS)
        took = time.perf_counter() - started
        await relay.stop()
        await running
        async with engine.begin() as connection:
            await connection.execute(text("TRUNCATE outbox_events"))
        return took

    yield {}, publish
    await client.close()
    await engine.dispose()


if __name__ == "__main__":
    work(begin)
