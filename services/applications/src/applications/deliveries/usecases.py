"""What is learnt of the messages that carry invitations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from applications.application.domain.timeline import Kind
from applications.deliveries.domain import MESSAGE_STATES, DeliveryStatus, Report, report_of
from applications.deliveries.storage.many import NOTE_REPORTS, Line, Newest, report_params
from applications.deliveries.storage.single import ADD_LINE, ADVANCE, NOTE_DELIVERY
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One report about the message of an invitation; `reason` are the provider's words."""

    invitation_id: UUID
    message_version: int
    status: DeliveryStatus
    reason: str
    event_time: datetime


async def note_reports(tx: Executor, reports: Iterable[Told], *, ids: Ids, org_id: UUID, batch_id: UUID) -> None:
    """Writes down what became of messages of a batch; of each the newest report counts.

    A message that was taken back takes its invitation with it, if that is still open.
    """
    newest: dict[UUID, Newest] = {}
    lines: list[Line] = []
    for told in reports:
        report, known = report_of(told.status, told.reason), newest.get(told.invitation_id)
        if known is None or known.message_version < told.message_version:
            newest[told.invitation_id] = Newest(
                invitation_id=told.invitation_id,
                message_version=told.message_version,
                message_state=MESSAGE_STATES[told.status],
                failure_reason=report.failure_reason,
                revokes=told.status is DeliveryStatus.SUPERSEDED,
                event_time=told.event_time,
            )
        # That a message waits is told by none of a thousand lines.
        if report.kind not in {None, Kind.MESSAGE_QUEUED}:
            lines.append(_line(told, report, id=ids()))
    params = report_params(list(newest.values()), lines)
    await tx.run(NOTE_REPORTS, org_id=org_id, batch_id=batch_id, **params)


def _line(told: Told, report: Report, *, id: UUID) -> Line:  # noqa: A002
    assert report.kind is not None  # noqa: S101 (else there is no line)
    return Line(
        invitation_id=told.invitation_id,
        entry_id=id,
        kind=report.kind,
        detail=report.detail,
        event_time=told.event_time,
    )
