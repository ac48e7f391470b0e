"""What happens to a batch by the clock alone: its notices fall due, whom it was about is forgotten."""

import asyncio
from datetime import timedelta
from typing import NoReturn

from applications.batches.domain.batch import PREVIEW_LIFE
from applications.batches.storage.retention import (
    BATCHES_THAT_ARE_OVER,
    FORGET_CHUNKS,
    FORGET_CONTACTS,
    FORGET_ROWS,
    FORGET_SELECTIONS,
    KEEP_COUNTS,
    RELEASE_NOTICES,
)
from applications.shared.deps import Deps
from chassis import telemetry
from chassis.errors import ServiceError

ROW_RETENTION = timedelta(days=90)
"""How long after its end a batch says whom it was about."""

_SKEW = timedelta(hours=1)
"""Another process, whose clock is behind, may still start a preview that has expired by ours."""

_ROWS = 5000
_BATCHES = 100
_EVERY_SECONDS = 5.0
_log = telemetry.logger(__name__)


async def keep_batches_tidy(deps: Deps) -> NoReturn:
    """Looks every few seconds; several processes do not hinder each other."""
    while True:
        try:
            await release_notices(deps)
            await forget_selections(deps)
            await forget_rows(deps)
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("batches.untidy", reason=error.reason)
        await asyncio.sleep(_EVERY_SECONDS)


async def release_notices(deps: Deps) -> int:
    """Lets the notices of batches whose undo is over fall due; how many."""
    count = 0
    while released := await deps.database.run(RELEASE_NOTICES, now=deps.clock(), limit=_ROWS):
        count += released
    return count


async def forget_selections(deps: Deps) -> int:
    """Drops what was searched for, and all ids, where nobody needs it any more; of how many batches."""
    count = 0
    while forgotten := await deps.database.run(FORGET_SELECTIONS, limit=_BATCHES):
        count += forgotten
    return count


async def forget_rows(deps: Deps) -> int:
    """Drops the rows of batches that are over, and keeps their counts; of how many batches."""
    now = deps.clock()
    over = await deps.database.all(
        BATCHES_THAT_ARE_OVER,
        previewed_before=now - PREVIEW_LIFE - _SKEW,
        ended_before=now - ROW_RETENTION,
        limit=_BATCHES,
    )
    for batch in over:
        which = {"org_id": batch.org_id, "batch_id": batch.id}
        await deps.database.run(KEEP_COUNTS, **which)
        for forget in (FORGET_ROWS, FORGET_CONTACTS):
            while await deps.database.run(forget, **which, limit=_ROWS):
                pass
        await deps.database.run(FORGET_CHUNKS, **which)
    return len(over)
