"""Who wants to know how the start goes on."""

from typing import Protocol


class Progress(Protocol):
    """Hears of each part by its name; from several threads."""

    def starting(self, part: str) -> None:
        """It has begun to start."""

    def ready(self, part: str) -> None:
        """It is ready."""

    def say(self, words: str) -> None:
        """What a person should know of this start: above all, what was replaced."""


class Silence:
    """Nobody wants to know."""

    def starting(self, part: str) -> None:
        """Say nothing."""

    def ready(self, part: str) -> None:
        """Say nothing."""

    def say(self, words: str) -> None:
        """Say nothing."""
