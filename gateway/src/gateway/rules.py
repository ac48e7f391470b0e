"""What the `buf.validate` rules of a field mean in JSON Schema."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import cast

from buf.validate import validate_pb2
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.message import Message

Schema = dict[str, object]


class RuleNotKnown(Exception):
    """A rule without a counterpart here; teach this module rather than leave it out of the document."""


def limits(field: FieldDescriptor) -> Schema:
    """The keywords that the field's rules add to its schema; RuleNotKnown when one has no counterpart."""
    rules = _rules_of(field)
    kind = rules.WhichOneof("type")
    if rules.cel or rules.cel_expression:
        raise RuleNotKnown(f"{field.full_name}: cel")
    return _keywords(field, kind, getattr(rules, kind)) if kind else {}


def is_required(field: FieldDescriptor) -> bool:
    """Whether a request without the field breaks a rule."""
    rules = _rules_of(field)
    kind = rules.WhichOneof("type")
    if rules.required:
        return True
    if field.has_presence or not kind or rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    return any(_REFUSES_ZERO[name](value) for name, value in _said(getattr(rules, kind)) if name in _REFUSES_ZERO)


def requires_one(oneof: OneofDescriptor) -> bool:
    """Whether one of its fields must be set."""
    return oneof.GetOptions().Extensions[validate_pb2.oneof].required


def _rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    return field.GetOptions().Extensions[validate_pb2.field]


def _said(rules: Message) -> Iterator[tuple[str, object]]:
    for rule, value in rules.ListFields():
        yield rule.name, value


def _keywords(field: FieldDescriptor, kind: str, rules: Message) -> Schema:
    schema: Schema = {}
    for name, value in _said(rules):
        keyword = _KEYWORDS.get(f"{kind}.{name}")
        if keyword is None:
            raise RuleNotKnown(f"{field.full_name}: {kind}.{name}")
        schema |= keyword(field, value)
    return schema


def _nested(field: FieldDescriptor, said: object) -> Schema:
    """The keywords of the rules for the elements of a list or the values of a map."""
    rules = cast("validate_pb2.FieldRules", said)
    kind = rules.WhichOneof("type")
    return _keywords(field, kind, getattr(rules, kind)) if kind else {}


def _names(enum: EnumDescriptor | None, keeps: Callable[[int], bool]) -> Schema:
    return {"enum": [value.name for value in enum.values if keeps(value.number)]} if enum else {}


def _plain(keyword: str) -> Callable[[FieldDescriptor, object], Schema]:
    return lambda _, value: {keyword: value}


def _elements(value: object) -> list[object]:
    return list(cast("Collection[object]", value))


_KEYWORDS: Mapping[str, Callable[[FieldDescriptor, object], Schema]] = {
    "string.min_len": _plain("minLength"),
    "string.max_len": _plain("maxLength"),
    "string.max_bytes": _plain("maxLength"),  # at most as many characters
    "string.pattern": _plain("pattern"),
    "string.in": lambda _, allowed: {"enum": _elements(allowed)},
    "string.uuid": lambda *_: {"format": "uuid"},
    "int32.gte": _plain("minimum"),
    "int32.lte": _plain("maximum"),
    "repeated.min_items": _plain("minItems"),
    "repeated.max_items": _plain("maxItems"),
    "repeated.unique": _plain("uniqueItems"),
    "repeated.items": lambda field, rules: {"items": _nested(field, rules)},
    "map.max_pairs": _plain("maxProperties"),
    "map.values": lambda field, rules: {"additionalProperties": _nested(field, rules)},
    # Base64 writes three bytes as four characters.
    "bytes.max_len": lambda _, length: {"maxLength": -(-cast("int", length) // 3) * 4},
    "enum.defined_only": lambda *_: {},
    "enum.in": lambda field, numbers: _names(field.enum_type, lambda number: number in _elements(numbers)),
    "enum.not_in": lambda field, numbers: _names(field.enum_type, lambda number: number not in _elements(numbers)),
}

_REFUSES_ZERO: Mapping[str, Callable[[object], bool]] = {
    "min_len": bool,
    "min_items": bool,
    "uuid": bool,
    "gte": lambda minimum: cast("float", minimum) > 0,
    "pattern": lambda pattern: not re.search(cast("str", pattern), ""),
    "in": lambda allowed: not {"", 0} & set(_elements(allowed)),
    "not_in": lambda refused: bool({"", 0} & set(_elements(refused))),
}
"""By the name of a rule: whether it refuses an empty string, an empty list or the number 0."""
