"""Messages and enums in proto JSON form, as JSON Schema (2020-12, which OpenAPI 3.1 uses)."""

from collections.abc import Callable, Collection, Iterable
from typing import cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from portico.options.v1 import options_pb2

from gateway.contract import Contract
from gateway.rules import Schema, is_required, limits, requires_one

_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "format": "uint32"},
    # JavaScript's numbers lose the last digits of these, so proto JSON writes them as text.
    FieldDescriptor.TYPE_INT64: {"type": "string", "format": "int64"},
    FieldDescriptor.TYPE_UINT64: {"type": "string", "format": "uint64"},
}

_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": ["1.5s"]},
    "google.protobuf.FieldMask": {"type": "string", "examples": ["givenName,email"]},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Empty": {"type": "object"},
    "google.protobuf.Any": {"type": "object", "properties": {"@type": {"type": "string"}}, "required": ["@type"]},
}


class Schemas:
    """The schemas of `components`; a message or enum is added when something refers to it.

    `requests` are the messages that clients send: their rules decide what is required, and no other field fits. In
    `replies` every field without presence is there, because the gateway prints empty ones too. Of other messages
    (errors) nothing is promised.
    """

    def __init__(self, contract: Contract, *, requests: Iterable[Descriptor], replies: Iterable[Descriptor]) -> None:
        self._contract = contract
        self._sent = reachable(requests)
        self._answered = reachable(replies)
        self.components: dict[str, Schema] = {}

    def reference(self, message: Descriptor, *, without: Collection[str] = ()) -> Schema:
        """A reference to the message's schema; fields whose names are in `without` are left out of it."""
        if message.full_name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[message.full_name])
        return self._component(message.full_name, lambda: self._object(message, without))

    def field(self, field: FieldDescriptor) -> Schema:
        """The schema of one field with its comment and its limits."""
        found = limits(field)
        message = field.message_type
        if message is not None and message.GetOptions().map_entry:
            each = cast("Schema", found.pop("additionalProperties", {}))
            schema: Schema = {"type": "object"}
            schema["additionalProperties"] = self._value(message.fields_by_name["value"]) | each
        elif field.is_repeated:
            each = cast("Schema", found.pop("items", {}))
            schema = {"type": "array", "items": self._value(field) | each}
        else:
            schema = self._value(field)
        return schema | found | self._said(field)

    def _value(self, field: FieldDescriptor) -> Schema:
        message = field.message_type
        if message is not None:
            reference = self.reference(message)
            # What requests and answers share stays open by itself, for answers grow.
            if "$ref" in reference and self._is_closed(_message_of(field)) and not self._is_closed(message.full_name):
                reference["unevaluatedProperties"] = False
            return reference
        if field.enum_type is not None:
            enum = field.enum_type
            return self._component(enum.full_name, lambda: self._enum(enum))
        return dict(_SCALARS[field.type])

    def _said(self, field: FieldDescriptor) -> Schema:
        schema = self._described(field.full_name)
        if field.GetOptions().Extensions[options_pb2.sensitive]:
            schema["x-portico-sensitive"] = True
            if field.type == FieldDescriptor.TYPE_STRING:
                schema["format"] = "password"
            if _message_of(field) not in self._answered:
                schema["writeOnly"] = True
        return schema

    def _described(self, full_name: str) -> Schema:
        comment = paragraph(self._contract.comment(full_name))
        if full_name.startswith("google."):
            comment = comment.partition("\n\n")[0]  # the rest is for people who write protos
        return {"description": comment} if comment else {}

    def _object(self, message: Descriptor, without: Collection[str]) -> Schema:
        schema: Schema = {"type": "object"} | self._described(message.full_name)
        fields = [field for field in message.fields if field.name not in without]
        properties = {field.json_name: self.field(field) for field in fields}
        if properties:
            schema["properties"] = properties
        required = [field.json_name for field in fields if self._is_there(field)]
        if required:
            schema["required"] = required
        choices = [
            _choice([field.json_name for field in oneof.fields], required=requires_one(oneof))
            for oneof in message.oneofs
            if not oneof.name.startswith("_")  # how protoc names the presence of an `optional` field
        ]
        if choices:
            schema["allOf"] = choices
        if self._is_closed(message.full_name):
            schema["additionalProperties"] = False
        return schema

    def _is_closed(self, message: str) -> bool:
        """Whether it is sent to us alone, so that a field that it does not have is a mistake."""
        return message in self._sent and (message not in self._answered or message.startswith("google."))

    def _is_there(self, field: FieldDescriptor) -> bool:
        if _message_of(field) in self._sent:
            return is_required(field)
        return _message_of(field) in self._answered and not field.has_presence

    def _enum(self, enum: EnumDescriptor) -> Schema:
        lines = [paragraph(self._contract.comment(enum.full_name)), ""]
        for value in enum.values:
            comment = paragraph(self._contract.comment(f"{enum.full_name}.{value.name}"))
            lines.append(f"- `{value.name}`: {comment}" if comment else f"- `{value.name}`")
        names = [value.name for value in enum.values]
        return {"type": "string", "enum": names, "description": "\n".join(lines).strip()}

    def _component(self, full_name: str, make: Callable[[], Schema]) -> Schema:
        name = component_name(full_name)
        if name not in self.components:
            self.components[name] = {}  # taken, so that a message that holds itself ends
            self.components[name] = make()
        return {"$ref": f"#/components/schemas/{name}"}


def component_name(full_name: str) -> str:
    """`identity.LoginRequest` for `portico.identity.v1.LoginRequest`; other packages keep their names."""
    return full_name.removeprefix("portico.").replace(".v1.", ".")


def paragraph(comment: str) -> str:
    """The comment as flowing text; empty lines still part it."""
    return "\n\n".join(" ".join(part.split()) for part in comment.split("\n\n"))


def _choice(names: list[str], *, required: bool) -> Schema:
    options: list[Schema] = [{"required": [name]} for name in names]
    return {"oneOf": options if required else [*options, {"not": {"anyOf": options}}]}


def _message_of(field: FieldDescriptor) -> str:
    return field.full_name.rpartition(".")[0]


def reachable(messages: Iterable[Descriptor]) -> set[str]:
    """The full names of the messages, and of all that they carry."""
    found: set[str] = set()
    waiting = list(messages)
    while waiting:
        message = waiting.pop()
        if message.full_name not in found:
            found.add(message.full_name)
            waiting.extend(field.message_type for field in message.fields if field.message_type is not None)
    return found
