"""A company on the wire."""

from uuid import UUID

from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import TEXTS, Company, CompanyUpdate
from casemanager.shared.contacts import normalised
from casemanager.shared.names import checked_name
from casemanager.shared.patches import written_fields
from chassis.wire import timestamp


def company_message(company: Company) -> res.Company:
    """A company as the contract shows it."""
    return res.Company(
        id=str(company.id),
        status=res.Company.Status.ValueType(company.status),
        responsible_staff_id=str(company.responsible_staff_id or ""),
        create_time=timestamp(company.create_time),
        update_time=timestamp(company.update_time),
        **{name: getattr(company, name) for name in TEXTS},
    )


def company_update(request: pb.UpdateCompanyRequest, *, country: str) -> CompanyUpdate:
    """What to write of a company; raises ContactInvalid, or InvalidArgument for its name."""
    known = (*TEXTS, "responsible_staff_id")
    written = written_fields(request.company, request.update_mask, known=known)
    staff_id = written.pop("responsible_staff_id", None)
    texts = normalised(written, country=country, message="company")
    if "name" in texts:
        texts["name"] = checked_name(texts["name"], field="company.name")
    return CompanyUpdate(
        texts=texts,
        sets_responsible=staff_id is not None,
        responsible_staff_id=UUID(staff_id) if staff_id else None,
    )
