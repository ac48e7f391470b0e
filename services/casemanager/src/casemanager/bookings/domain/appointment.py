"""A time of a specialist, as it is asked for, offered or booked (CM-08, CM-09)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from casemanager.availabilities.domain.availability import Mode

BEFORE_START = timedelta(hours=1)
"""A hold, and an offer, ends so long before the appointment at the latest."""


class OptionState(IntEnum):
    """What became of a time that was offered; the numbers are the contract's. GONE is computed, never stored."""

    OPEN = 1
    CHOSEN = 2
    REFUSED = 3
    WITHDRAWN = 4
    GONE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A time of a specialist; the buffer after it is kept free with it. In the zone is its wall clock."""

    specialist_id: UUID
    place_id: UUID | None
    mode: Mode
    availability_id: UUID | None
    start_time: datetime
    end_time: datetime
    buffer_minutes: int
    time_zone: str
    outside_reason: str = ""

    @property
    def free_time(self) -> datetime:
        """When the specialist is free again."""
        return self.end_time + timedelta(minutes=self.buffer_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What people read of a time: the names as they are now; `is_active`: whether the specialist can be booked."""

    specialist_name: str = ""
    place_name: str = ""
    place_address: str = ""
    directions: str = ""
    specialties: tuple[str, ...] = ()
    specialist_email: str = ""
    specialist_zone: str = ""
    specialist_language: str = "en"
    is_active: bool = True


NOTHING_SHOWN = Shown()
"""Of a time that nobody chose yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A time that was offered. `rival_end_time`: until when somebody else has some of it; None: nobody has."""

    id: UUID
    appointment: Appointment
    state: OptionState
    hold_expire_time: datetime
    rival_end_time: datetime | None = None
    shown: Shown = NOTHING_SHOWN

    def is_taken(self, now: datetime) -> bool:
        """Whether somebody else has the time; while a hold lives, nobody can."""
        return self.rival_end_time is not None and now < self.rival_end_time

    def effective(self, now: datetime) -> OptionState:
        """What readers see."""
        if self.state is not OptionState.OPEN:
            return self.state
        if not self.shown.is_active:
            return OptionState.WITHDRAWN
        return OptionState.GONE if self.is_taken(now) or self.appointment.start_time <= now else OptionState.OPEN

    def is_held(self, now: datetime) -> bool:
        """Whether the time is kept free right now."""
        return self.effective(now) is OptionState.OPEN and now < self.hold_expire_time


def expiries(options: Iterator[Option]) -> datetime:
    """When an offer of these ends: an hour before the last one begins."""
    return max(option.appointment.start_time for option in options) - BEFORE_START
