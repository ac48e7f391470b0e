"""People as they are written to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's name, email address (empty: none) and language."""

    name: str
    email: str
    language: str
