"""Instants on the wire, and bytes on it that are no message."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import cast, overload

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

from chassis.errors import FieldViolation, InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def timestamp(instant: datetime) -> Timestamp: ...


@overload
def timestamp(instant: None) -> None: ...


def timestamp(instant: datetime | None) -> Timestamp | None:
    """The aware instant as protobuf has it; None, a field that is not set, for None."""
    if instant is None:
        return None
    # `FromDatetime` takes 2.1 µs, this 0.6, and the rows of a list have some each.
    since = instant - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def instant_of(given: Timestamp, *, field: str) -> datetime:
    """The time, aware UTC, that a field of a request gives; InvalidArgument for seconds that no calendar has.

    Nor those of its first and last year: so that a while before and after each time is a time as well.

    >>> instant_of(Timestamp(seconds=1_772_460_300), field="start_time").isoformat()
    '2026-03-02T14:05:00+00:00'
    """
    try:
        given_time = given.ToDatetime(UTC)
        if not MINYEAR < given_time.year < MAXYEAR:
            raise OverflowError
    except (ValueError, OverflowError):
        words = {"es": "No es una fecha y hora."}
        raise InvalidArgument(
            violations=[FieldViolation(field, "TIME_INVALID", "This is not a date and time.", localized=words)]
        ) from None
    return given_time


def unreadable_fields(empty: Message, raw: bytes) -> list[FieldViolation]:
    """The fields for which bytes are no message of this kind: nested too deeply, or text that is not UTF-8.

    `empty` is any message of the kind. None is found when the bytes are no message at all.
    """
    try:
        # To a message without fields all are unknown, and kept as they came.
        written = UnknownFieldSet(Empty.FromString(raw))
    except DecodeError:
        return []
    values: dict[int, list[object]] = {}
    for place in range(len(written)):
        values.setdefault(written[place].field_number, []).append(written[place].data)
    return [
        FieldViolation(field.name, "UNREADABLE", "is nested too deeply, or is not UTF-8")
        for field in empty.DESCRIPTOR.fields
        if not all(_is_readable(cast("FieldDescriptor", field), value) for value in values.get(field.number, ()))
    ]


def _is_readable(field: FieldDescriptor, data: object) -> bool:
    if not isinstance(data, bytes):
        return True
    try:
        if field.message_type is not None:
            GetMessageClass(field.message_type).FromString(data)
        elif field.type == FieldDescriptor.TYPE_STRING:
            data.decode()
    except (DecodeError, UnicodeDecodeError):
        return False
    return True
