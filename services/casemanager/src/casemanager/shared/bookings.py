"""What is booked for cases, as far as those ask who know no booking."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.db import Executor


@dataclass(frozen=True, slots=True)
class BookingCounts:
    """How much was ever booked for a case, and how much of it is open: asked for, offered, confirmed or attended."""

    total: int = 0
    open: int = 0


CountBookings = Callable[[Executor, UUID, Sequence[UUID]], Awaitable[Mapping[UUID, BookingCounts]]]
"""The counts of an organization's cases by their ids, in one statement; who is missing has none."""


async def no_bookings(*_: object) -> Mapping[UUID, BookingCounts]:
    """The counts where nothing can be booked."""
    return {}
