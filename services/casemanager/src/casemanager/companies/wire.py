"""A company on the wire."""

from uuid import UUID

from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import IDS, TEXTS, Company, CompanyUpdate
from casemanager.shared.contacts import normalised
from casemanager.shared.names import checked_name
from casemanager.shared.patches import written_fields
from chassis.wire import timestamp


def company_message(company: Company) -> res.Company:
    """A company as the contract shows it."""
    return res.Company(
        id=str(company.id),
        status=res.Company.Status.ValueType(company.status),
        create_time=timestamp(company.create_time),
        update_time=timestamp(company.update_time),
        etag=str(company.version),
        **{name: getattr(company, name) for name in TEXTS},
        **{name: str(getattr(company, name) or "") for name in IDS},
    )


def company_update(request: pb.UpdateCompanyRequest, *, country: str) -> CompanyUpdate:
    """What to write of a company; raises ContactInvalid, or InvalidArgument for its name."""
    written = written_fields(request.company, request.update_mask, known=(*TEXTS, *IDS))
    ids = {name: UUID(written[name]) if written[name] else None for name in IDS if name in written}
    written = {name: text for name, text in written.items() if name not in IDS}
    texts = normalised(written, country=country, message="company")
    if "name" in texts:
        texts["name"] = checked_name(texts["name"], field="company.name")
    return CompanyUpdate(texts=texts, ids=ids)
