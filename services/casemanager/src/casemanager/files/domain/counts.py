"""How many files of a booking stand where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many files of a booking stand where; `sent` ones are clean, and of them the specialist reads the newest."""

    received: int = 0
    scanning: int = 0
    clean: int = 0
    quarantined: int = 0
    sent: int = 0
    newest_sent: int = 0

    @property
    def are_ready(self) -> bool:
        """Whether there is something to send, and nothing is still being judged."""
        return self.clean > self.sent and not self.received + self.scanning


NO_FILES = Counts()
