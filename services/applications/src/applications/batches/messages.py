"""What batches ask notifications for."""

from datetime import datetime
from uuid import UUID

from portico.notifications.v1.events_pb2 import GroupWithdrawal

from applications.batches.domain.batch import Batch
from chassis.outbox import OutboxEvent


def group_of(batch_id: UUID) -> str:
    """How the messages of a batch are recognised."""
    return f"batches/{batch_id}"


def batch_in(group: str) -> UUID | None:
    """The batch that messages belong to; None when they belong to something else."""
    kind, _, written = group.partition("/")
    try:
        return UUID(written) if kind == "batches" else None
    except ValueError:
        return None


def group_withdrawal(batch: Batch, *, id: UUID, now: datetime) -> OutboxEvent:  # noqa: A002
    """That no message of a batch may go out any more."""
    return OutboxEvent(
        id=id,
        org_id=batch.org_id,
        subject="notification.group_withdrawn",
        message=GroupWithdrawal(group=group_of(batch.id)),
        aggregate_id=batch.id,
        version=batch.version,
        event_time=now,
    )
