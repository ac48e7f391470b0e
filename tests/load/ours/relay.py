"""The relay of applications, as it runs beside the calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chassis.bus import Bus, OwnStream
from chassis.clock import utc_now
from chassis.db import Database
from chassis.relay import Relay
from chassis.tasks import cancel
from tests.load.workers import work

STREAM = OwnStream(name="APPLICATIONS", service="applications", aggregates=("application", "guardian", "notification"))


@asynccontextmanager
async def begin(*, database_url: str, nats_url: str, ca: str) -> AsyncIterator[tuple[object, Any]]:
    """A question wakes the relay, as a commit in its own process does."""
    database = Database(database_url, application="applications")
    await database.open()
    bus = Bus(nats_url, service="applications", ca=Path(ca))
    await bus.open()
    relay = asyncio.create_task(Relay(database, bus, [STREAM], clock=utc_now).run())

    async def wake() -> object:
        database.outbox_filled.set()
        return {}

    yield {}, wake
    await cancel(relay)
    await bus.close()
    await database.close()


if __name__ == "__main__":
    work(begin)
