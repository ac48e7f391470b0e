"""What is booked for cases, as far as those ask who know no booking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BookingCounts:
    """How much was ever booked for a case, and how much of it is open: asked for, offered, confirmed or attended."""

    total: int = 0
    open: int = 0
