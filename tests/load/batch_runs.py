"""Batches in the whole suite: run by an organization's staff over REST, watched in the services' databases."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import psycopg

from chassis.testing.eventually import eventually
from tests.e2e.agencies import founded
from tests.load.crowd import fill
from tests.load.suite import Suite

SEND_RATE = 60_000
"""Messages a minute: as many as identity lets an organization send."""
_KNOWN_SECONDS = 30.0
_MAX_SECONDS = 1_800.0
_POLL_SECONDS, _LONG_POLL_SECONDS = 0.02, 1.0
"""The longer one for what takes minutes, and would be counted dearly."""
_ORGANIZATION = "SELECT org_id FROM organizations WHERE slug = %s"
_RATE = "SELECT send_rate FROM organizations WHERE org_id = %s"
_PREVIEWED = "SELECT extract(epoch FROM preview_time - create_time) FROM batches WHERE org_id = %s AND id = %s"
_CHUNKS = "SELECT count(*) FROM batch_chunks WHERE org_id = %s AND batch_id = %s"
_PENDING_CHUNKS = f"{_CHUNKS} AND phase < 3"
_STORED = "SELECT count(*) FROM messages WHERE org_id = %s AND \"group\" = 'batches/' || %s"
_SENT = f"{_STORED} AND due_time IS NULL"


@dataclass(frozen=True, slots=True)
class Staff:
    """Who runs batches over all families of an organization, of whom there are `rows`."""

    suite: Suite
    org_id: UUID
    rows: int

    @property
    def token(self) -> str:
        """An access token that is good for some minutes more."""
        return self.suite.agency.admin.access_token

    async def create(self) -> str:
        """The id of a new batch, whose preview has begun."""
        created = await asyncio.to_thread(self.suite.agency.admin.post, "/v1/batches", invite={}, matching={})
        return str(created["id"])

    async def previewed(self, batch_id: str) -> float:
        """Waits for the end of a preview: how many seconds after `CreateBatch` began it came, by the service."""
        seconds = await self._until("applications", _PREVIEWED, batch_id, lambda found: found is not None)
        return float(str(seconds))

    async def start(self, batch_id: str) -> None:
        """Nothing was sent before."""
        await asyncio.to_thread(self.suite.agency.admin.post, f"/v1/batches/{batch_id}:start")

    async def drop(self, batch_id: str) -> None:
        """Cancels a preview, and waits until its rows are gone, and after them its chunks."""
        await asyncio.to_thread(self.suite.agency.admin.post, f"/v1/batches/{batch_id}:cancel")
        await self._until("applications", _CHUNKS, batch_id, lambda count: count == 0)

    async def committed(self, batch_id: str) -> float:
        """When the last chunk of a started batch was through, on `time.monotonic`."""
        await self._until("applications", _PENDING_CHUNKS, batch_id, lambda count: count == 0)
        return time.monotonic()

    async def stored(self, batch_id: str) -> float:
        """When the last message of a started batch was in notifications' database, on `time.monotonic`."""
        await self._until("notifications", _STORED, batch_id, lambda count: count == self.rows)
        return time.monotonic()

    async def sent(self, batch_id: str) -> None:
        """Waits until nothing more is done for any message of a started batch."""
        await self._until("notifications", _SENT, batch_id, lambda count: count == self.rows, pause=_LONG_POLL_SECONDS)

    async def _until(
        self,
        service: str,
        query: str,
        batch_id: str,
        holds: Callable[[object], bool],
        *,
        pause: float = _POLL_SECONDS,
    ) -> object:
        deadline = time.monotonic() + _MAX_SECONDS
        url = self.suite.stack.owner_url(service)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while True:
                cursor = await connection.execute(query, (self.org_id, batch_id))
                [found] = await cursor.fetchone() or (None,)
                if holds(found):
                    return found
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{query}: still {found}.")
                await asyncio.sleep(pause)


async def new_staff(suite: Suite, rows: int) -> Staff:
    """Of a new organization, which sends as fast as any may."""
    agency = await asyncio.to_thread(founded, suite.stack)
    rate = str(SEND_RATE)
    await asyncio.to_thread(suite.stack.run, "identity", "set-organization", "--slug", agency.slug, "--send-rate", rate)
    [org_id] = _row(suite, "applications", _ORGANIZATION, agency.slug)
    assert isinstance(org_id, UUID)
    for service in ("applications", "notifications"):
        await eventually(partial(_sends_fast, suite, service, org_id), timeout=_KNOWN_SECONDS)
    with psycopg.connect(suite.stack.owner_url("applications"), autocommit=True) as connection:
        fill(connection, org_id, rows)
    return Staff(replace(suite, agency=agency), org_id, rows)


def _sends_fast(suite: Suite, service: str, org_id: UUID) -> bool:
    return _row(suite, service, _RATE, org_id) == (SEND_RATE,)


def _row(suite: Suite, service: str, query: str, parameter: object) -> tuple[object, ...]:
    with psycopg.connect(suite.stack.owner_url(service)) as connection:
        return connection.execute(query, [parameter]).fetchone() or ()
