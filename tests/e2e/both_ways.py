"""One RPC called twice, over REST and over gRPC, by what its proto says; the refusals must be alike."""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import grpc
import httpx
from google.api import annotations_pb2
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status

from tests.e2e.people import Person


@dataclass(frozen=True, slots=True)
class Refusal:
    """What both ways must agree on."""

    code: str
    reason: str
    fields: frozenset[str] = frozenset()


def method_named(name: str) -> MethodDescriptor:
    """`identity.Login`: a service of the house, and an RPC that one of its gRPC services has."""
    service, _, method = name.partition(".")
    stub = getattr(import_module(f"portico.{service}.v1.stub"), f"{service.title()}Stub")
    found = [
        descriptor_pool.Default().FindServiceByName(f"portico.{service}.v1.{each.__name__.removesuffix('Stub')}")
        for each in stub.__bases__
    ]
    [descriptor] = [each.methods_by_name[method] for each in found if method in each.methods_by_name]
    return descriptor


def refused_over_rest(person: Person, name: str, body: dict[str, Any]) -> Refusal:
    """The refusal of a REST call; AssertionError when it is accepted."""
    rule = method_named(name).GetOptions().Extensions[annotations_pb2.http]
    verb = str(rule.WhichOneof("pattern"))
    path = re.sub(r"\{([\w.]+)\}", lambda found: str(_at(body, found[1])), getattr(rule, verb))
    headers = {"accept-language": person.language}
    if person.tokens:
        headers["authorization"] = f"Bearer {person.access_token}"
    sent: dict[str, Any] = (
        {"json": body}
        if rule.body
        else {"params": {k: v for k, v in body.items() if f"{{{k}" not in getattr(rule, verb)}}
    )
    response = httpx.request(verb, person.gateway + path, headers=headers, timeout=20, trust_env=False, **sent)
    assert not response.is_success, response.text
    answer = response.json()
    assert response.headers["content-type"] == "application/json"
    details = {detail["@type"].rpartition(".")[2]: detail for detail in answer["details"]}
    violations = details.get("BadRequest", {}).get("fieldViolations", [])
    assert details["RequestInfo"]["requestId"]
    return Refusal(
        code_pb2.Code.Name(answer["code"]),
        details["ErrorInfo"]["reason"],
        frozenset(violation["field"] for violation in violations),
    )


def refused_over_grpc(person: Person, name: str, body: dict[str, Any]) -> Refusal:
    """The refusal of the same call over gRPC; AssertionError when it is accepted."""
    method = method_named(name)
    request = json_format.ParseDict(body, message_factory.GetMessageClass(method.input_type)())
    metadata = [("accept-language", person.language)]
    if person.tokens:
        metadata.append(("authorization", f"Bearer {person.access_token}"))
    path = f"/{method.containing_service.full_name}/{method.name}"
    with grpc.insecure_channel(person.gateway.removeprefix("http://")) as channel:
        call: Any = channel.unary_unary(path, request_serializer=type(request).SerializeToString)
        try:
            answer = call(request, metadata=tuple(metadata), timeout=20)
        except grpc.RpcError as error:
            return _refusal(error)
    raise AssertionError(f"{name} was accepted: {answer!r}")


def _refusal(error: Any) -> Refusal:
    trailers = dict(error.trailing_metadata())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        for target in (info, bad_request):
            if detail.Is(target.DESCRIPTOR):
                detail.Unpack(target)
    fields = frozenset(violation.field for violation in bad_request.field_violations)
    return Refusal(error.code().name, info.reason, fields)


def _at(body: dict[str, Any], path: str) -> Any:
    value: Any = body
    for key in path.split("."):
        value = value[key]
    return value
