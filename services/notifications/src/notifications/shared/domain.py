"""What every feature speaks of: the channels, how much a message may wait, and the request for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from chassis.errors import InvalidArgument

DEFAULT_SEND_RATE = 3_000
"""Messages in bulk that go out for an organization in a minute, unless identity says another number."""


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
    """What another service asks to be sent; `requester` is its name, which scopes key and reference.

    `account_id` is a family's, in whose realm no organization speaks: the one that it was linked to last does.
    `group` is what it is taken back with; `group_rate` of it go out in a minute at most (0: as many as may).
    """

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
    account_id: UUID | None = None
    group: str = ""
    not_before: datetime | None = None
    group_rate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How an organization shows itself in its messages: identity's words, each empty when not known."""

    name: str = ""
    phone: str = ""
    email: str = ""
    hours: str = ""
    web_page: str = ""
    color: str = ""


class RequestInvalid(InvalidArgument):
    """The request contradicts itself, or holds what no text holds."""
