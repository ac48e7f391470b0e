"""The companies that a list can be narrowed to, and their units."""

from collections.abc import Sequence

from portico.casemanager.v1.business_units_pb2 import ListBusinessUnitsRequest
from portico.casemanager.v1.companies_pb2 import GetCompanyRequest, ListCompaniesRequest
from portico.casemanager.v1.resources_pb2 import BusinessUnit, Company

from chassis.errors import NotFound
from portal.core.context import PageContext

MAX_COMPANIES = 200
"""How many companies a filter offers; a company's page leads to what is of any."""


async def companies_to_choose(context: PageContext, chosen: str) -> Sequence[Company]:
    """Those that staff can choose, with the one that is."""
    found = (await context.services.casemanager.ListCompanies(ListCompaniesRequest(page_size=MAX_COMPANIES))).companies
    if not chosen or chosen in {company.id for company in found}:
        return found
    try:
        one = await context.services.casemanager.GetCompany(GetCompanyRequest(company_id=chosen))
    except NotFound:  # nothing is found either, and the list says so
        return found
    return [one, *found]


async def units_of(context: PageContext, company_id: str) -> Sequence[BusinessUnit]:
    """The units of a company by name."""
    found: list[BusinessUnit] = []
    request = ListBusinessUnitsRequest(page_size=200, company_id=company_id)
    while True:
        page = await context.services.casemanager.ListBusinessUnits(request)
        found += page.business_units
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token
