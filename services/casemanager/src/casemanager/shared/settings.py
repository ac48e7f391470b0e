"""What an organization that has set nothing books by (CM-08)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDefaults:
    """The values of `BookingSettings` until an administrator sets others; lengths are elapsed time."""

    minimum_notice_hours: int = 24
    horizon_days: int = 180
    hold_hours: int = 48
    request_days: int = 30
    cancellation_notice_hours: int = 48
    paperwork_days: int = 7
    report_days: int = 14
    reminder_days: tuple[int, ...] = (7, 3)
    reminder_minute: int = 480


DEFAULTS = BookingDefaults()
