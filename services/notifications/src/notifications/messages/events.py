"""What happened to a message → `MessageEvent`; without address, without text."""

from datetime import datetime
from uuid import UUID

from portico.notifications.v1 import events_pb2 as pb
from portico.notifications.v1 import resources_pb2

from chassis.outbox import OutboxEvent
from chassis.wire import timestamp
from notifications.messages.domain import REFUSED_VERSION, AttemptResult, DeadLetteredMessage, State
from notifications.shared.domain import Channel, Request


def message_queued(
    about: Request | DeadLetteredMessage, *, event_id: UUID, org_id: UUID, message_id: UUID, version: int, now: datetime
) -> OutboxEvent:
    """Tells that a message was stored, or put back to work."""
    event = _event(message_id, about.template, about.reference, about.channel, version, now)
    event.queued.SetInParent()
    return OutboxEvent(
        id=event_id,
        org_id=org_id,
        subject="message.queued",
        message=event,
        aggregate_id=message_id,
        version=version,
        event_time=now,
    )


def request_refused(
    request: pb.MessageRequest, *, event_id: UUID, org_id: UUID, message_id: UUID, reason: str, now: datetime
) -> OutboxEvent:
    """Tells who asked that the message will never come; `message_id` is the id of the dead letter."""
    event = pb.MessageEvent(
        message_id=str(message_id),
        template=request.template,
        reference=request.reference,
        channel=request.recipient.channel,
        version=REFUSED_VERSION,
        event_time=timestamp(now),
        failed=pb.MessageFailed(reason=reason),
    )
    return OutboxEvent(
        id=event_id,
        org_id=org_id,
        subject="message.failed",
        message=event,
        aggregate_id=message_id,
        version=REFUSED_VERSION,
        event_time=now,
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
) -> tuple[str, pb.MessageEvent]:
    """What became of a claimed message, with the tail of its subject (`message.sent`)."""
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
