"""Instants on the wire."""

from datetime import datetime
from typing import overload

from google.protobuf.timestamp_pb2 import Timestamp


@overload
def timestamp(instant: datetime) -> Timestamp: ...


@overload
def timestamp(instant: None) -> None: ...


def timestamp(instant: datetime | None) -> Timestamp | None:
    """The instant as protobuf has it; None, a field that is not set, for None."""
    if instant is None:
        return None
    written = Timestamp()
    written.FromDatetime(instant)
    return written
