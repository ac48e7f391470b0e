"""What happened to a message → `MessageEvent`; without address, without text."""

from datetime import datetime
from uuid import UUID

from portico.notifications.v1 import events_pb2 as pb
from portico.notifications.v1 import resources_pb2

from chassis.wire import timestamp
from notifications.messages.domain import AttemptResult, State
from notifications.shared.domain import Channel


def queued(
    *, message_id: UUID, template: str, reference: str, channel: Channel, version: int, now: datetime
) -> pb.MessageEvent:
    """A message was stored, or put back to work."""
    event = _event(message_id, template, reference, channel, version, now)
    event.queued.SetInParent()
    return event


def followed(
    attempt_result: AttemptResult,
    *,
    message_id: UUID,
    template: str,
    reference: str,
    channel: Channel,
    version: int,
    now: datetime,
) -> tuple[str, pb.MessageEvent]:
    """What followed a claim, with the tail of its subject (`message.sent`)."""
    event = _event(message_id, template, reference, channel, version, now)
    match attempt_result.state:
        case State.SENT:
            event.sent.SetInParent()
        case State.CANCELLED:
            event.cancelled.reason = attempt_result.reason
        case _:
            event.failed.retrying = attempt_result.due_time is not None
            event.failed.reason = attempt_result.reason
    return f"message.{event.WhichOneof('event')}", event


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
