"""Packages, services, enums and fields keep the house's style where no lint of buf looks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from portico.options.v1 import options_pb2

from gateway.contract import Contract, Service

CONTRACT = Contract.read(Path(__file__).parents[2] / "protos/build/portico.binpb")
FIELDS = {
    field.full_name: field
    for message in CONTRACT.messages
    if not message.full_name.startswith("portico.options.")
    for field in message.fields
}
SECRET_NAME = re.compile(r"token|password|(^|_)code$|ticket|sealed")
NO_SECRET = {"page_token", "next_page_token", "previous_page_token"}


@pytest.mark.parametrize("package", CONTRACT.packages)
def test_a_feature_has_a_file_and_at_most_two_services(package: str) -> None:
    """GW-01: a file has the services of one feature: for clients, for the other services, or both; each says what."""
    files: dict[str, list[Service]] = {}
    for service in CONTRACT.services:
        if service.descriptor.file.package == package:
            files.setdefault(Path(service.descriptor.file.name).stem, []).append(service)

    for stem, services in files.items():
        prefix = stem.title().replace("_", "")
        names = {service.descriptor.name for service in services}
        assert names <= {f"{prefix}Service", f"{prefix}InternalService"}, f"Name the services of {stem}.proto after it."
        assert all(service.comment for service in services), "Write above the service what it is about."


@pytest.mark.parametrize("enum", CONTRACT.enums, ids=lambda enum: enum.full_name)
def test_nothing_is_meant_by_zero(enum: EnumDescriptor) -> None:
    """GW-01: value 0 of an enum stands for "not said"."""
    first = enum.values_by_number[0].name

    assert first.endswith("_UNSPECIFIED"), "Let value 0 end in _UNSPECIFIED."


@pytest.mark.parametrize(
    "field",
    [field for field in FIELDS.values() if SECRET_NAME.search(field.name) and field.type in {9, 12}],
    ids=lambda field: field.full_name,
)
def test_what_is_called_a_secret_is_marked_as_one(field: FieldDescriptor) -> None:
    """OP-04: passwords, codes, tokens, tickets and sealed values are marked, so that logs and errors mask them."""
    sensitive = field.GetOptions().Extensions[options_pb2.sensitive]

    assert sensitive != (field.name in NO_SECRET), "Add `(portico.options.v1.sensitive) = true`, or enter NO_SECRET."


def sent() -> Iterator[FieldDescriptor]:
    """Every field that a caller can fill in a request, at any depth."""
    waiting = [rpc.request for service in CONTRACT.services for rpc in service.rpcs]
    seen: set[str] = set()
    while waiting:
        message = waiting.pop()
        if message.full_name in seen or not message.full_name.startswith("portico."):
            continue
        seen.add(message.full_name)
        for field in message.fields:
            if field.message_type is not None:
                waiting.append(field.message_type)
            if not message.GetOptions().map_entry:
                yield field


@pytest.mark.parametrize("field", tuple(sent()), ids=lambda field: field.full_name)
def test_what_callers_send_has_bounds(field: FieldDescriptor) -> None:
    """GW-03: text, bytes, lists and maps in requests have a largest size, so that memory has one too."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        assert rules.map.HasField("max_pairs"), "Add `map.max_pairs`."
        if field.message_type.fields_by_name["value"].type == FieldDescriptor.TYPE_STRING:
            assert is_bounded(rules.map.values), "Add `map.values.string.max_len`."
    elif field.is_repeated:
        assert rules.repeated.HasField("max_items"), "Add `repeated.max_items`."
        if field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
            assert is_bounded(rules.repeated.items), "Add `repeated.items` with a `max_len`."
    elif field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
        assert is_bounded(rules), "Add `max_len`, `max_bytes`, `uuid`, `in` or a `pattern` that ends."


def is_bounded(rules: validate_pb2.FieldRules) -> bool:
    """Whether text or bytes that keep the rules have a largest size."""
    text = rules.string
    listed = len(getattr(text, "in")) > 0
    return bool(text.max_len or text.max_bytes or text.uuid or listed or text.pattern or rules.bytes.max_len)
