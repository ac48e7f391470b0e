"""What happens in casemanager, as others hear of it."""

from uuid import UUID

from portico.casemanager.v1 import events_pb2, resources_pb2

from casemanager.companies.storage import Company
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp


def company_message(company: Company) -> resources_pb2.Company:
    """A company as the contract shows it."""
    return resources_pb2.Company(id=str(company.id), name=company.name, create_time=timestamp(company.created_at))


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
        occurred_at=company.created_at,
    )
