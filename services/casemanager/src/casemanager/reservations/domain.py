"""A reservation: a stretch of a specialist's time that nobody else can have (CM-09)."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class ReservationKind(IntEnum):
    """Why the time is taken; the numbers are the contract's."""

    HELD = 1
    CONFIRMED = 2
    BLOCKED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """From `start_time` to before `end_time`, the buffer after an appointment included.

    What is held or confirmed is a booking's, and what is held ends by itself with `hold_expire_time`; what is blocked
    belongs to a time off.
    """

    org_id: UUID
    id: UUID
    specialist_id: UUID
    kind: ReservationKind
    start_time: datetime
    end_time: datetime
    hold_expire_time: datetime | None = None
    booking_id: UUID | None = None
    booking_number: str = ""
    option_id: UUID | None = None
    time_off_id: UUID | None = None


def is_in_force(reservation: Reservation, now: datetime) -> bool:
    """Whether the time is taken: a hold that has run out takes nothing, whether or not its row is gone."""
    return reservation.hold_expire_time is None or now < reservation.hold_expire_time
