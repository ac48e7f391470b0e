"""Which version of a record somebody has seen: the contract's `etag` (AIP-154). Who never saw a change overwrites none.

Pure, so that a domain may ask.
"""

from typing import Protocol, TypeVar

from chassis.errors import Aborted


class Versioned(Protocol):
    """What counts its changes; its etag is `str(version)`."""

    @property
    def version(self) -> int:
        """One more with each change that is saved."""


V = TypeVar("V", bound=Versioned)


def as_seen(record: V, etag: str) -> V:
    """The record, when it is the version that was seen; else Aborted. Without an `etag` whichever there is.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Till:
    ...     version: int
    >>> as_seen(Till(3), "3"), as_seen(Till(3), "")
    (Till(version=3), Till(version=3))
    >>> as_seen(Till(4), "3")
    Traceback (most recent call last):
    chassis.errors.Aborted: CONCURRENT_CHANGE: The record changed meanwhile. Try again.
    """
    if etag and etag != str(record.version):
        raise Aborted()
    return record
