"""Who calls what: the facts about one RPC that reach the use case."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from uuid import UUID

from chassis.errors import Unauthenticated

FAMILY_ORG = UUID("00000000-0000-7000-8000-000000000001")
"""The reserved organization under which family accounts live: one account for all agencies."""


class Role(IntEnum):
    """What a person is to the organization; the numbers are those of `portico.options.v1.Role`."""

    STAFF_ADMIN = 1
    STAFF = 2
    CASE_MANAGER = 3
    SPECIALIST = 4
    FAMILY = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind the call, and the service that passed it on.

    `service` is the name in the peer's certificate. The four after it are set together when a person is signed in.
    `address` and `user_agent` are the client's, as stated by the gateway or the portal; `language` is a tag like `es`.
    """

    service: str = ""
    account_id: UUID | None = None
    org_id: UUID | None = None
    role: Role | None = None
    session_id: UUID | None = None
    address: str = ""
    user_agent: str = ""
    language: str = "en"

    @property
    def key(self) -> str:
        """Who it is, for the request ids that they give: no two have one in common."""
        return str(self.account_id or self.service)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a repeated call recognisable: who, which id, and a keyed hash of what was asked."""

    caller: str
    request_id: UUID
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One RPC: its caller, its full method name, and its request key where the client gave a `request_id`.

    `authorization` is the person's credential as it came, to travel along to the next service; `deadline` is in seconds
    on the event loop's clock. `states_client`: the next service is told the client's address and user agent, which it
    believes the portal alone.
    """

    caller: Caller
    method: str
    request: RequestKey | None = None
    authorization: str = field(default="", repr=False)
    deadline: float | None = None
    states_client: bool = False

    @property
    def org_id(self) -> UUID:
        """The signed-in person's organization; `Unauthenticated` when nobody is signed in."""
        if self.caller.org_id is None:
            raise Unauthenticated()
        return self.caller.org_id

    @property
    def account_id(self) -> UUID:
        """The signed-in person's account; `Unauthenticated` when nobody is signed in."""
        if self.caller.account_id is None:
            raise Unauthenticated()
        return self.caller.account_id


_current: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The call that is being served; for servicers, which hand it on to the use case."""
    return _current.get()


def call_or_none() -> Call | None:
    """The call that is being served, or None in a background job."""
    return _current.get(None)


def set_current_call(call: Call) -> None:
    """Says which call the present task serves; for the interceptor."""
    _current.set(call)
