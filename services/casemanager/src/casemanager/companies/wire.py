"""A company on the wire."""

from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import Company
from chassis.wire import timestamp


def company_message(company: Company) -> res.Company:
    """A company as the contract shows it."""
    return res.Company(id=str(company.id), name=company.name, create_time=timestamp(company.create_time))
