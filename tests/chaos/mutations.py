"""What can be wrong with the bytes of a message, made from a good one by a seeded hand."""

import random
from collections.abc import Callable, Iterator, Mapping

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

DEEP = 10_000
_WIRE_TYPES = 8
_VARINT, _BYTES, _GROUP, _END = 0, 2, 3, 4


def varint(number: int) -> bytes:
    """As protobuf writes an unsigned number."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def tag(number: int, wire_type: int) -> bytes:
    """What stands before each field."""
    return varint(number << 3 | wire_type)


def block(number: int, content: bytes) -> bytes:
    """A field of text, bytes, or a message."""
    return tag(number, _BYTES) + varint(len(content)) + content


def mutants(good: Message, descriptor: Descriptor, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damaged messages by what was done; the same seed gives the same ones."""
    # Not hash(), which differs from run to run.
    chance = random.Random(f"{descriptor.full_name}/{seed}")
    raw = good.SerializeToString()
    yield "good", raw
    yield "random", chance.randbytes(chance.randrange(1, 200))
    yield "truncated", raw[: chance.randrange(len(raw))] if raw else b"\x0a"
    for bits in (1, 8):
        yield f"{bits} bits flipped", _flipped(raw, chance, bits)
    yield "twice", raw + raw
    yield "unknown field", raw + block(chance.randrange(1000, 2**29 - 1), b"abc")
    yield "field zero", raw + tag(0, _VARINT) + b"\0"
    yield "endless varint", raw + tag(1, _VARINT) + b"\xff" * 11
    yield "lying length", raw + tag(1, _BYTES) + varint(2**31 - 1) + b"x"
    yield "groups in groups", tag(1, _GROUP) * DEEP
    yield "an end without a group", raw + tag(1, _END)
    for field in descriptor.fields:
        yield from _of_field(field, good, raw, chance)


def _of_field(field: FieldDescriptor, good: Message, raw: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """What a field of this type can have wrong, behind all that is good: of two values the last one counts."""
    number, name = field.number, field.name
    yield f"{name} of another type", raw + tag(number, chance.randrange(_WIRE_TYPES)) + chance.randbytes(8)
    if field.type == FieldDescriptor.TYPE_STRING:
        for said, text in _TEXTS.items():
            yield f"{name}: {said}", raw + block(number, text)
    elif field.message_type is not None:
        yield f"{name} too deep", raw + nested(number)
        for said, content in _inside(field, good, chance):
            yield f"{name}: {said}", raw + block(number, content)
    else:
        for value in (7, 2**31, 2**32 - 1, 2**63, 2**64 - 1, chance.randrange(2**64)):
            yield f"{name} = {value}", raw + tag(number, _VARINT) + varint(value)


def _inside(field: FieldDescriptor, good: Message, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    descriptor = field.message_type
    if descriptor is None:
        return
    if descriptor.full_name in _WELL_KNOWN:
        for number, made in enumerate(_WELL_KNOWN[descriptor.full_name]()):
            yield f"{descriptor.name} {number}", made.SerializeToString()
    elif not descriptor.GetOptions().map_entry:
        value = getattr(good, field.name)
        inner = (value[0] if value else None) if field.is_repeated else value
        if inner is not None:
            yield from mutants(inner, descriptor, chance.randrange(2**32))


def _structs() -> Iterator[Message]:
    for number in (float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, -0.0):
        yield Struct(fields={"a": Value(number_value=number)})
    yield Struct(fields={"a": Value()})
    yield Struct(fields={"": Value(string_value="")})
    yield Struct(fields={"a\0b": Value(string_value="c")})
    yield Struct(fields={"a": Value(string_value="c\0d")})
    yield Struct(fields={str(number): Value(bool_value=True) for number in range(3000)})
    # As deep as protobuf takes it.
    deep = Value(number_value=1)
    for _ in range(30):
        deep = Value(struct_value=Struct(fields={"a": deep}))
    yield Struct(fields={"a": deep})
    listed = Value(list_value=ListValue())
    for _ in range(40):
        listed = Value(list_value=ListValue(values=[listed]))
    yield Struct(fields={"a": listed})


def _timestamps() -> Iterator[Message]:
    for seconds in (2**62, -(2**62), -62_135_596_801, -62_135_596_800, 253_402_300_799, 253_402_300_800, 0):
        for nanos in (0, -1, 999_999_999, 2**31 - 1):
            yield Timestamp(seconds=seconds, nanos=nanos)


def _masks() -> Iterator[Message]:
    for paths in (
        [""],
        ["."],
        ["*"],
        ["no_such"],
        ["id"],
        ["email.x"],
        ["email"] * 3000,
        ["givenName"],
        ["a\0"],
        ["x" * 5000],
    ):
        yield FieldMask(paths=paths)


_WELL_KNOWN: Mapping[str, Callable[[], Iterator[Message]]] = {
    "google.protobuf.Struct": _structs,
    "google.protobuf.Timestamp": _timestamps,
    "google.protobuf.FieldMask": _masks,
}


def nested(number: int) -> bytes:
    """A field in itself, a few thousand times; the innermost is written first, because each length counts the rest."""
    written = b""
    for _ in range(DEEP // 4):
        written = tag(number, _BYTES) + varint(len(written)) + written
    return written


def _flipped(raw: bytes, chance: random.Random, bits: int) -> bytes:
    damaged = bytearray(raw or b"\0")
    for _ in range(bits):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


_TEXTS = {
    "no UTF-8": b"\xff\xfe",
    "half a pair": b"\xed\xa0\x80",
    "NUL": b"a\0b",
    "right to left": "\u202e\u2066abc".encode(),
    "beyond the basic plane": "\U0010ffff".encode(),
    "blanks": "\u00a0\u2003\t\r\n ".encode(),
    "a combining mark alone": "\u0301".encode(),
    "a page token": b"AAAA",
    "an id in another form": b"{01939B5E-7C5C-7000-8000-000000000001}",
    "long": b"x" * 5000,
}
