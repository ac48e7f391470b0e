"""What the gateway itself answers when it refuses a request before a service sees it, or when a service is away."""

from dataclasses import dataclass

from google.rpc import code_pb2

DOMAIN = "gateway"
"""`ErrorInfo.domain` of these errors."""


@dataclass(frozen=True, slots=True)
class Words:
    """A heading and one sentence."""

    heading: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows in place of a page of the portal. Nobody knows yet whom it is for, so both languages."""

    en: Words
    es: Words


AWAY = Page(
    Words("Please try again in a moment", "This page is not available right now."),
    Words("Inténtelo de nuevo en un momento", "Esta página no está disponible en este momento."),
)
TOO_MANY = Page(
    Words("Please try again in a moment", "Too much came from your network at once."),
    Words("Inténtelo de nuevo en un momento", "Llegaron demasiadas solicitudes desde su red."),
)
TOO_LARGE = Page(
    Words("That was too much at once", "Go back, and send less."),
    Words("Eso fue demasiado de una vez", "Vuelva atrás y envíe menos."),
)
UNREADABLE = Page(
    Words("This page cannot be shown", "Your browser asked for it in a way that we do not understand."),
    Words("Esta página no se puede mostrar", "Su navegador la pidió de una forma que no entendemos."),
)


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

    @property
    def error(self) -> dict[str, object]:
        """The body for a client of the API (google.rpc.Status), without the id of the request."""
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": self.reason, "domain": DOMAIN}
        return {"code": self.code, "message": self.message, "details": [info]}

    @property
    def page(self) -> Page:
        """The same for somebody who wanted a page."""
        match self.status:
            case 413:
                return TOO_LARGE
            case 429:
                return TOO_MANY
            case 408 | 500 | 502 | 503 | 504:
                return AWAY
            case _:
                return UNREADABLE


UNAVAILABLE = Refusal(
    503, code_pb2.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", "Not available right now. Try again shortly.", 1
)
REFUSALS = (
    Refusal(400, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be read."),
    Refusal(404, code_pb2.NOT_FOUND, "ROUTE_NOT_FOUND", "There is nothing at this address for this method."),
    Refusal(408, code_pb2.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "The request took too long to arrive."),
    Refusal(413, code_pb2.INVALID_ARGUMENT, "BODY_TOO_LARGE", "The body of the request is too large."),
    Refusal(415, code_pb2.INVALID_ARGUMENT, "CONTENT_TYPE_INVALID", "The body must be JSON: application/json."),
    Refusal(429, code_pb2.RESOURCE_EXHAUSTED, "OVERLOADED", "Too many requests. Try again shortly.", 1),
    Refusal(431, code_pb2.INVALID_ARGUMENT, "HEADERS_TOO_LARGE", "The headers of the request are too large."),
    Refusal(501, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be read."),
    Refusal(502, code_pb2.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", "Not available right now. Try again shortly.", 1),
    UNAVAILABLE,
    Refusal(504, code_pb2.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "The time for this request is over."),
)
"""What Envoy is known to answer with by itself."""

OTHERS = (
    Refusal(500, code_pb2.INTERNAL, "INTERNAL_ERROR", "Something went wrong on our side."),
    Refusal(401, code_pb2.INVALID_ARGUMENT, "INVALID_REQUEST", "The request cannot be served."),
)
"""For any other status from this one on."""

PLAIN = Refusal(403, code_pb2.INVALID_ARGUMENT, "HTTPS_REQUIRED", "This is plain HTTP: ask again with https.")
"""What a program hears that does not come by TLS."""
