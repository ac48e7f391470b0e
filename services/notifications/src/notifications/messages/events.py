"""What happened to a message → `MessageEvent`; without address, without text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from portico.notifications.v1 import events_pb2 as pb
from portico.notifications.v1 import resources_pb2

from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp
from notifications.messages.domain import (
    FIRST_VERSION,
    REFUSED_VERSION,
    SUPERSEDED,
    AttemptResult,
    CancelledMessage,
    DeadLetteredMessage,
    State,
)
from notifications.shared.domain import Channel, Request

MAX_EVENTS = 500
"""Of a group in one `MessageEvents`, about 100 kB."""
_CHANGED = "message.changed"


@dataclass(frozen=True, slots=True)
class Publication:
    """One event on its way to the outbox: those of one group become one payload, its `head` before their `payload`s."""

    subject: str
    type: str
    aggregate_id: UUID
    head: bytes
    payload: bytes


def publication(event: pb.MessageEvent, *, org_id: UUID, group: str) -> Publication:
    """How an event is published: alone, or as a part of `MessageEvents`, whose repeated field joins on the wire."""
    if group:
        head, part = pb.MessageEvents(group=group), pb.MessageEvents(events=[event])
        names = _CHANGED, head.DESCRIPTOR.full_name, uuid5(org_id, group)
        return Publication(*names, head.SerializeToString(), part.SerializeToString())
    names = f"message.{event.WhichOneof('event')}", event.DESCRIPTOR.full_name, UUID(event.message_id)
    return Publication(*names, b"", event.SerializeToString())


def outbox_events(
    events: Sequence[pb.MessageEvent], *, org_id: UUID, group: str, ids: Ids, now: datetime
) -> list[OutboxEvent]:
    """The events as they are published: each alone, those of a group at most `MAX_EVENTS` together."""
    if not group:
        return [
            OutboxEvent(
                id=ids(),
                org_id=org_id,
                subject=f"message.{event.WhichOneof('event')}",
                message=event,
                aggregate_id=UUID(event.message_id),
                version=event.version,
                event_time=now,
            )
            for event in events
        ]
    parts = [events[start : start + MAX_EVENTS] for start in range(0, len(events), MAX_EVENTS)]
    return [
        OutboxEvent(
            id=ids(),
            org_id=org_id,
            subject=_CHANGED,
            message=pb.MessageEvents(group=group, events=part),
            aggregate_id=uuid5(org_id, group),
            version=max(event.version for event in part),
            event_time=now,
        )
        for part in parts
    ]


def message_queued(
    about: Request | DeadLetteredMessage, *, message_id: UUID, version: int, now: datetime
) -> pb.MessageEvent:
    """Tells that a message was stored, or put back to work."""
    event = _event(message_id, about.template, about.reference, about.channel, version, now)
    event.queued.SetInParent()
    return event


def message_cancelled(
    about: Request | CancelledMessage, *, message_id: UUID, version: int = FIRST_VERSION, now: datetime
) -> pb.MessageEvent:
    """Tells that a message of a group that was withdrawn goes nowhere, be it stored before or after."""
    event = _event(message_id, about.template, about.reference, about.channel, version, now)
    event.cancelled.reason = SUPERSEDED
    return event


def request_refused(request: pb.MessageRequest, *, message_id: UUID, reason: str, now: datetime) -> pb.MessageEvent:
    """Tells who asked that the message will never come; `message_id` is the id of the dead letter, or of the event."""
    return pb.MessageEvent(
        message_id=str(message_id),
        template=request.template,
        reference=request.reference,
        channel=request.recipient.channel,
        version=REFUSED_VERSION,
        event_time=timestamp(now),
        failed=pb.MessageFailed(reason=reason),
    )


def attempt_ended(
    attempt_result: AttemptResult,
    *,
    message_id: UUID,
    template: str,
    reference: str,
    channel: Channel,
    version: int,
    now: datetime,
) -> pb.MessageEvent:
    """What became of a claimed message."""
    event = _event(message_id, template, reference, channel, version, now)
    match attempt_result.state:
        case State.SENT:
            event.sent.SetInParent()
        case State.SUPPRESSED:
            event.suppressed.reason = attempt_result.reason
        case State.CANCELLED:
            event.cancelled.reason = attempt_result.reason
        case _:
            event.failed.retrying = attempt_result.due_time is not None
            event.failed.reason = attempt_result.reason
    return event


def _event(
    message_id: UUID, template: str, reference: str, channel: Channel, version: int, now: datetime
) -> pb.MessageEvent:
    return pb.MessageEvent(
        message_id=str(message_id),
        template=template,
        reference=reference,
        channel=resources_pb2.Channel.ValueType(channel),
        version=version,
        event_time=timestamp(now),
    )
