"""Who takes the messages: an SMTP server, an SMS provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it; `reason` is in its words, without the recipient's address.

    `is_suppressed`: the recipient asked for no more on this channel, which is permanent, too. `retry_after` is how long
    the provider asked to be left alone, by everybody.
    """

    reason: str
    is_permanent: bool
    is_suppressed: bool = False
    retry_after: timedelta | None = None


Outcome = Accepted | Refused

MAX_ATTEMPT_SECONDS = 30.0
"""How long it takes at most to hand over one message: a provider that is slower has refused it for now."""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message, ready to go: `content` is a whole email, or the UTF-8 text of an SMS."""

    id: UUID
    recipient: str
    content: bytes


class Provider(Protocol):
    """Takes messages, several at once."""

    async def send(self, outbound: OutboundMessage) -> Outcome:
        """Hand over one message within `MAX_ATTEMPT_SECONDS`; never raises for what the other side does."""
        ...

    async def close(self) -> None:
        """End the connections."""
        ...
