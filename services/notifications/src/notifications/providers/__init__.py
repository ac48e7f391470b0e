"""Who takes the messages: an SMTP server, an SMS provider."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from notifications.domain import Outcome


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, ready to go: `content` is a whole email, or the UTF-8 text of an SMS."""

    message_id: UUID
    recipient: str
    content: bytes


class Provider(Protocol):
    """Takes messages, several at once."""

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand over one message; never raises for what the other side does, and never takes long."""
        ...

    async def close(self) -> None:
        """End the connections."""
        ...
