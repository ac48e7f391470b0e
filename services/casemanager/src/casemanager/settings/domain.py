"""The booking settings of an organization (CM-08)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portico_errors.casemanager import SettingOutOfBounds

from casemanager.shared.settings import BookingDefaults
from chassis.errors import FieldViolation

BOUNDS: Mapping[str, tuple[int, int]] = {
    "hold_hours": (1, 336),
    "minimum_notice_hours": (0, 720),
    "horizon_days": (7, 730),
    "request_days": (1, 365),
    "cancellation_notice_hours": (0, 720),
    "paperwork_days": (0, 60),
    "report_days": (1, 180),
    "reminder_minute": (0, 1439),
}
"""The least and the largest value of each number."""
MAX_REMINDERS = 3
REMINDER_BOUNDS = (0, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSettings(BookingDefaults):
    """What is set; version 0 is that of an organization that never set anything. `holidays` are in order."""

    org_id: UUID
    enable_on_yes: bool = False
    allow_unscanned: bool = False
    holidays: tuple[date, ...] = ()
    booking_email: str = ""
    update_time: datetime | None = None
    version: int = 0


def change(settings: BookingSettings, values: Mapping[str, Any], now: datetime) -> BookingSettings:
    """The settings as an administrator wants them, by field; raises SettingOutOfBounds."""
    if violations := [*_violations(values)]:
        raise SettingOutOfBounds(violations=violations)
    written = {**values}
    if "reminder_days" in written:
        written["reminder_days"] = tuple(sorted({*written["reminder_days"]}, reverse=True))
    if "holidays" in written:
        written["holidays"] = tuple(sorted({*written["holidays"]}))
    return replace(settings, **written, update_time=now, version=settings.version + 1)


def _violations(values: Mapping[str, Any]) -> Iterator[FieldViolation]:
    for name, (least, largest) in BOUNDS.items():
        if name in values and not least <= values[name] <= largest:
            yield _out_of_bounds(
                name, f"Enter a number from {least} to {largest}.", f"Escriba un número del {least} al {largest}."
            )
    days = {*values.get("reminder_days", ())}
    least, largest = REMINDER_BOUNDS
    if len(days) > MAX_REMINDERS or not all(least <= day <= largest for day in days):
        yield _out_of_bounds(
            "reminder_days",
            f"Enter at most {MAX_REMINDERS} numbers from {least} to {largest}.",
            f"Escriba como máximo {MAX_REMINDERS} números del {least} al {largest}.",
        )


def _out_of_bounds(field: str, english: str, spanish: str) -> FieldViolation:
    return FieldViolation(f"settings.{field}", "SETTING_OUT_OF_BOUNDS", english, localized={"es": spanish})
