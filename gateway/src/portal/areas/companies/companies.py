"""Staff find companies by name, and add one."""

from urllib.parse import urlencode

from portico.casemanager.v1.companies_pb2 import CreateCompanyRequest, ListCompaniesRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.companies import labels
from portal.core.context import PageContext
from portal.core.paging import forward_ways

LIST = "/companies"
PAGE = 50


async def show(context: PageContext) -> Response:
    """The table by name; where a page has nothing any more, the first one."""
    request = ListCompaniesRequest(page_size=PAGE, page_token=context.query("page"))
    found = await context.services.casemanager.ListCompanies(request)
    if context.query("page") and not found.companies:
        return context.redirect(LIST)
    return context.render(
        "companies/companies.html",
        labels=labels,
        found=found,
        ways=forward_ways(context, found.next_page_token, _address),
    )


async def ask(context: PageContext) -> Response:
    """Its name; the rest is filled in on its page."""
    return context.render("companies/new.html")


async def create(context: PageContext) -> Response:
    """Adds it, and shows it."""
    request = CreateCompanyRequest(request_id=context.form["request_id"], name=context.form["name"])
    try:
        company = await context.services.casemanager.CreateCompany(request)
    except ServiceError as error:
        if error.reason not in {"COMPANY_NAME_TAKEN", "INVALID_REQUEST"}:
            raise
        context.form = context.form.refused(error, context.i18n, about="name")
        return await ask(context)
    return context.redirect(f"{LIST}/{company.id}", flash="company-created")


def _address(**changes: str) -> str:
    return f"{LIST}?{urlencode(changes)}" if changes else LIST
