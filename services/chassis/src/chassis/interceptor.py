"""The one composite interceptor: what happens to a call before and after the servicer.

In this order: trace, deadline, admission, who is calling, access rule, bound, validation, the servicer, errors,
metrics. It wraps the handlers when they are registered instead of hanging in gRPC's interceptor chain: four empty links
of that cost 13 % of an echo's throughput, and rules are found at start instead of at each call.
"""

from __future__ import annotations  # grpc.RpcMethodHandler is generic only in the stubs

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import grpc
import psycopg
from google.protobuf.message import Message
from opentelemetry.trace import SpanKind, Status, StatusCode

from chassis import telemetry
from chassis.access import ContractBroken, MethodRule, rules_of
from chassis.buckets import Buckets
from chassis.call import Call, Caller, RequestKey, set_current_call
from chassis.callers import bearer, caller_of, language_of
from chassis.deadline import deadline
from chassis.errors import DeadlineExceeded, Exhausted, FieldViolation, Internal, InvalidArgument, ServiceError
from chassis.networks import network_of
from chassis.secrets import KeyedHash
from chassis.status import DETAILS, status_code, to_status
from chassis.streams import Requests, Stream, StreamEnded, Streams, write_each
from chassis.tokens import Person, TokenExpired, TokenVerifier
from chassis.validation import fields_with_nul, parsed, validated

Context = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any, Context], Awaitable[Message]]
M = TypeVar("M", bound=Message)

_HANDLERS: Mapping[tuple[bool, bool], Callable[..., grpc.RpcMethodHandler[Any, Any]]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
"""By whether the client and the service send a stream."""
_DURATION = telemetry.METER.create_histogram(
    "rpc.server.duration",
    unit="s",
    description="Time from admission to answer, by method and status code.",
    explicit_bucket_boundaries_advisory=telemetry.SECONDS,
)
_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one process takes on: calls at once, and seconds for a call that names no deadline.

    `anonymous_bound_factor` multiplies what the contract lets one network do. `margin` is what is kept of a caller's
    deadline, in seconds, to tell it in time that it passed.
    """

    concurrent_calls: int = 200
    default_deadline: float = 10.0
    anonymous_bound_factor: float = 1.0
    margin: float = 0.02


class Interceptor:
    """Stands between gRPC and every servicer of a process."""

    def __init__(
        self,
        *,
        service: str,
        peer: Callable[[Context], str],
        verifier: TokenVerifier,
        hashes: KeyedHash,
        limits: Limits,
    ) -> None:
        self._service = service
        self._peer = peer
        self._verifier = verifier
        self._hashes = hashes
        self._limits = limits
        self._buckets = Buckets(limits.anonymous_bound_factor)
        self.streams = Streams()
        self._running = 0
        self.arrived = 0
        """Calls that ever came."""

    def wrap(
        self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
        """The handlers of a service with everything around them; `ContractBroken` when an RPC has no access rule."""
        rules = rules_of(service)
        return {name: self._wrapped(rules[name], handler) for name, handler in handlers.items()}

    def _wrapped(self, rule: MethodRule, handler: grpc.RpcMethodHandler[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        parse = handler.request_deserializer
        if parse is None:
            raise ContractBroken(f"{rule.name} has no request")

        # The stubs know only the behaviours of threaded servers; grpc.aio's are coroutines and asynchronous generators.
        inner: Any = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
        serve = self._one if rule.stream is None else self._streamed

        async def behaviour(request: Any, context: Context) -> Message | None:
            started = time.perf_counter()
            metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
            code = grpc.StatusCode.CANCELLED  # unless it comes to an end of its own
            with telemetry.plain_span(rule.name, metadata, kind=SpanKind.SERVER) as span:
                try:
                    answer = await serve(rule, inner, request, context, metadata)
                    code = grpc.StatusCode.OK
                    return answer
                except Exception as error:
                    refusal = self._refusal(rule, error, request)
                    code = status_code(refusal)
                    span.set_status(Status(StatusCode.ERROR, refusal.reason))
                    await self._abort(refusal, context, metadata)
                    raise  # never reached: abort raises; said for the type checker and the reader
                finally:
                    number = code.value[0]
                    span.set_attribute("rpc.grpc.status_code", number)
                    _DURATION.record(
                        time.perf_counter() - started, {"rpc.method": rule.name, "rpc.grpc.status_code": number}
                    )

        return _HANDLERS[handler.request_streaming, handler.response_streaming](
            behaviour, request_deserializer=partial(parsed, parse), response_serializer=handler.response_serializer
        )

    async def _one(
        self,
        rule: MethodRule,
        inner: Behaviour,
        request: Message | InvalidArgument,
        context: Context,
        metadata: Mapping[str, str],
    ) -> Message:
        """A call of one message each way."""
        self.arrived += 1
        if self._running >= self._limits.concurrent_calls:
            raise Exhausted(retry_after=timedelta(seconds=1))
        remaining = context.time_remaining()
        seconds = self._limits.default_deadline if remaining is None else remaining - self._limits.margin
        self._running += 1
        try:
            with deadline(seconds):
                caller, _ = await self._identified(rule, context, metadata)
                valid = validated(request)
                set_current_call(_call(rule, caller, metadata, seconds, self._request_key(rule, caller, valid)))
                return await inner(valid, context)
        except TimeoutError:
            raise DeadlineExceeded() from None
        finally:
            self._running -= 1

    async def _streamed(
        self, rule: MethodRule, inner: Any, received: Any, context: Context, metadata: Mapping[str, str]
    ) -> Message | None:
        """A call of many messages in a direction: by the same rules, and it ends when its person's session does."""
        self.arrived += 1
        caller, person = await self._identified(rule, context, metadata)
        said = rule.stream
        if said is None:
            raise ContractBroken(f"{rule.name} is no stream")
        endings: dict[type[ServiceError], float] = {StreamEnded: said.seconds}
        remaining = context.time_remaining()
        if remaining is not None:
            endings[DeadlineExceeded] = remaining - self._limits.margin
        if person is not None:
            endings[TokenExpired] = self._verifier.seconds_left(person)
        with (
            Stream(self.streams, caller.account_id, endings=endings) as stream,
            self._verifier.watched(person, stream.end),
        ):
            if said.reads:
                requests: Any = Requests(context, key=self._stream_key(rule, caller), max_bytes=said.max_bytes)
                request_key = None
            else:
                requests = validated(received)
                request_key = self._request_key(rule, caller, requests)
            set_current_call(_call(rule, caller, metadata, min(endings.values()), request_key))
            if said.writes:
                await write_each(inner(requests, context), context)
                return None
            answer: Message = await inner(requests, context)
            return answer

    async def _identified(
        self, rule: MethodRule, context: Context, metadata: Mapping[str, str]
    ) -> tuple[Caller, Person | None]:
        """Who calls, when the contract lets them."""
        token = bearer(metadata) if rule.verifies_person else None
        person = None if token is None else await self._verifier.verify(token)
        caller = caller_of(self._peer(context), metadata, person)
        rule.admit(caller)
        self._bound(rule, caller)
        return caller, person

    def _bound(self, rule: MethodRule, caller: Caller) -> None:
        # Services ask for themselves, and state no address.
        if rule.bound is None or not caller.address:
            return
        wait = self._buckets.take(rule.name, network_of(caller.address), rule.bound)
        if wait:
            raise Exhausted(retry_after=wait)

    def _request_key(self, rule: MethodRule, caller: Caller, request: Message) -> RequestKey | None:
        request_id: str = getattr(request, "request_id", "") if rule.takes_request_id else ""
        if not request_id:
            return None
        return RequestKey(
            caller=caller.key,
            request_id=UUID(request_id),
            body_hash=self._hashes("request", request.SerializeToString(deterministic=True)),
        )

    def _stream_key(self, rule: MethodRule, caller: Caller) -> Callable[[str, bytes], RequestKey] | None:
        """What makes the key of a stream's request id and the digest of all its messages."""
        if not rule.takes_request_id:
            return None
        return lambda request_id, digest: RequestKey(
            caller=caller.key,
            request_id=UUID(request_id),
            body_hash=self._hashes("request", digest),
        )

    def _refusal(self, rule: MethodRule, error: Exception, request: object) -> ServiceError:
        if isinstance(error, ServiceError):
            return error
        # PostgreSQL keeps any character but NUL; to look for it in each request would cost more than to find it now.
        if (
            isinstance(error, psycopg.DataError)
            and isinstance(request, Message)
            and (fields := fields_with_nul(request))
        ):
            return InvalidArgument(
                violations=[FieldViolation(field, "NUL", "must not contain NUL") for field in fields]
            )
        _log.exception("rpc.failed", method=rule.name, exc_info=error)
        return Internal()

    async def _abort(self, error: ServiceError, context: Context, metadata: Mapping[str, str]) -> None:
        status = to_status(
            error,
            service=self._service,
            language=language_of(metadata.get("accept-language", "")),
            trace_id=metadata.get("x-request-id") or telemetry.trace_id(),
        )
        await context.abort(status_code(error), error.message, ((DETAILS, status.SerializeToString()),))


def _call(
    rule: MethodRule, caller: Caller, metadata: Mapping[str, str], seconds: float, request: RequestKey | None
) -> Call:
    return Call(
        caller=caller,
        method=rule.name,
        request=request,
        # What is not looked at here does not travel either, or the next service would refuse a stale one.
        authorization=metadata.get("authorization", "") if rule.verifies_person else "",
        deadline=asyncio.get_running_loop().time() + seconds,
    )


def peer_name(context: Context) -> str:
    """The service that calls, by the DNS name in its certificate; the first one counts."""
    names = context.auth_context().get("peer_dns", ())
    return next(iter(names), b"").decode()
