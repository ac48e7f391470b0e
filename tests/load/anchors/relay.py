"""Anchor of P-06: events from memory, with the same headers, in atomic batches over bare nats-py.

The batches are written by hand, as the relay's are: through nats-py's own `publish` they take five times as long.
"""

import json
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import nats
from nats.aio.client import Client

from tests.load.workers import work

_BATCH = 1000
_COMMIT = "Nats-Batch-Commit: 1\r\n"
Event = tuple[UUID, UUID, bytes, datetime]
"""Its id, its aggregate's, its message, its time."""


@asynccontextmanager
async def begin(
    *, nats_url: str, ca: str, subject: str, event_type: str, payload: str, traceparent: str
) -> AsyncIterator[tuple[object, Any]]:
    """`prepare=N` makes that many events; the answer to the next question says how many seconds they took."""
    client = await nats.connect(
        nats_url, tls=ssl.create_default_context(cafile=ca), inbox_prefix=b"_INBOX_applications"
    )
    common = (
        f"ce-specversion: 1.0\r\nce-type: {event_type}\r\nce-source: applications\r\ntraceparent: {traceparent}\r\n"
    )

    events: list[Event] = []

    async def publish(*, prepare: int = 0) -> object:
        if prepare:
            events[:] = [(uuid4(), uuid4(), bytes.fromhex(payload), datetime.now(UTC)) for _ in range(prepare)]
            return {}
        started = time.perf_counter()
        for first in range(0, len(events), _BATCH):
            await _publish(client, subject, common, events[first : first + _BATCH])
        return time.perf_counter() - started

    yield {}, publish
    await client.close()


async def _publish(client: Client, subject: str, common: str, events: Sequence[Event]) -> None:
    batch, inbox = uuid4().hex, client.new_inbox()
    answer = await client.subscribe(inbox, max_msgs=1)
    commands = []
    for number, (event_id, aggregate_id, payload, event_time) in enumerate(events, start=1):
        is_last = number == len(events)
        headers = (
            f"NATS/1.0\r\nNats-Msg-Id: {event_id}\r\nce-id: {event_id}\r\nce-time: {event_time.isoformat()}\r\n"
            f"{common}portico-aggregate: {aggregate_id}\r\nportico-version: 1\r\n"
            f"Nats-Batch-Id: {batch}\r\nNats-Batch-Sequence: {number}\r\n"
            f"{_COMMIT if is_last else ''}\r\n"
        ).encode()
        reply = f" {inbox}" if is_last else ""
        commands.append(f"HPUB {subject}{reply} {len(headers)} {len(headers) + len(payload)}\r\n".encode())
        commands += (headers, payload, b"\r\n")
    await client._send_command(b"".join(commands))
    await client._flush_pending()
    acknowledged = json.loads((await answer.next_msg(timeout=10)).data)
    assert acknowledged.get("count") == len(events), acknowledged


if __name__ == "__main__":
    work(begin)
