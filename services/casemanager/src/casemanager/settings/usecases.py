"""Reading booking settings."""

from uuid import UUID

from casemanager.settings.domain import BookingSettings
from casemanager.settings.storage import LOAD_SETTINGS
from chassis.db import Executor


async def settings_of(executor: Executor, org_id: UUID) -> BookingSettings:
    """The settings of an organization; the usual ones where it set none."""
    return await executor.first(LOAD_SETTINGS, org_id=org_id) or BookingSettings(org_id=org_id)
