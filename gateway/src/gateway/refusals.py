"""What the gateway itself answers when it refuses a request before a service sees it, or when a service is away."""

from dataclasses import dataclass

from google.rpc import code_pb2

DOMAIN = "gateway"
"""`ErrorInfo.domain` of these errors."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One HTTP status that Envoy makes itself, and the error that it says."""

    status: int
    code: int
    """The gRPC status code in the body."""
    reason: str
    message: str
    retry_seconds: int = 0
    """Above zero: the answer carries `Retry-After`."""


REFUSALS = (
    Refusal(400, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be read."),
    Refusal(404, code_pb2.NOT_FOUND, "ROUTE_NOT_FOUND", "There is nothing at this address for this method."),
    Refusal(408, code_pb2.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "The request took too long to arrive."),
    Refusal(413, code_pb2.INVALID_ARGUMENT, "BODY_TOO_LARGE", "The body of the request is too large."),
    Refusal(415, code_pb2.INVALID_ARGUMENT, "CONTENT_TYPE_INVALID", "The body must be JSON: application/json."),
    Refusal(431, code_pb2.INVALID_ARGUMENT, "HEADERS_TOO_LARGE", "The headers of the request are too large."),
    Refusal(501, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be read."),
    Refusal(502, code_pb2.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", "Not available right now. Try again shortly.", 1),
    Refusal(503, code_pb2.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", "Not available right now. Try again shortly.", 1),
    Refusal(504, code_pb2.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "The time for this request is over."),
)
"""What Envoy is known to answer with by itself."""

OTHERS = (
    Refusal(500, code_pb2.INTERNAL, "INTERNAL_ERROR", "Something went wrong on our side."),
    Refusal(401, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be served."),
)
"""For any other status from this one on."""
