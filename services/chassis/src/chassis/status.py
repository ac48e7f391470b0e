"""Errors on the wire: a `ServiceError` as a `google.rpc.Status`, and back (AIP-193)."""

from collections.abc import Mapping
from datetime import timedelta

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

from chassis.errors import BY_CODE, FieldViolation, ServiceError, Unavailable

DETAILS = "grpc-status-details-bin"
MAX_VIOLATIONS = 32
"""The status travels in trailers, of which gRPC takes about 8 kB; with 200 violations it answered for itself."""
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def to_status(error: ServiceError, *, service: str, language: str, trace_id: str) -> Status:
    """The error with its details: ErrorInfo and RequestInfo always, BadRequest and RetryInfo where they say something.

    `service` is the domain unless another service raised it first; field violations speak `language` where they can.
    """
    info = details.ErrorInfo(reason=error.reason, domain=error.domain or service, metadata=error.metadata)
    status = Status(code=int(error.code), message=error.message)
    status.details.add().Pack(info)
    if error.violations:
        told = [_to_wire(violation, language) for violation in error.violations[:MAX_VIOLATIONS]]
        status.details.add().Pack(details.BadRequest(field_violations=told))
    if error.retry_after is not None:
        retry = details.RetryInfo()
        retry.retry_delay.FromTimedelta(error.retry_after)
        status.details.add().Pack(retry)
    status.details.add().Pack(details.RequestInfo(request_id=trace_id))
    return status


def status_code(error: ServiceError) -> grpc.StatusCode:
    """The gRPC code of an error."""
    return _CODES[int(error.code)]


Errors = Mapping[tuple[str, str], type[ServiceError]]
"""The class of an error by the service that raised it and its reason: `portico_errors.BY_REASON`."""


def from_rpc_error(error: grpc.aio.AioRpcError, known: Errors) -> ServiceError | None:
    """The error that the other service raised, as its own class where that is known, else as the base class.

    None for a foreign code.
    """
    if error.code() is grpc.StatusCode.CANCELLED:
        return Unavailable()  # a caller that gives up itself never sees this: the other service ended under the call
    cls = BY_CODE.get(error.code().value[0])
    if cls is None:
        return None
    status = Status()
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            status.ParseFromString(value)
    return _rebuilt(cls, error.details() or "", list(status.details), known)


def _rebuilt(cls: type[ServiceError], message: str, packed: list[AnyMessage], known: Errors) -> ServiceError:
    info, bad_request, retry = details.ErrorInfo(), details.BadRequest(), details.RetryInfo()
    for detail in packed:
        for target in (info, bad_request, retry):
            if detail.Is(target.DESCRIPTOR):
                detail.Unpack(target)
    delay = retry.retry_delay.ToTimedelta()
    rebuilt = known.get((info.domain, info.reason), cls)(
        # Where no service answered, the text is gRPC's own, with addresses of ours in it: for logs, not for callers.
        None if cls is Unavailable and not info.reason else message,
        reason=info.reason or getattr(cls, "reason", cls.code.name),
        violations=[_from_wire(v) for v in bad_request.field_violations],
        metadata=info.metadata,
        retry_after=delay if delay > timedelta() else None,
    )
    rebuilt.domain = info.domain
    return rebuilt


def _to_wire(violation: FieldViolation, language: str) -> details.BadRequest.FieldViolation:
    wire = details.BadRequest.FieldViolation(
        field=violation.field, description=violation.description, reason=violation.reason
    )
    words = violation.localized.get(language)
    if words:
        wire.localized_message.locale = language
        wire.localized_message.message = words
    return wire


def _from_wire(wire: details.BadRequest.FieldViolation) -> FieldViolation:
    local = wire.localized_message
    return FieldViolation(
        field=wire.field,
        reason=wire.reason,
        description=wire.description,
        localized={local.locale: local.message} if local.locale else {},
    )
