"""Forgets what a message said once nobody needs it any more."""

import asyncio
from datetime import timedelta
from typing import NoReturn

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import ServiceError
from notifications.messages.storage import FORGET_CONTENT, FORGET_EXPIRED_SECRETS, FORGET_GROUPS, FORGET_WITHDRAWALS

CONTENT_RETENTION = timedelta(days=30)
"""How long subject and text of a message can be looked at, and the values of a dead letter wait."""
_ROWS = 5000
_EVERY_SECONDS = 600.0
_log = telemetry.logger(__name__)


async def keep_forgetting(database: Database, clock: Clock) -> NoReturn:
    """Forgets every ten minutes; several processes do not hinder each other."""
    while True:
        try:
            _log.info("forgetting.done", messages=await forget_expired(database, clock))
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("forgetting.failed", reason=error.reason)
        await asyncio.sleep(_EVERY_SECONDS)


async def forget_expired(database: Database, clock: Clock) -> int:
    """Drops texts and values after 30 days, and the secrets of expired dead letters; how many messages were touched."""
    now = clock()
    count = await database.run(FORGET_EXPIRED_SECRETS, now=now)
    # A dead event waits as long as a text.
    for forget in (FORGET_WITHDRAWALS, FORGET_GROUPS):
        await database.run(forget, before=now - 2 * CONTENT_RETENTION)
    while forgotten := await database.run(FORGET_CONTENT, before=now - CONTENT_RETENTION, limit=_ROWS):
        count += forgotten
    return count
