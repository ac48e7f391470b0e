"""Both services of identity on the network, and how a test calls them."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.errors import (
    ServiceError,
)
from chassis.testing.grpc import Metadata, as_service
from identity.resets.deps import Deps

GATEWAY = (*as_service("gateway"), ("x-portico-client-address", "192.0.2.7"), ("x-portico-user-agent", "Firefox"))


@dataclass(frozen=True)
class Served:
    """Both services of identity, on the network."""

    public: Any
    internal: Any
    deps: Deps


def bearer(token: str, language: str = "en") -> Metadata:
    """The metadata of a call through the gateway with this access token."""
    return (*GATEWAY, ("authorization", f"Bearer {token}"), ("accept-language", language))


async def refused(answer: Any, error: type[ServiceError], reason: str) -> ServiceError:
    """Awaits an answer, or the first of a stream, that must be this refusal of identity's."""
    with pytest.raises(error) as raised:
        await (anext(aiter(answer)) if isinstance(answer, AsyncIterable) else answer)
    assert (reason, "identity") == (raised.value.reason, raised.value.domain)
    return raised.value
