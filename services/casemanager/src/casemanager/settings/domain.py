"""The booking settings of an organization."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSettings:
    """What is set; version 0 is that of an organization that never set anything."""

    org_id: UUID
    enable_on_yes: bool = False
    update_time: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to set; None: as it is."""

    enable_on_yes: bool | None = None


def change(settings: BookingSettings, changes: Changes, now: datetime) -> BookingSettings:
    """The settings as an administrator wants them."""
    changed = replace(settings, update_time=now, version=settings.version + 1)
    return changed if changes.enable_on_yes is None else replace(changed, enable_on_yes=changes.enable_on_yes)
