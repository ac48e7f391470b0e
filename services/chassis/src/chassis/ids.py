"""Ids are handed in, too: UUIDv7, so that a new row lands at the end of its index."""

from collections.abc import Callable
from uuid import UUID

from uuid_utils.compat import uuid7

Ids = Callable[[], UUID]


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562), ordered by the time of its making."""
    return uuid7()
