"""Several calls at once, as the demo makes them."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

HANDS = 6
"""How many calls are on their way at once."""
T = TypeVar("T")
R = TypeVar("R")


def each(act: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """What the call answers for each thing, in their order."""
    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(act, things))
