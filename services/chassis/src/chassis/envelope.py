"""An event as it arrives from NATS: CloudEvents headers around a protobuf message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from nats.aio.msg import Msg

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What is known of an event besides its message; `version` is the aggregate's, `event_time` is aware UTC."""

    id: UUID
    org_id: UUID
    subject: str
    aggregate_id: UUID
    version: int
    event_time: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event of a stream before its message is decoded; `defect` says why it never can be."""

    stream: str
    type: str
    payload: bytes
    traceparent: str | None
    incoming: Incoming
    defect: str | None = None


def open_envelope(message: Msg, *, stream: str, max_bytes: int) -> Envelope:
    """Read the headers; what is missing or wrong in them makes the event defective, never an error.

    A defective event gets an id from its place in the stream, so that it is the same one when it is delivered again.
    """
    headers: Mapping[str, str] = message.headers or {}
    payload = message.data
    try:
        incoming = Incoming(
            id=UUID(headers["ce-id"]),
            org_id=UUID(message.subject.split(".")[1]),
            subject=message.subject,
            aggregate_id=UUID(headers["portico-aggregate"]),
            version=int(headers["portico-version"]),
            event_time=datetime.fromisoformat(headers["ce-time"]),
        )
        defect = None if len(payload) <= max_bytes else f"{len(payload)} bytes are more than {max_bytes}."
    except (KeyError, ValueError, IndexError) as error:
        defect = f"Not an event of ours: {type(error).__name__} {error}."
        incoming = Incoming(
            id=uuid5(NAMESPACE_OID, f"{stream}/{message.metadata.sequence.stream}"),
            org_id=_NOBODY,
            subject=message.subject,
            aggregate_id=_NOBODY,
            version=0,
            event_time=datetime.now(UTC),
        )
    return Envelope(stream, headers.get("ce-type", ""), payload, headers.get("traceparent"), incoming, defect)
