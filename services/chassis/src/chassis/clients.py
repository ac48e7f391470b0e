"""Channels to the other services: mutual TLS, retries by the service config, shrinking deadlines, typed errors back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import grpc
from opentelemetry.trace import SpanKind

from chassis import telemetry
from chassis.call import call_or_none
from chassis.errors import DeadlineExceeded
from chassis.status import Errors, from_rpc_error

MARGIN = 0.05
"""Seconds that a hop keeps of its caller's deadline, to report that the next hop took too long."""

DEFAULT_DEADLINE = 5.0
"""Seconds for a call that no incoming call's deadline bounds."""

SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    # Only UNAVAILABLE: the call did not reach a servicer, or names a request id. Throttled, so that retries never
    # make an outage worse.
    "methodConfig": [
        {
            "name": [{}],
            "waitForReady": False,
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
}

OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


class _Outgoing(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, errors: Errors) -> None:
        self._errors = errors

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        method = client_call_details.method
        name = (method.decode() if isinstance(method, bytes) else method).lstrip("/")
        with telemetry.span(name, kind=SpanKind.CLIENT):
            outgoing = await continuation(_with_context(client_call_details), request)
            try:
                return await outgoing
            except grpc.aio.AioRpcError as error:
                typed = from_rpc_error(error, self._errors)
                if typed is None:
                    raise
                raise typed from None


def _with_context(details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
    """Adds what travels along: the trace, the person's credential, language and device, and what is left of time."""
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    carrier: dict[str, str] = {}
    telemetry.inject(carrier)
    for key, value in carrier.items():
        metadata.add(key, value)
    timeout = DEFAULT_DEADLINE
    call = call_or_none()
    if call is not None:
        if call.authorization:
            metadata.add("authorization", call.authorization)
        metadata.add("accept-language", call.caller.language)
        if call.states_client:
            metadata.add("x-portico-client-address", call.caller.address)
            metadata.add("x-portico-user-agent", call.caller.user_agent)
        if call.deadline is not None:
            timeout = min(timeout, call.deadline - asyncio.get_running_loop().time() - MARGIN)
            if timeout <= 0:
                raise DeadlineExceeded()
    return grpc.aio.ClientCallDetails(
        details.method, details.timeout or timeout, metadata, details.credentials, details.wait_for_ready
    )


def channel_credentials(*, ca: Path, cert: Path, key: Path) -> grpc.ChannelCredentials:
    """Mutual TLS from PEM files."""
    return grpc.ssl_channel_credentials(ca.read_bytes(), key.read_bytes(), cert.read_bytes())


def open_channel(
    address: str, *, server: str, credentials: grpc.ChannelCredentials | None, errors: Errors = MappingProxyType({})
) -> grpc.aio.Channel:
    """A channel that lives as long as the process; `server` is the name that the other's certificate must carry.

    `errors` are the classes in which the other's refusals arrive. Without credentials it is plain text, for tests on
    loopback.
    """
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=OPTIONS, interceptors=[_Outgoing(errors)])
    options = [*OPTIONS, ("grpc.ssl_target_name_override", server), ("grpc.default_authority", server)]
    return grpc.aio.secure_channel(address, credentials, options=options, interceptors=[_Outgoing(errors)])
