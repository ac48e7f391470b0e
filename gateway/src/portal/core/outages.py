"""What a page shows while a service does not answer: the rest of it."""

from collections.abc import Awaitable
from typing import TypeVar

from chassis.errors import DeadlineExceeded, Unavailable

T = TypeVar("T")


async def unless_away(asked: Awaitable[T]) -> T | None:
    """What a service answers; None while it is not there or takes too long. Its refusals are raised."""
    try:
        return await asked
    except (Unavailable, DeadlineExceeded):
        return None
