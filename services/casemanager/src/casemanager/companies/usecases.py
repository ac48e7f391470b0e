"""Reading companies."""

from uuid import UUID

from portico_errors.casemanager import CompanyNotFound

from casemanager.companies.domain import Company
from casemanager.companies.storage import LOAD_COMPANY
from casemanager.shared.deps import Deps


async def load_company(deps: Deps, *, org_id: UUID, company_id: UUID) -> Company:
    """The company; CompanyNotFound for another organization's."""
    company = await deps.database.first(LOAD_COMPANY, org_id=org_id, id=company_id)
    if company is None:
        raise CompanyNotFound()
    return company
