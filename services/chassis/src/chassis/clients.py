"""Channels to the other services: mutual TLS, retries by the service config, shrinking deadlines, typed errors back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import grpc
from opentelemetry.trace import SpanKind

from chassis import telemetry
from chassis.call import call_or_none
from chassis.errors import DeadlineExceeded
from chassis.status import Errors, from_rpc_error
from chassis.streams import MAX_STREAM_SECONDS

MARGIN = 0.05
"""Seconds that a hop keeps of its caller's deadline, to report that the next hop took too long."""

DEFAULT_DEADLINE = 5.0
"""Seconds for a call that no incoming call's deadline bounds."""

_RETRY = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
"""Only UNAVAILABLE: the call did not reach a servicer, or names a request id."""

OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Shared connections would share their failures: a new channel to a port that somebody else has just given up
    # would be refused without a try.
    ("grpc.use_local_subchannel_pool", 1),
)


class _Calls(grpc.aio.UnaryUnaryClientInterceptor):
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
            with _as_ours(self._errors):
                return await outgoing


class _Channel:
    """A channel whose streams carry and answer what its calls do; all else is the channel's own.

    Not by gRPC's interceptors, as for calls: those read a stream through generators of their own, which end late, and
    complain when their reader leaves. A stream is in the trace of its caller, without a span.
    """

    def __init__(self, channel: grpc.aio.Channel, errors: Errors) -> None:
        self._channel = channel
        self._errors = errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    async def __aenter__(self) -> "_Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    def unary_stream(self, *args: Any, **kwargs: Any) -> Callable[..., "_Typed"]:
        return self._streams(self._channel.unary_stream(*args, **kwargs))

    def stream_unary(self, *args: Any, **kwargs: Any) -> Callable[..., "_Typed"]:
        return self._streams(self._channel.stream_unary(*args, **kwargs))

    def stream_stream(self, *args: Any, **kwargs: Any) -> Callable[..., "_Typed"]:
        return self._streams(self._channel.stream_stream(*args, **kwargs))

    def _streams(self, begin: Callable[..., Any]) -> Callable[..., "_Typed"]:
        def begun(*request: Any, metadata: Any = (), timeout: float | None = None) -> _Typed:
            outgoing, left = _outgoing(metadata, MAX_STREAM_SECONDS)
            return _Typed(begin(*request, metadata=outgoing, timeout=timeout or left), self._errors)

        return begun


class _Typed:
    """A call whose refusal arrives as an error of ours, however it is read; all else is the call's own."""

    def __init__(self, call: Any, errors: Errors) -> None:
        self._call = call
        self._errors = errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def __del__(self) -> None:
        # A reader that leaves with a `break` or an error ends the stream: gRPC's own call would go on unread.
        self._call.cancel()

    def __await__(self) -> Generator[Any, None, Any]:
        with _as_ours(self._errors):
            return (yield from self._call.__await__())

    def __aiter__(self) -> "_Typed":
        return self

    async def __anext__(self) -> Any:
        message = await self.read()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        return message

    async def read(self) -> Any:
        with _as_ours(self._errors):
            return await self._call.read()


@contextmanager
def _as_ours(errors: Errors) -> Iterator[None]:
    """Raises what the other service refused with as the class that it raised."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        refusal = from_rpc_error(error, errors)
        if refusal is None:
            raise
        raise refusal from None


class _Methods:
    """Stands in for a channel while a stub is made, to see which of its RPCs take a stream from the client."""

    def __init__(self) -> None:
        self.streaming: list[str] = []

    def unary_unary(self, method: str, **_: object) -> None: ...

    def unary_stream(self, method: str, **_: object) -> None: ...

    def stream_unary(self, method: str, **_: object) -> None:
        self.streaming.append(method)

    stream_stream = stream_unary


def _service_config(stub: Callable[[Any], object] | None) -> str:
    """Who is called, and what is retried: never a stream of the client, of which a message may have left."""
    methods = _Methods()
    if stub is not None:
        stub(methods)
    names = [method.strip("/").split("/") for method in methods.streaming]
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [
                {"name": [{}], "retryPolicy": _RETRY},
                *({"name": [{"service": service, "method": method}]} for service, method in names),
            ],
            # So that retries never make an outage worse.
            "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
        }
    )


def _with_context(details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
    metadata, timeout = _outgoing(details.metadata, DEFAULT_DEADLINE)
    return grpc.aio.ClientCallDetails(
        details.method, details.timeout or timeout, metadata, details.credentials, details.wait_for_ready
    )


def _outgoing(given: Any, timeout: float) -> tuple[grpc.aio.Metadata, float]:
    """What travels along: the trace, the person's credential, language and device, and what is left of time."""
    metadata = grpc.aio.Metadata(*(given or ()))
    carrier: dict[str, str] = {}
    telemetry.inject(carrier)
    for key, value in carrier.items():
        metadata.add(key, value)
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
    return metadata, timeout


def channel_credentials(*, ca: Path, cert: Path, key: Path) -> grpc.ChannelCredentials:
    """Mutual TLS from PEM files."""
    return grpc.ssl_channel_credentials(ca.read_bytes(), key.read_bytes(), cert.read_bytes())


def open_channel(
    address: str,
    *,
    server: str,
    credentials: grpc.ChannelCredentials | None,
    errors: Errors = MappingProxyType({}),
    stub: Callable[[Any], object] | None = None,
) -> grpc.aio.Channel:
    """A channel that lives as long as the process; `server` is the name that the other's certificate must carry.

    `errors` are the classes in which the other's refusals arrive; `stub` is what will call over it, needed where that
    sends streams. Without credentials it is plain text, for tests on loopback.
    """
    interceptors = [_Calls(errors)]
    options = [*OPTIONS, ("grpc.service_config", _service_config(stub))]
    if credentials is None:
        channel = grpc.aio.insecure_channel(address, options=options, interceptors=interceptors)
    else:
        options += [("grpc.ssl_target_name_override", server), ("grpc.default_authority", server)]
        channel = grpc.aio.secure_channel(address, credentials, options=options, interceptors=interceptors)
    return cast("grpc.aio.Channel", _Channel(channel, errors))
