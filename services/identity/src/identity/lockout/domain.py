"""Who has to wait after wrong passwords (ID-10).

Strangers lock themselves out first, by their network. When they come from many, the account is locked for every new
device; a device that was signed in before has its own count, so that no stranger locks it out.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

LOCK = timedelta(minutes=15)
"""Failures within this time count together, and so long a lock holds. It ends by itself."""

MAX_FAILURES = 10
"""How many lock one source: a network or a known device."""

MAX_FAILURES_OF_STRANGERS = 50
"""How many from new devices, wherever they are, lock the account for all new devices."""

STRANGERS = b""
"""The source that stands for all new devices together."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a password comes from: `key` is the keyed hash of its network, or of the device when that is known."""

    key: bytes
    device_id: UUID | None = None

    @property
    def locks(self) -> tuple[bytes, ...]:
        """The sources whose lock keeps this one out."""
        return (self.key,) if self.device_id else (self.key, STRANGERS)


@dataclass(frozen=True, slots=True)
class Locked:
    """What the latest failure has locked: its own source, and the account for new devices."""

    source: bool = False
    account: bool = False
