"""Calls for the generator to make, and what it tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message

from local_stack.certificates import Certificate
from tests.load.workers import Worker

GRPC_OK = "grpc-status\x010"
HTTP_OK = "\x88"
"""`:status 200` as HPACK writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What is called, and by how many connections: each bearer token has one of its own.

    `messages` in turn, or requests without a body. `in_flight` calls are open at once, unless a `rate` a second is set.
    """

    address: str
    path: str
    tokens: Sequence[str]
    messages: Sequence[bytes] | None = None
    client: Certificate | None = None
    server: str = ""
    in_flight: int = 64
    rate: float = 0.0

    def question(self, seconds: float) -> dict[str, object]:
        """As the generator understands it."""
        return {
            "address": self.address,
            "tls": self.client
            and {
                "ca": str(self.client.authority),
                "cert": str(self.client.certificate),
                "key": str(self.client.key),
                "server": self.server,
            },
            "headers": [self._headers(token) for token in self.tokens],
            "messages": self.messages and [message.hex() for message in self.messages],
            "ok": GRPC_OK if self.messages else HTTP_OK,
            "seconds": seconds,
            "in_flight": self.in_flight,
            "rate": self.rate,
        }

    def _headers(self, token: str) -> list[tuple[str, str]]:
        is_grpc = self.messages is not None
        headers = [
            (":method", "POST" if is_grpc else "GET"),
            (":scheme", "https" if self.client else "http"),
            (":path", self.path),
            (":authority", self.server or self.address),
            ("accept-language", "en"),
        ]
        if token:
            headers.append(("authorization", f"Bearer {token}"))
        if is_grpc:
            # What the gateway adds to a call.
            headers += [("te", "trailers"), ("content-type", "application/grpc")]
            headers.append(("x-portico-client-address", "203.0.113.7"))
        return headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the generator saw; instants are on `time.monotonic`, `cpu` are its own seconds.

    `late` are the calls that were answered after the time was over. `latencies` and `answered` are there for calls at a
    fixed rate, in the order of the calls.
    """

    operations: int
    late: int
    seconds: float
    cpu: float
    latencies: list[float]
    answered: list[float]


async def send(generator: Worker, calls: Calls, seconds: float) -> Outcome:
    """Make the calls for so long; WorkerFailed when one of them fails."""
    answer: dict[str, Any] = await generator.ask(**calls.question(seconds))
    return Outcome(**answer)


def grpc_calls(
    address: str, server: str, method: str, messages: Sequence[Message], *, client: Certificate, tokens: Sequence[str]
) -> Calls:
    """Calls of an RPC by its full name, `portico.identity.v1.SessionsService/Login`, over mutual TLS."""
    return Calls(
        address=address,
        path=f"/{method}",
        tokens=tokens,
        messages=[message.SerializeToString() for message in messages],
        client=client,
        server=server,
    )


def at_rate(calls: Calls, rate: float) -> Calls:
    """The same calls, so many a second."""
    return replace(calls, rate=rate)
