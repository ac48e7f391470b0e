"""identity, applications and casemanager played by real gRPC servers with the production interceptor around them.

So they check who calls and whether a request is valid as the real ones do, and refuse as the real ones do.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from portico.applications.v1 import errors_pb2 as applications_errors
from portico.casemanager.v1 import errors_pb2 as casemanager_errors
from portico.identity.v1 import errors_pb2 as identity_errors
from portico.notifications.v1 import errors_pb2 as notifications_errors
from portico.options.v1 import options_pb2

from chassis.call import Call, current_call
from chassis.errors import BY_CODE, FieldViolation, ServiceError

from .samples import ANSWERS

Answer = Message | Exception | Callable[[Any], Message]
STREAMED = frozenset(
    {"WatchBatch", "ExportBatchRows", "ExportAuditEvents", "ExportBookings", "DownloadPaperwork", "DownloadReport"}
)
"""RPCs that answer with a stream: of one message here."""
TAKEN_IN_PIECES = frozenset({"UploadPaperwork", "FileReport"})
"""RPCs that take a stream: what a test sees is one request, with all that came of the file."""
_REASONS = (
    options_pb2.CommonErrorReason,
    applications_errors.ErrorReason,
    identity_errors.ErrorReason,
    casemanager_errors.ErrorReason,
    notifications_errors.ErrorReason,
)


@dataclass(frozen=True, slots=True)
class Received:
    """One call that a neighbour let in."""

    rpc: str
    request: Any
    call: Call


@dataclass(slots=True)
class Neighbours:
    """The services: each RPC answers what `answers` says, raises it when it is an error, or asks it for the answer."""

    answers: dict[str, Answer] = field(default_factory=lambda: dict(ANSWERS))
    received: list[Received] = field(default_factory=list)

    @property
    def rpcs(self) -> list[str]:
        """The names of the RPCs that were called, in order."""
        return [received.rpc for received in self.received]

    def only(self, rpc: str) -> Any:
        """The request of the only call of an RPC."""
        [request] = [received.request for received in self.received if rpc == received.rpc]
        return request

    def forget(self) -> None:
        """Drop the calls and what a test had them answer."""
        self.answers = dict(ANSWERS)
        self.received.clear()

    def answer(self, rpc: str, request: Message) -> Message:
        """Notes the call and answers it."""
        self.received.append(Received(rpc, request, current_call()))
        said = self.answers[rpc]
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, Message) else said(request)

    def servicer_of(self, stub: type) -> object:
        """Serves every RPC of a service's stub."""
        bases = [
            getattr(sys.modules[each.__module__], each.__name__.removesuffix("Stub") + "Servicer")
            for each in stub.__bases__
        ]
        rpcs = {name: self._serving(name) for base in bases for name in vars(base) if not name.startswith("_")}
        servicer: object = type("Servicer", tuple(bases), rpcs)()
        return servicer

    def _serving(self, rpc: str) -> Callable[[object, Message, object], Awaitable[Message] | AsyncIterator[Message]]:
        async def serve(servicer: object, request: Message, context: object) -> Message:
            return self.answer(rpc, request)

        async def stream(servicer: object, request: Message, context: object) -> AsyncIterator[Message]:
            yield self.answer(rpc, request)

        async def take(servicer: object, requests: AsyncIterator[Any], context: object) -> Message:
            request = await anext(requests)
            async for piece in requests:
                request.file.data += piece.file.data
            return self.answer(rpc, request)

        if rpc in TAKEN_IN_PIECES:
            return take  # type: ignore[return-value] # its requests are a stream
        return stream if rpc in STREAMED else serve


def refusal(reason: str, *violations: FieldViolation, message: str = "", **metadata: str) -> ServiceError:
    """The error with this reason, as the contract describes it."""
    for enum in _REASONS:
        if value := enum.DESCRIPTOR.values_by_name.get(reason):
            case = value.GetOptions().Extensions[options_pb2.error]
            return BY_CODE[case.code](message or case.example, reason=reason, violations=violations, metadata=metadata)
    raise KeyError(reason)


def weak_password(name: str) -> ServiceError:
    """What identity says of a short password."""
    words = {"es": "Use al menos 12 caracteres."}
    return refusal("PASSWORD_WEAK", FieldViolation(name, "TOO_SHORT", "Use at least 12 characters.", words))
