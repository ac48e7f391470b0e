"""The janitor: removes what has served its time, a few thousand rows at once."""

import asyncio
from datetime import timedelta

from sqlalchemy import Column, DateTime, Table, bindparam, delete, select, tuple_

from chassis import telemetry
from chassis.bus import STREAM_AGE
from chassis.clock import Clock
from chassis.db import Database, Statement, statement
from chassis.errors import ServiceError
from chassis.tables import dead_letters, inbox, outbox, requests

REQUEST_AGE = timedelta(hours=24)
"""How long a repeated call gets the first one's answer."""
INBOX_AGE = 2 * STREAM_AGE + timedelta(hours=24)
"""A published row may be replayed at the end of its life, and then lies in the stream once more as long."""
DEAD_LETTER_AGE = timedelta(days=30)
"""How long a dead letter can be redriven: what it says of people, and a sealed secret in it, must not stay for ever."""
_ROWS = 5000
_EVERY_SECONDS = 600.0

_log = telemetry.logger(__name__)


def _sweep(table: Table, instant: Column[object]) -> Statement[tuple[object, ...]]:
    key = tuple_(*table.primary_key.columns)
    old = select(*table.primary_key.columns).where(instant < bindparam("before", type_=DateTime(timezone=True)))
    return statement(
        delete(table).where(key.in_(old.limit(_ROWS).with_for_update(skip_locked=True))),
        cross_tenant="Rows are removed by their age alone.",
    )


_SWEEPS = {
    "outbox": (_sweep(outbox, outbox.c.publish_time), STREAM_AGE),
    "inbox": (_sweep(inbox, inbox.c.receive_time), INBOX_AGE),
    "requests": (_sweep(requests, requests.c.create_time), REQUEST_AGE),
    "dead_letters": (_sweep(dead_letters, dead_letters.c.fail_time), DEAD_LETTER_AGE),
}


class Janitor:
    """Sweeps the chassis tables every ten minutes; several processes do not hinder each other."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                swept = await self.sweep()
                _log.info("janitor.swept", **swept)
            except ServiceError as error:  # the database is away; there is no hurry
                _log.warning("janitor.failed", error=error.reason)
            await asyncio.sleep(_EVERY_SECONDS)

    async def sweep(self) -> dict[str, int]:
        """Remove everything that is old enough; the number of rows by table."""
        now = self._clock()
        swept = dict.fromkeys(_SWEEPS, 0)
        for table, (stmt, age) in _SWEEPS.items():
            while removed := await self._database.run(stmt, before=now - age):
                swept[table] += removed
        return swept
