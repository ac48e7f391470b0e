"""The OpenAPI 3.1 document of everything that clients can reach over REST, made from the contract."""

import json
import re
from collections.abc import Sequence
from textwrap import dedent

from google.protobuf.descriptor import Descriptor
from portico.options.v1.options_pb2 import Role

from gateway.contract import Contract, Route, Rpc, Service, code_name
from gateway.errors import RETRY_LATER, TYPE_URL, Failure, Failures
from gateway.rules import Schema, is_required
from gateway.schemas import Schemas, paragraph

DESCRIPTION = dedent("""
    One door to Portico: every RPC of the public services as REST with JSON. The same RPCs answer gRPC and gRPC-Web on
    the same origin, under the paths that gRPC gives them.

    **Signing in.** `POST /v1/auth/login` gives an access token; send it as `authorization: Bearer …`.

    **JSON.** Messages are in proto JSON: names in camelCase (proto names are understood too), instants as RFC 3339,
    64-bit numbers as text, enums as their names. An answer has all its fields, also the empty ones. Unknown fields in a
    body are ignored; unknown query parameters are refused.

    **Repeating.** An RPC that changes something takes a `requestId`, a UUID of the client's choice: the same call with
    the same id happens once and gets the same answer, for 24 hours.

    **Lists** come in pages: send `nextPageToken` of one answer as `pageToken` of the next call, with the same filters.

    **Errors** all look alike: `code` is the gRPC code, `message` is for people who build clients, and `details` holds
    an `ErrorInfo` whose `reason` is stable. `BadRequest` names fields, `RetryInfo` (and `Retry-After`) says when to
    come back, `RequestInfo` repeats the request id. What the gateway refuses itself has the domain `gateway`.

    **Request id.** Every answer has `x-request-id`; say it when you report a fault.
""").strip()

_DETAILS = ("ErrorInfo", "BadRequest", "RetryInfo", "LocalizedMessage", "RequestInfo")
_ERROR: Schema = {"$ref": "#/components/schemas/Error"}
_REQUEST_ID: Schema = {"x-request-id": {"$ref": "#/components/headers/x-request-id"}}
_RETRY_AFTER: Schema = {"retry-after": {"$ref": "#/components/headers/retry-after"}}


def build(contract: Contract) -> Schema:
    """The document as plain values, in a stable order."""
    return _Document(contract).build()


def as_text(document: Schema) -> str:
    """The document as it is stored and served."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


class _Document:
    def __init__(self, contract: Contract) -> None:
        rpcs = [rpc for service in contract.public_services for rpc in service.rpcs]
        self._contract = contract
        self._failures = Failures(contract)
        self._schemas = Schemas(contract, requests=[rpc.request for rpc in rpcs], replies=[rpc.reply for rpc in rpcs])
        self._responses: dict[str, Schema] = {}
        self._examples: dict[str, Schema] = {}

    def build(self) -> Schema:
        paths: dict[str, Schema] = {}
        for service in self._contract.public_services:
            for rpc in service.rpcs:
                for number, route in enumerate(rpc.routes):
                    paths.setdefault(route.path, {})[route.verb.value] = self._operation(service, rpc, route, number)
        self._responses["default"] = _answer("Any other error.", _ERROR, headers=_REQUEST_ID)
        error = self._error()
        return {
            "openapi": "3.1.0",
            "info": {"title": "Portico", "version": "v1", "description": paragraph(DESCRIPTION)},
            "servers": [{"url": "/"}],
            "tags": [
                {"name": service.descriptor.name, "description": paragraph(service.comment)}
                for service in self._contract.public_services
            ],
            "paths": paths,
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "headers": {
                    "x-request-id": {
                        "description": "Names this request.",
                        "schema": {"type": "string", "format": "uuid"},
                    },
                    "retry-after": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
                },
                "schemas": dict(sorted((self._schemas.components | {"Error": error}).items())),
                "responses": dict(sorted(self._responses.items())),
                "examples": dict(sorted(self._examples.items())),
            },
        }

    def _operation(self, service: Service, rpc: Rpc, route: Route, number: int) -> Schema:
        variables = route.variables
        description = paragraph(rpc.comment)
        operation: Schema = {
            "operationId": f"{service.descriptor.name}_{rpc.name}{number or ''}",
            "tags": [service.descriptor.name],
            "summary": re.split(r"[.:] ", description, maxsplit=1)[0].removesuffix("."),
            "description": description,
            "security": [{"bearer": []}] if rpc.access.roles else [],
            "x-portico-access": _access(rpc),
        }
        if rpc.access.anonymous:
            operation["x-portico-bound"] = {"burst": rpc.bound.burst, "perMinute": rpc.bound.per_minute}
        if rpc.repeatable:
            operation["x-portico-repeatable"] = rpc.repeatable
        parameters = [self._parameter(rpc.request, name, "path") for name in variables]
        if route.body:
            body = self._schemas.reference(rpc.request, without=variables)
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        else:
            parameters += [
                self._parameter(rpc.request, field.name, "query")
                for field in rpc.request.fields
                if field.name not in variables
            ]
        if parameters:
            operation["parameters"] = parameters
        success = _answer("Done.", self._schemas.reference(rpc.reply), headers=_REQUEST_ID)
        failures = self._failures.of(rpc, has_body=bool(route.body))
        statuses = sorted({failure.status for failure in failures})
        operation["responses"] = {
            "200": success,
            **{str(status): self._refusal([each for each in failures if each.status == status]) for status in statuses},
            "default": {"$ref": "#/components/responses/default"},
        }
        return operation

    def _parameter(self, request: Descriptor, name: str, place: str) -> Schema:
        field = request.fields_by_name[name]
        schema = self._schemas.field(field)
        parameter: Schema = {"name": name if place == "path" else field.json_name, "in": place}
        if place == "path" or is_required(field):
            parameter["required"] = True
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        return parameter | {"schema": schema}

    def _refusal(self, failures: Sequence[Failure]) -> Schema:
        """A reference to the response for one status; RPCs that refuse for the same reasons share it."""
        status = failures[0].status
        name = "-".join([str(status), failures[0].domain, *(failure.reason.name for failure in failures)])
        lines = (
            f"- `{failure.reason.name}` ({code_name(failure.reason.code)}): {paragraph(failure.reason.comment)}"
            for failure in failures
        )
        self._responses[name] = _answer(
            "\n".join(lines),
            _ERROR,
            headers=_REQUEST_ID | (_RETRY_AFTER if status in RETRY_LATER else {}),
            examples={failure.reason.name: self._example(failure) for failure in failures},
        )
        return {"$ref": f"#/components/responses/{name}"}

    def _example(self, failure: Failure) -> Schema:
        name = f"{failure.domain}.{failure.reason.name}"
        self._examples[name] = {"summary": failure.reason.example, "value": failure.example}
        return {"$ref": f"#/components/examples/{name}"}

    def _error(self) -> Schema:
        """`google.rpc.Status`, with each detail named by its `@type`."""
        details: list[Schema] = []
        for name in _DETAILS:
            said = self._schemas.reference(self._contract.message(f"google.rpc.{name}"))
            details.append(
                {"allOf": [said], "properties": {"@type": {"const": TYPE_URL + name}}, "required": ["@type"]}
            )
        return {
            "type": "object",
            "description": "Why a call failed.",
            "properties": {
                "code": {"type": "integer", "format": "int32", "description": "The gRPC status code."},
                "message": {"type": "string", "description": "For people who build clients, in English."},
                "details": {"type": "array", "items": {"anyOf": details}},
            },
            "required": ["code", "message", "details"],
        }


def _answer(description: str, schema: Schema, *, headers: Schema, examples: Schema | None = None) -> Schema:
    media = {"schema": schema} | ({"examples": examples} if examples else {})
    return {"description": description, "headers": headers, "content": {"application/json": media}}


def _access(rpc: Rpc) -> Schema:
    if rpc.access.anonymous:
        return {"anonymous": True}
    return {"roles": [Role.Name(role) for role in rpc.access.roles]}
