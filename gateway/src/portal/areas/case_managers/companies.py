"""The companies to which case managers belong, and the names of their units."""

from collections.abc import Iterable, Mapping, Sequence

from portico.casemanager.v1.companies_pb2 import GetCompanyRequest, ListCompaniesRequest
from portico.casemanager.v1.resources_pb2 import Company

from chassis.tasks import together
from portal.core.companies import units_of
from portal.core.context import PageContext

MAX_COMPANIES = 1000
"""How many a form offers; who looks for another one begins on that company's page."""
_PAGE = 200


async def companies_of(context: PageContext, *, limit: int = MAX_COMPANIES) -> Sequence[Company]:
    """The companies of the organization by name, at most `limit` of them."""
    found: list[Company] = []
    request = ListCompaniesRequest(page_size=_PAGE)
    while True:
        page = await context.services.casemanager.ListCompanies(request)
        found += page.companies
        if not page.next_page_token or len(found) >= limit:
            return found[:limit]
        request.page_token = page.next_page_token


async def company_of(context: PageContext, company_id: str) -> Company:
    """One of them; raises CompanyNotFound."""
    return await context.services.casemanager.GetCompany(GetCompanyRequest(company_id=company_id))


async def unit_names(context: PageContext, company_ids: Iterable[str]) -> Mapping[str, str]:
    """The names of all units of some companies, by id."""
    found = await together(*(units_of(context, company_id) for company_id in sorted({*company_ids})))
    return {unit.id: unit.name for units in found for unit in units}
