"""What happens to companies, as others hear of it: no name, no contact."""

from uuid import UUID

from portico.casemanager.v1 import events_pb2

from casemanager.companies.domain import TEXTS, Company
from casemanager.companies.wire import company_message
from chassis.outbox import OutboxEvent


def company_event(company: Company, *, event_id: UUID) -> OutboxEvent:
    """Tells that a company was entered or changed."""
    message = company_message(company)
    for name in TEXTS:
        setattr(message, name, "")
    event = events_pb2.CompanyEvent(version=company.version)
    if company.version == 1:
        event.created.company.CopyFrom(message)
    else:
        event.updated.company.CopyFrom(message)
    return OutboxEvent(
        id=event_id,
        org_id=company.org_id,
        subject=f"company.{event.WhichOneof('event')}",
        message=event,
        aggregate_id=company.id,
        version=company.version,
        event_time=company.update_time,
    )
