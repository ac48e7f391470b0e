"""Events that leave a service: written by the statement that changes the state, published by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import ARRAY, CTE, Insert, Text, bindparam, column, exists, func, insert, select

from chassis import telemetry
from chassis.tables import outbox

_EVENT_COLUMNS = ("id", "subject", "type", "payload", "aggregate_id", "version", "event_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """Something that happened to an aggregate; `version` is the aggregate's after it, `event_time` is aware UTC.

    `subject` is the tail `<aggregate>.<event>` (`invitation.accepted`); the relay publishes on
    `portico.<org>.<service>.<subject>`.
    """

    id: UUID
    org_id: UUID
    subject: str
    message: Message
    aggregate_id: UUID
    version: int
    event_time: datetime


def insert_events(target: CTE) -> Insert:
    """The write that puts the events beside the change; `event_params` gives its parameters, none mean no event."""
    arrays = [bindparam(f"outbox_{name}", [], type_=ARRAY(outbox.c[name].type)) for name in _EVENT_COLUMNS]
    events = func.unnest(*arrays).table_valued(*(column(name, outbox.c[name].type) for name in _EVENT_COLUMNS))
    rows = events.render_derived(name="events")
    return insert(outbox).from_select(
        ["org_id", *_EVENT_COLUMNS, "traceparent"],
        select(
            bindparam("org_id", type_=outbox.c.org_id.type), *rows.c, bindparam("traceparent", None, type_=Text())
        ).where(exists().select_from(target)),
    )


def event_params(org_id: UUID, events: Sequence[OutboxEvent]) -> dict[str, object]:
    """The parameters of `insert_events`, with the present trace; ValueError for another organization's event."""
    if any(event.org_id != org_id for event in events):
        raise ValueError("An event belongs to the organization whose row is saved with it.")
    return {
        "outbox_id": [event.id for event in events],
        "outbox_subject": [event.subject for event in events],
        "outbox_type": [event.message.DESCRIPTOR.full_name for event in events],
        "outbox_payload": [event.message.SerializeToString() for event in events],
        "outbox_aggregate_id": [event.aggregate_id for event in events],
        "outbox_version": [event.version for event in events],
        "outbox_event_time": [event.event_time for event in events],
        "traceparent": telemetry.traceparent() or None,
    }
