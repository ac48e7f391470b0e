"""What happens to reports, as others hear of it: ids and states, no name."""

from collections.abc import Sequence

from portico.casemanager.v1 import events_pb2

from casemanager.reports.domain.change import Change
from casemanager.reports.domain.report import Report
from casemanager.reports.wire import state_of
from casemanager.tasks.events import task_event
from chassis.aggregate import Act
from chassis.ids import Ids
from chassis.outbox import OutboxEvent


def events_of(change: Change, ids: Ids, act: Act) -> Sequence[OutboxEvent]:
    """What a change tells others: that a version was filed, or taken back; its booking tells what it comes to."""
    if change.decision is None:
        tasks = (*change.tasks.opened, *change.tasks.changed)
        return [task_event(task, event_id=ids(), now=act.now) for task in tasks]
    if change.before is None:
        return [report_event(change.report, "filed", ids, act)]
    return [report_event(change.report, "withdrawn", ids, act)] if change.report.is_withdrawn else []


def report_event(report: Report, what: str, ids: Ids, act: Act) -> OutboxEvent:
    """What happened to a version."""
    return OutboxEvent(
        id=ids(),
        org_id=report.org_id,
        subject=f"report.{what}",
        message=events_pb2.ReportEvent(
            version=report.version,
            report_id=str(report.id),
            booking_id=str(report.booking_id),
            state=state_of(report),
        ),
        aggregate_id=report.id,
        version=report.version,
        event_time=act.now,
    )
