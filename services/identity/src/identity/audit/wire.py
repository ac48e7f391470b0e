"""The audit on the wire, and as a file."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from portico.identity.v1 import audit_pb2 as pb

from chassis.errors import FieldViolation, InvalidArgument
from chassis.exports import Format
from chassis.exports.cells import Cell
from chassis.exports.export import Export
from chassis.wire import timestamp
from identity.audit.storage import AuditEvent, Filter
from identity.shared.audit.domain import Action

EXPORT = Export(
    title="Audit",
    header=(
        *("Time (UTC)", "Action", "Outcome", "Count", "Login", "Username", "Login id"),
        *("By", "By username", "By id", "Address", "Device"),
    ),
)


def audit_event_message(event: AuditEvent) -> pb.AuditEvent:
    """One line, with the names of its people."""
    return pb.AuditEvent(
        id=str(event.id),
        event_time=timestamp(event.event_time),
        action=pb.AuditEvent.Action.Value(event.action.name),
        outcome=pb.AuditEvent.Outcome.Value(event.outcome),
        # What happened to the organization itself happened to nobody.
        subject=_person(event.subject_id, event.subject_name, event.subject_username) if _is_of_login(event) else None,
        actor=_person(event.actor_id, event.actor_name, event.actor_username),
        address=event.address,
        user_agent=event.user_agent,
        count=event.count,
    )


def audit_row(event: AuditEvent, format_: Format) -> Sequence[Cell]:
    """The same, below the header of EXPORT."""
    return (
        # As it always stood in CSV, which programs read, too.
        event.event_time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if format_ is Format.CSV else event.event_time,
        event.action.name,
        event.outcome,
        event.count,
        *(event.subject_name or "", event.subject_username or ""),
        str(event.subject_id) if _is_of_login(event) else "",
        *(event.actor_name or "", event.actor_username or "", str(event.actor_id or "")),
        event.address,
        event.user_agent,
    )


def filter_of(request: pb.ListAuditEventsRequest | pb.ExportAuditEventsRequest, zone: ZoneInfo) -> Filter:
    """What is asked for, its days those of the zone; InvalidArgument for a day that no calendar has."""
    start, end = _day(request.start_date, "start_date"), _day(request.end_date, "end_date")
    return Filter(
        actor_id=UUID(request.actor_id) if request.actor_id else None,
        subject_id=UUID(request.subject_id) if request.subject_id else None,
        actions=[Action(pb.AuditEvent.Action.Name(action)) for action in request.actions],
        outcome=pb.AuditEvent.Outcome.Name(request.outcome) if request.outcome else None,
        start_time=datetime.combine(start, time.min, zone) if start else None,
        end_time=datetime.combine(end + timedelta(days=1), time.min, zone) if end and end < date.max else None,
    )


def _day(written: str, field: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        violation = FieldViolation(field=field, reason="DATE_INVALID", description="is in no calendar")
        raise InvalidArgument(f"{field}: is in no calendar", violations=[violation]) from None


def _is_of_login(event: AuditEvent) -> bool:
    return event.subject_id is not None and event.action is not Action.ORGANIZATION_UPDATED


def _person(account_id: UUID | None, name: str | None, username: str | None) -> pb.AuditedPerson | None:
    if account_id is None:
        return None
    return pb.AuditedPerson(account_id=str(account_id), display_name=name or "", username=username or "")
