"""Forgets who took bookings home, once that is long ago."""

import asyncio
from datetime import timedelta
from typing import NoReturn

from casemanager.exports.storage import SWEEP_OLD
from casemanager.shared.deps import Deps
from chassis import telemetry
from chassis.errors import ServiceError

EXPORT_AGE = timedelta(days=365)
"""How long the audit of an export is kept: what was looked for in it may be a person's name."""
_ROWS, _HOUR_SECONDS = 5000, 3600.0
_log = telemetry.logger(__name__)


async def keep_exports_few(deps: Deps) -> NoReturn:
    """Looks every hour; several processes do not hinder each other; never returns."""
    while True:
        try:
            await remove_old_exports(deps)
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("exports.sweep_failed", error=error.reason)
        await asyncio.sleep(_HOUR_SECONDS)


async def remove_old_exports(deps: Deps) -> int:
    """Removes the lines of exports that began a year ago; how many this process removed."""
    number, before = 0, deps.clock() - EXPORT_AGE
    while removed := await deps.database.run(SWEEP_OLD, before=before, limit=_ROWS):
        number += removed
    return number
