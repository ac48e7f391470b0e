"""The OpenAPI 3.1 document of everything that clients can reach over REST, made from the contract."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from google.protobuf.descriptor import Descriptor
from portico.options.v1.options_pb2 import Role

from gateway.contract import Contract, Route, Rpc, Service, code_name
from gateway.errors import RETRY_LATER, TYPE_URL, Failure, Failures
from gateway.examples import Examples
from gateway.guide import guide
from gateway.rules import Schema, is_required
from gateway.schemas import Schemas, paragraph

_DETAILS = ("ErrorInfo", "BadRequest", "RetryInfo", "LocalizedMessage", "RequestInfo")
_ERROR: Schema = {"$ref": "#/components/schemas/Error"}
_REQUEST_ID: Schema = {"x-request-id": {"$ref": "#/components/headers/x-request-id"}}
_RETRY_AFTER: Schema = {"retry-after": {"$ref": "#/components/headers/retry-after"}}
_FILE: Schema = {"type": "string", "format": "binary"}
_BYTES = "application/octet-stream"
"""What is uploaded, whatever it is: generators of clients know no other type for it."""
_EVENTS: Schema = {"schema": {"type": "string", "description": "An event for each message, its JSON in `data`."}}


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
            "info": {
                "title": "Portico",
                "version": "v1",
                "description": self._guide(paths),
            },
            "servers": [{"url": "/"}],
            "tags": [
                {
                    "name": service.descriptor.name,
                    "description": paragraph(service.comment),
                    "x-portico-service": service.owner,
                }
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

    def _guide(self, paths: Mapping[str, Schema]) -> str:
        login = paths.get("/v1/auth/login")  # an example's contract has none
        return guide(cast("Mapping[str, Any]", login["post"]), self._failures) if login else ""

    def _operation(self, service: Service, rpc: Rpc, route: Route, number: int) -> Schema:
        variables, examples = route.variables, Examples(rpc)
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
        parameters = [self._parameter(rpc.request, name, "path", examples) for name in variables]
        if rpc.takes_stream:
            operation["requestBody"] = {"required": True, "content": {_BYTES: {"schema": _FILE}}}
            # What is said of a file beside its bytes.
            others = [field for field in rpc.request.fields if route.body not in {"*", field.name}]
            parameters += [
                self._parameter(rpc.request, field.name, "query", examples)
                for field in others
                if field.name not in variables
            ]
        elif route.body:
            body = self._schemas.reference(rpc.request, without=variables)
            media = {"schema": body, "example": examples.message(rpc.request, without=variables)}
            operation["requestBody"] = {"required": True, "content": {"application/json": media}}
        else:
            parameters += [
                self._parameter(rpc.request, field.name, "query", examples)
                for field in rpc.request.fields
                if field.name not in variables
            ]
        if parameters:
            operation["parameters"] = parameters
        failures = self._failures.of(rpc, has_body=bool(route.body))
        operation["x-portico-reasons"] = [failure.reason.name for failure in failures if not failure.is_common]
        statuses = sorted({failure.status for failure in failures})
        operation["responses"] = {
            "200": self._success(rpc, examples),
            **{str(status): self._refusal([each for each in failures if each.status == status]) for status in statuses},
            "default": {"$ref": "#/components/responses/default"},
        }
        return operation

    def _success(self, rpc: Rpc, examples: Examples) -> Schema:
        if rpc.gives_file:
            return {
                "description": "Done.",
                "headers": _REQUEST_ID,
                "content": {media_type: {"schema": _FILE} for media_type in rpc.stream.media_types},
            }
        schema, example = self._schemas.reference(rpc.reply), examples.message(rpc.reply)
        if not rpc.gives_stream:
            return _answer("Done.", schema, headers=_REQUEST_ID, example=example)
        lines = {"schema": {**schema, "description": "One of many: each message is a line."}, "example": example}
        content = {"application/json": lines, "text/event-stream": _EVENTS}
        return {"description": "Done.", "headers": _REQUEST_ID, "content": content}

    def _parameter(self, request: Descriptor, name: str, place: str, examples: Examples) -> Schema:
        field = request.fields_by_name[name]
        schema = self._schemas.field(field)
        parameter: Schema = {"name": name if place == "path" else field.json_name, "in": place}
        if place == "path" or is_required(field):
            parameter["required"] = True
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        example = examples.field(field)
        return parameter | {"schema": schema} | ({} if example is None else {"example": example})

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


def _answer(description: str, schema: Schema, *, headers: Schema, **examples: Schema) -> Schema:
    """`examples` is one `example`, or several `examples` by name."""
    media = {"schema": schema, **examples}
    return {"description": description, "headers": headers, "content": {"application/json": media}}


def _access(rpc: Rpc) -> Schema:
    if rpc.access.anonymous:
        return {"anonymous": True}
    return {"roles": [Role.Name(role) for role in rpc.access.roles]}
