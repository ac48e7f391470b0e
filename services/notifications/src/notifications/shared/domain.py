"""What every feature speaks of: the channels, how much a message may wait, and the request for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from chassis.errors import InvalidArgument


class Channel(IntEnum):
    """How a message travels; the numbers are the contract's and the database's."""

    EMAIL = 1
    SMS = 2


class Urgency(IntEnum):
    """How much a message may wait; the numbers are the contract's and the database's."""

    URGENT = 1
    NORMAL = 2
    BULK = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What another service asks to be sent; `requester` is its name, which scopes key and reference."""

    requester: str
    template: str
    channel: Channel
    address: str
    language: str
    values: Mapping[str, str]
    sealed_values: bytes
    reference: str
    idempotency_key: str
    urgency: Urgency
    not_after: datetime | None
    supersedes: str


class RequestInvalid(InvalidArgument):
    """The request contradicts itself, or holds what no text holds."""
