"""Where a file stands, whatever it is for (CM-12)."""

from datetime import timedelta
from enum import IntEnum


class State(IntEnum):
    """Where a file stands; the numbers are the contract's."""

    RECEIVED = 1
    SCANNING = 2
    CLEAN = 3
    QUARANTINED = 4
    DELETED = 5


UNJUDGED = frozenset({State.RECEIVED, State.SCANNING})
"""No scanner has said anything yet."""
STUCK_AFTER = timedelta(minutes=30)
"""How long a file may wait for a verdict before staff are asked to look."""
