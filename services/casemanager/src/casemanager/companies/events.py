"""What happens in casemanager, as others hear of it."""

from uuid import UUID

from portico.casemanager.v1 import events_pb2

from casemanager.companies.domain import Company
from casemanager.companies.wire import company_message
from chassis.outbox import OutboxEvent


def company_created(company: Company, *, event_id: UUID) -> OutboxEvent:
    """Tells that a company was entered."""
    created = events_pb2.CompanyCreated(company=company_message(company))
    return OutboxEvent(
        id=event_id,
        org_id=company.org_id,
        subject="company.created",
        message=events_pb2.CompanyEvent(version=company.version, created=created),
        aggregate_id=company.id,
        version=company.version,
        event_time=company.create_time,
    )
