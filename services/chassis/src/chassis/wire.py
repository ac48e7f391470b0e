"""Instants on the wire."""

from datetime import UTC, datetime
from typing import overload

from google.protobuf.timestamp_pb2 import Timestamp

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
