"""The errors that a service raises: few classes with fixed gRPC codes, one reason for each concrete case.

Pure, so that a domain may raise them. A concrete error subclasses one of these and names its `reason`, which stands in
the package's `ErrorReason` enum with the same code. The interceptor turns it into a `google.rpc.Status`, the client's
interceptor turns that back into the base class one hop further, with `reason` and `domain` set.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import ClassVar


class Code(IntEnum):
    """The gRPC status codes that a service raises; the numbers are the protocol's."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One rule that one field of the request breaks.

    `field` is the path in the request (`guardians[0].email`), `reason` is UPPER_SNAKE_CASE, `description` is English,
    `localized` holds the words for people by language tag.
    """

    field: str
    reason: str
    description: str
    localized: Mapping[str, str] = dataclasses.field(default_factory=dict)


class ServiceError(Exception):
    """An answer that is not what the caller hoped for; everything else that is raised is a fault of ours."""

    code: ClassVar[Code]
    reason: str
    message: str
    domain: str = ""
    """The service that raised it first (`identity`); empty in the service itself."""

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str | None = None,
        violations: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        self.message = message or self.message
        self.reason = reason or self.reason
        self.violations = tuple(violations)
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        wrong = "".join(f" {violation.field}: {violation.description}." for violation in self.violations)
        super().__init__(f"{self.reason}: {self.message}{wrong}")


class InvalidArgument(ServiceError):
    """The request is wrong whatever the state is."""

    code = Code.INVALID_ARGUMENT
    reason = "INVALID_REQUEST"
    message = "The request is not valid."


class NotFound(ServiceError):
    """It does not exist, or the caller may not know that it does."""

    code = Code.NOT_FOUND


class AlreadyExists(ServiceError):
    """Something else has taken the place."""

    code = Code.ALREADY_EXISTS


class Conflict(ServiceError):
    """The state does not allow it; repeating the call does not help."""

    code = Code.FAILED_PRECONDITION


class Aborted(ServiceError):
    """Somebody was faster, more than once; repeating the call may help."""

    code = Code.ABORTED
    reason = "CONCURRENT_CHANGE"
    message = "The record changed meanwhile. Try again."


class Denied(ServiceError):
    """The caller is known, and may not."""

    code = Code.PERMISSION_DENIED
    reason = "ROLE_NOT_ALLOWED"
    message = "Your role does not allow this."


class Unauthenticated(ServiceError):
    """The caller is not known."""

    code = Code.UNAUTHENTICATED
    reason = "CREDENTIALS_MISSING"
    message = "Sign in first."


class Exhausted(ServiceError):
    """A limit is reached; `retry_after` says when to come back."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "OVERLOADED"
    message = "Too many requests. Try again shortly."


class Unavailable(ServiceError):
    """Something that the service needs does not answer."""

    code = Code.UNAVAILABLE
    reason = "DEPENDENCY_UNAVAILABLE"
    message = "Not available right now. Try again shortly."


class DeadlineExceeded(ServiceError):
    """The caller's time was over."""

    code = Code.DEADLINE_EXCEEDED
    reason = "DEADLINE_PASSED"
    message = "The time for this request is over."


class Internal(ServiceError):
    """A fault of a service; the trace id finds it."""

    code = Code.INTERNAL
    reason = "INTERNAL_ERROR"
    message = "Something went wrong on our side."


BY_CODE: Mapping[int, type[ServiceError]] = {
    cls.code: cls
    for cls in (
        InvalidArgument,
        NotFound,
        AlreadyExists,
        Conflict,
        Aborted,
        Denied,
        Unauthenticated,
        Exhausted,
        Unavailable,
        DeadlineExceeded,
        Internal,
    )
}
"""The class for a code that came over the wire; a code that no service raises is not in it."""
