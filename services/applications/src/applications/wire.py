"""Instants and methods on the wire."""

from datetime import datetime
from typing import overload

from google.protobuf.timestamp_pb2 import Timestamp
from portico.applications.v1.resources_pb2 import ContactMethod

from applications.domain.invitation import Method


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


def contact_method(method: Method | None) -> ContactMethod.ValueType:
    """The contract's word for a method: the numbers are the same, and none is unspecified."""
    return ContactMethod.ValueType(method or 0)
