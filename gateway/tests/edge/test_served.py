"""What the document says is what Envoy serves."""

import asyncio
import json
import os
from collections.abc import Mapping
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import protovalidate
import pytest
from buf.validate import validate_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from openapi_schema_validator import OAS31Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from gateway import openapi
from gateway.contract import Contract
from gateway.curl import ORIGIN, curl
from gateway.examples import Examples

from .neighbours import Context, Neighbour
from .samples import FITTING, UUID, fill, sample

CONTRACT = Contract.read(Path(__file__).parents[3] / "protos/build/portico.binpb")
DOCUMENT: Mapping[str, Any] = json.loads(openapi.as_text(openapi.build(CONTRACT)))
RPCS = {rpc.name: rpc for service in CONTRACT.public_services for rpc in service.rpcs}
OPERATIONS = {
    operation["operationId"]: (verb, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for verb, operation in operations.items()
}
IN_JSON = [
    name
    for name, (_, _, said) in OPERATIONS.items()
    if "application/json" in said["responses"]["200"]["content"]
    and "application/json" in said.get("requestBody", {"content": {"application/json": {}}})["content"]
]
"""All that neither take a file nor answer with one."""
BODIES = {
    f"{rpc.owner}.{rpc.request.name}": rpc
    for rpc in RPCS.values()
    if DOCUMENT["components"]["schemas"].get(f"{rpc.owner}.{rpc.request.name}", {}).get("properties")
}


class Operation:
    """One operation of the document, with a request that has every field."""

    def __init__(self, name: str) -> None:
        self.verb, self.path, said = OPERATIONS[name]
        self.rpc = RPCS[name.partition("_")[2]]
        self.reply_schema = said["responses"]["200"]["content"]["application/json"]["schema"]
        self.query: dict[str, Any] = {}
        self.body: dict[str, Any] | None = None
        if "requestBody" in said:
            schema = said["requestBody"]["content"]["application/json"]["schema"]
            self.body = sample(DOCUMENT, schema, all_fields=True)
        self.expected = deepcopy(self.body or {})
        for parameter in said.get("parameters", ()):
            value = sample(DOCUMENT, parameter["schema"], all_fields=True)
            if parameter["in"] == "path":
                self.path = self.path.replace(f"{{{parameter['name']}}}", value)
                put(self.expected, parameter["name"], value)
            else:
                self.query[parameter["name"]] = self.expected[parameter["name"]] = value

    async def call(self, rest: httpx.AsyncClient) -> httpx.Response:
        return await rest.request(self.verb, self.path, params=self.query, json=self.body)


@pytest.mark.parametrize("name", IN_JSON)
async def test_every_operation_of_the_document_reaches_its_rpc(
    name: str, rest: httpx.AsyncClient, services: Mapping[str, Neighbour]
) -> None:
    """GW-02: a request that the document allows arrives at its RPC with every field, and the answer fits the schema."""
    operation = Operation(name)
    neighbour = services[operation.rpc.owner]

    async def full(_: Message, context: Context) -> Message:
        reply = message_class(operation.rpc.reply)()
        fill(reply)
        return reply

    neighbour.forget()
    neighbour.answers[operation.rpc.name] = full
    answer = await operation.call(rest)

    assert answer.status_code == 200, answer.text
    [received] = neighbour.received
    assert operation.rpc.name == received.rpc
    assert operation.expected == MessageToDict(received.request)
    assert [] == list(protovalidate.collect_violations(received.request))
    validate(operation.reply_schema, answer.json())


@pytest.mark.parametrize("name", IN_JSON)
async def test_the_example_of_every_operation_is_taken(
    name: str, rest: httpx.AsyncClient, services: Mapping[str, Neighbour]
) -> None:
    """CASE-U20: the command of the page, run in a shell, keeps every rule of its RPC, and the answer is the page's."""
    verb, path, said = OPERATIONS[name]
    rpc, media = RPCS[name.partition("_")[2]], said["responses"]["200"]["content"]["application/json"]
    expected = media["example"]
    neighbour = services[rpc.owner]

    async def example(_: Message, context: Context) -> Message:
        return ParseDict(expected, message_class(rpc.reply)())

    neighbour.forget()
    neighbour.answers[rpc.name] = example
    command = curl(verb, path, said).replace(ORIGIN, str(rest.base_url).rstrip("/"))
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", command.replace("curl ", "curl -sS --fail-with-body ", 1)),
        env={"PATH": os.environ["PATH"], "TOKEN": "a.b.c"},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await shell.communicate()

    assert (0, expected) == (shell.returncode, json.loads(printed))
    [received] = neighbour.received
    assert rpc.name == received.rpc
    assert [] == list(protovalidate.collect_violations(received.request))
    assert ("Bearer a.b.c" if said["security"] else None) == received.metadata.get("authorization")
    assert ParseDict(Examples(rpc).message(rpc.request), message_class(rpc.request)()) == received.request
    validate(media["schema"], expected)


@pytest.mark.parametrize(
    "misspelt",
    [
        {"guardians": [{"givenName": "Ana", "mail": "ana@example.org"}]},
        {"guardians": [{"givenName": "Ana"}], "kids": []},
        {"guardians": [{"givenName": "Ana"}], "children": [{"givenName": "Leo", "birthday": "2023-05-14"}]},
        {"guardians": [{"givenName": "Ana"}], "children": [{"givenName": "Leo", "birthDate": {"years": 2023}}]},
    ],
)
def test_a_misspelt_field_does_not_fit_the_schema(misspelt: Mapping[str, Any]) -> None:
    """CASE-M8: schemas of requests allow no other fields, however deep; those of answers do, for answers grow."""
    request = {"$ref": "#/components/schemas/applications.CreateApplicationRequest"}
    validate(request, {"guardians": [{"givenName": "Ana"}], "children": [{"givenName": "Leo"}]})

    assert not validator(request).is_valid(misspelt)
    validate({"$ref": "#/components/schemas/applications.Child"}, {"givenName": "Leo", "familyName": "", "new": 1})
    for name in BODIES:
        assert DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False


@pytest.mark.parametrize("name", IN_JSON)
async def test_an_answer_without_values_fits_its_schema_too(
    name: str, rest: httpx.AsyncClient, services: Mapping[str, Neighbour]
) -> None:
    """GW-02: the fields that the document promises are in an answer whose message is empty."""
    operation = Operation(name)
    services[operation.rpc.owner].forget()
    answer = await operation.call(rest)

    assert answer.status_code == 200, answer.text
    validate(operation.reply_schema, answer.json())


@pytest.mark.parametrize("name", BODIES)
def test_what_the_document_requires_is_what_the_rules_require(name: str) -> None:
    """GW-02: a body with the required fields alone keeps the rules of the proto, and without any of them breaks one."""
    body = sample(DOCUMENT, DOCUMENT["components"]["schemas"][name], all_fields=False)

    assert [] == broken_rules(name, body)
    for field in body:
        assert broken_rules(name, {key: value for key, value in body.items() if key != field}), field


def broken_rules(name: str, body: Mapping[str, Any]) -> list[str]:
    """The rules that a body breaks while the path is right."""
    rpc = BODIES[name]
    request = deepcopy(dict(body))
    for variable in rpc.routes[0].variables:
        if "." not in variable or variable.partition(".")[0] in body:
            put(request, variable, in_path(rpc.request.fields_by_name[variable.partition(".")[0]]))
    message = ParseDict(request, message_class(rpc.request)())
    return [violation.proto.rule_id for violation in protovalidate.collect_violations(message)]


def in_path(field: FieldDescriptor) -> str:
    """What a variable of a path can be: an id, unless the contract says how it looks."""
    return FITTING.get(field.GetOptions().Extensions[validate_pb2.field].string.pattern, UUID)


def put(message: dict[str, Any], dotted: str, value: str) -> None:
    """Set the field that a path variable names, in JSON's spelling."""
    name, _, rest = dotted.partition(".")
    first, *words = name.split("_")
    json_name = first + "".join(word.title() for word in words)
    if rest:
        put(message.setdefault(json_name, {}), rest, value)
    else:
        message[json_name] = value


def message_class(message: Descriptor) -> type[Message]:
    """The class that the stubs have for a message of the contract."""
    import_module(message.file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(message.full_name))


def validate(schema: Mapping[str, Any], value: object) -> None:
    """Fail unless the value fits a schema of the document."""
    validator(schema).validate(value)


def validator(schema: Mapping[str, Any]) -> OAS31Validator:
    """What tells whether a value fits a schema of the document."""
    registry = Registry().with_resource("urn:openapi", DRAFT202012.create_resource(DOCUMENT))
    located = {"$ref": f"urn:openapi{schema['$ref']}"} if "$ref" in schema else schema
    return OAS31Validator(located, registry=registry, format_checker=OAS31Validator.FORMAT_CHECKER)
