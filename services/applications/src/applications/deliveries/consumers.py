"""What notifications reports about our messages."""

from collections.abc import Iterator
from datetime import UTC

from portico.notifications.v1.events_pb2 import MessageEvent, MessageEvents

from applications.application.messages import invitation_in
from applications.batches.messages import batch_in
from applications.deliveries.domain import DeliveryStatus, report_of
from applications.deliveries.usecases import Told, note_report, note_reports
from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.envelope import Incoming
from chassis.ids import Ids


def subscribe(consumers: Consumers, ids: Ids) -> None:
    """A message's every report has its line."""

    async def on_message(event: MessageEvent, incoming: Incoming, tx: Executor) -> None:
        # What is about something else is no concern of ours.
        if (invitation_id := invitation_in(event.reference)) is not None:
            await note_report(
                tx,
                report_of(*_status_of(event)),
                ids=ids,
                org_id=incoming.org_id,
                invitation_id=invitation_id,
                message_version=event.version,
                event_time=incoming.event_time,
            )

    async def on_messages(events: MessageEvents, incoming: Incoming, tx: Executor) -> None:
        if (batch_id := batch_in(events.group)) is not None:
            await note_reports(tx, _told(events), ids=ids, org_id=incoming.org_id, batch_id=batch_id)

    consumers.every("NOTIFICATIONS", MessageEvent, on_message)
    consumers.every("NOTIFICATIONS", MessageEvents, on_messages)


def _told(events: MessageEvents) -> Iterator[Told]:
    for event in events.events:
        if (invitation_id := invitation_in(event.reference)) is not None:
            status, reason = _status_of(event)
            yield Told(
                invitation_id=invitation_id,
                message_version=event.version,
                status=status,
                reason=reason,
                event_time=event.event_time.ToDatetime(UTC),
            )


def _status_of(event: MessageEvent) -> tuple[DeliveryStatus, str]:
    match event.WhichOneof("event"):
        case "queued" | None:  # an event without a variant is not handed to a handler
            return DeliveryStatus.QUEUED, ""
        case "sent":
            return DeliveryStatus.SENT, ""
        case "delivered":
            return DeliveryStatus.DELIVERED, ""
        case "failed":
            return DeliveryStatus.RETRIED if event.failed.retrying else DeliveryStatus.FAILED, event.failed.reason
        case "suppressed":
            return DeliveryStatus.SUPPRESSED, event.suppressed.reason
        case "cancelled":
            return DeliveryStatus.TOO_LATE if event.cancelled.reason == "TOO_LATE" else DeliveryStatus.SUPERSEDED, ""
