"""What is booked for cases, as far as those ask who know no booking."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BookingCounts:
    """How much was ever booked for a case, and how much of it is open: asked for, offered, confirmed or attended."""

    total: int = 0
    open: int = 0


async def no_bookings(*_: object) -> Mapping[UUID, BookingCounts]:
    """The counts where nothing can be booked."""
    return {}
