"""Values that fit: for a schema of the OpenAPI document, and for a message of the contract."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

UUID = "01939b5e-7c5c-7000-8000-000000000001"
INSTANT = "2026-11-23T07:00:00Z"
FITTING = {
    "^[0-9a-fA-F]{64}$": "ab" * 32,
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": INSTANT[:10],
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$": INSTANT,
}
"""Texts for the patterns of the contract."""

Document = Mapping[str, Any]  # JSON, as the test reads it


def resolved(document: Document, schema: Document) -> Document:
    """The schema itself, or the component that it refers to with what stands beside the reference."""
    if "$ref" not in schema:
        return schema
    component = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {**component, **{key: value for key, value in schema.items() if key != "$ref"}}


def sample(document: Document, schema: Document, *, all_fields: bool) -> Any:
    """A value that fits the schema: with every field that can be there, or with the required ones alone."""
    schema = resolved(document, schema)
    match schema:
        case {"enum": values}:
            return values[-1]
        case {"type": "array", "items": items}:
            return [sample(document, items, all_fields=all_fields)] * max(1, schema.get("minItems", 0))
        case {"type": "object", "additionalProperties": True}:
            return {"answer": "yes"}
        case {"type": "object"}:
            return _object(document, schema, all_fields=all_fields)
        case {"type": "integer"}:
            return max(1, schema.get("minimum", 1))
        case {"type": "boolean"}:
            return True
        case _:
            return _text(schema)


def _text(schema: Document) -> Any:
    match schema:
        case {"format": "uuid"}:
            return UUID
        case {"format": "date-time"}:
            return INSTANT
        case {"examples": [first, *_]}:
            return first
        case {"pattern": pattern}:
            return FITTING[pattern]
    return "x" * max(1, schema.get("minLength", 1))


def _object(document: Document, schema: Document, *, all_fields: bool) -> dict[str, Any]:
    choices = [choice["oneOf"] for choice in schema.get("allOf", ())]
    # The first alternative of every choice; the others are left out.
    chosen = {options[0]["required"][0] for options in choices}
    others = {name for options in choices for option in options for name in option.get("required", ())} - chosen
    required = {*schema.get("required", ()), *chosen}
    return {
        name: sample(document, field, all_fields=all_fields)
        for name, field in schema.get("properties", {}).items()
        if name not in others and (all_fields or name in required)
    }


def fill(message: Message) -> None:
    """Set every field of a message, of a oneof the last, so that its JSON shows every kind of value."""
    if isinstance(message, Timestamp):
        message.FromJsonString(INSTANT)
    elif isinstance(message, Duration):
        message.FromJsonString("7s")
    elif isinstance(message, Struct):
        message.update({"answer": ["yes", 1.5]})
    else:
        for field in message.DESCRIPTOR.fields:
            value = getattr(message, field.name)
            if field.message_type is not None:
                fill(value.add() if field.is_repeated else value)
            elif field.is_repeated:
                value.append(_SCALARS[field.type])
            else:
                setattr(message, field.name, _SCALARS[field.type])


_SCALARS: Mapping[int, Any] = {
    FieldDescriptor.TYPE_STRING: "words",
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_ENUM: 1,
    FieldDescriptor.TYPE_INT32: 7,
}
