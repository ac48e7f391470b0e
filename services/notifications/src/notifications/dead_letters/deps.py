"""What the use cases of dead letters are handed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from notifications.requests import deps as requests


@dataclass(frozen=True, slots=True)
class Deps(requests.Deps):
    """Everything outside of a use case: `redrive_event` handles a dead event once more."""

    redrive_event: Callable[[UUID], Awaitable[None]]
