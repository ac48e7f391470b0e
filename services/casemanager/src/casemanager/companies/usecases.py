"""Reading companies."""

from collections.abc import Sequence
from uuid import UUID

from portico_errors.casemanager import CompanyNotFound

from casemanager.companies.domain import Company
from casemanager.companies.storage import LIST_COMPANIES, LOAD_COMPANY
from casemanager.shared.deps import Deps
from chassis.pagination import Key


async def load_company(deps: Deps, *, org_id: UUID, company_id: UUID) -> Company:
    """The company; CompanyNotFound for another organization's."""
    company = await deps.database.first(LOAD_COMPANY, org_id=org_id, id=company_id)
    if company is None:
        raise CompanyNotFound()
    return company


async def list_companies(deps: Deps, org_id: UUID, after: tuple[Key, ...], limit: int) -> Sequence[Company]:
    """At most so many companies from after a position on, in the order of `COMPANIES_BY_NAME`."""
    return await deps.database.all(LIST_COMPANIES, org_id=org_id, after=after[0] if after else None, limit=limit)
