"""Which errors an RPC can answer with, by HTTP status: its own reasons, the common ones that apply, the gateway's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from portico.options.v1.options_pb2 import Role

from gateway.contract import Contract, Reason, Rpc, code_name, owner_of
from gateway.refusals import DOMAIN, REFUSALS, Refusal
from gateway.rules import Schema

HTTP_STATUS: Mapping[str, int] = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""How Envoy says the codes that services raise in HTTP."""

RETRY_LATER = frozenset({429, 503})
"""Answers with these carry `Retry-After`."""

TYPE_URL = "type.googleapis.com/google.rpc."


@dataclass(frozen=True, slots=True)
class Failure:
    """One error that an RPC can answer with over REST."""

    status: int
    domain: str
    reason: Reason
    is_common: bool = True
    """Whether it is no more this RPC's than any other's."""

    @property
    def example(self) -> Schema:
        """The body as a client could read it."""
        info = {"@type": f"{TYPE_URL}ErrorInfo", "reason": self.reason.name, "domain": self.domain}
        details: list[Schema] = [dict(info)]
        if self.reason.retry_seconds:
            details.append({"@type": f"{TYPE_URL}RetryInfo", "retryDelay": f"{self.reason.retry_seconds}s"})
        details.append({"@type": f"{TYPE_URL}RequestInfo", "requestId": "4bb28dab-860b-4be2-9378-af7d1067e177"})
        return {"code": self.reason.code, "message": self.reason.example, "details": details}


class Failures:
    """Finds the failures of an RPC."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._common = contract.reasons("portico.options.v1")

    def of(self, rpc: Rpc, *, has_body: bool) -> list[Failure]:
        """All that it can answer with, by status; KeyError for a reason that its package does not have."""
        return sorted(self._all(rpc, has_body=has_body), key=lambda failure: failure.status)

    @property
    def common(self) -> list[Failure]:
        """What every call can meet, by status, whoever answers."""
        ours = [Failure(HTTP_STATUS[code_name(reason.code)], "", reason) for reason in self._common.values()]
        named = {failure.reason.name for failure in ours}
        gateways = [_own(refusal) for refusal in REFUSALS if refusal.reason not in named]
        return sorted([*ours, *gateways], key=lambda failure: failure.status)

    def _all(self, rpc: Rpc, *, has_body: bool) -> Iterator[Failure]:
        for name in rpc.reasons:
            reason = self._contract.reason(name)
            yield Failure(HTTP_STATUS[code_name(reason.code)], owner_of(name), reason, is_common=False)
        for reason in self._common.values():
            if _APPLIES[reason.name](rpc):
                yield Failure(HTTP_STATUS[code_name(reason.code)], rpc.owner, reason)
        for refusal in REFUSALS:
            if has_body and refusal.status in {413, 415}:
                yield _own(refusal)


def _own(refusal: Refusal) -> Failure:
    reason = Reason(name=refusal.reason, code=refusal.code, example=refusal.message, comment=refusal.message)
    return Failure(refusal.status, DOMAIN, reason)


def _always(_: Rpc) -> bool:
    return True


def _needs_a_person(rpc: Rpc) -> bool:
    return bool(rpc.access.roles)


_EVERYBODY = {number for number in Role.values() if number}

_APPLIES: Mapping[str, Callable[[Rpc], bool]] = {
    "CREDENTIALS_MISSING": _needs_a_person,
    "TOKEN_INVALID": _needs_a_person,
    "TOKEN_EXPIRED": _needs_a_person,
    "SESSION_REVOKED": _needs_a_person,
    "ROLE_NOT_ALLOWED": lambda rpc: _needs_a_person(rpc) and set(rpc.access.roles) != _EVERYBODY,
    "INVALID_REQUEST": _always,
    "REQUEST_ID_REUSED": lambda rpc: "request_id" in rpc.request.fields_by_name,
    "CONCURRENT_CHANGE": lambda rpc: not rpc.only_reads,
    "OVERLOADED": _always,
    "PAGE_TOKEN_INVALID": lambda rpc: "page_token" in rpc.request.fields_by_name,
    "DEPENDENCY_UNAVAILABLE": _always,
    "INTERNAL_ERROR": _always,
    "DEADLINE_PASSED": _always,
    "STREAM_ENDED": lambda rpc: bool(rpc.stream.seconds),
    "STREAM_TOO_LARGE": lambda rpc: rpc.takes_stream,
    "EXPORT_TOO_LARGE": lambda rpc: "application/pdf" in rpc.stream.media_types,
}
"""By common reason: whether an RPC can answer with it. A new common reason must be entered here."""
