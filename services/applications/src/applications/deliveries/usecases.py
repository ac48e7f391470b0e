"""What is learnt of the messages that carry invitations."""

from datetime import datetime
from uuid import UUID

from applications.deliveries.domain import Report
from applications.deliveries.storage import ADD_LINE, ADVANCE, NOTE_DELIVERY
from chassis.db import Executor
from chassis.ids import Ids


async def note_report(
    tx: Executor,
    report: Report,
    *,
    ids: Ids,
    org_id: UUID,
    invitation_id: UUID,
    message_version: int,
    event_time: datetime,
) -> None:
    """Writes down what became of an invitation's message; the newest report decides whether it is undeliverable."""
    is_newest = await tx.run(ADVANCE, org_id=org_id, invitation_id=invitation_id, message_version=message_version)
    if is_newest and report.failure_reason is not None:
        await tx.run(
            NOTE_DELIVERY,
            org_id=org_id,
            invitation_id=invitation_id,
            reason=report.failure_reason,
            failure_time=event_time if report.failure_reason else None,
            event_time=event_time,
        )
    if report.kind is not None:
        await tx.run(
            ADD_LINE,
            org_id=org_id,
            invitation_id=invitation_id,
            event_time=event_time,
            entry_id=ids(),
            kind=report.kind,
            detail=report.detail,
        )
