"""Staff find companies by name, and add one."""

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.companies_pb2 import CreateCompanyRequest, ListCompaniesRequest
from portico.casemanager.v1.resources_pb2 import Company
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.companies import labels
from portal.core.context import PageContext
from portal.core.paging import first_row, numbered_ways

LIST = "/companies"
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which companies are looked for, as it stands in the address; empty: all."""

    query: str = ""
    status: str = ""

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; a status that there is not is passed over."""
        status = context.query("status")
        return cls(query=context.query("query")[:100], status=status if status in labels.STATUSES else "")

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than all."""
        return bool(self.query or self.status)

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        query = urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})
        return f"{LIST}?{query}" if query else LIST

    def fields(self) -> dict[str, Any]:
        """The same for the request of the contract."""
        return {"query": self.query, "status": Company.Status.Value(self.status) if self.status else None}


async def show(context: PageContext) -> Response:
    """The table by name; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    request = ListCompaniesRequest(page_size=PAGE, page_token=context.query("page"), **chosen.fields())
    found = await context.services.casemanager.ListCompanies(request)
    if context.query("page") and not found.companies:
        return context.redirect(chosen.address())
    i18n, first, count = context.i18n, first_row(context, found), len(found.companies)
    return context.render(
        "companies/companies.html",
        labels=labels,
        found=found,
        chosen=chosen,
        first=first,
        ways=numbered_ways(found, chosen.address, i18n, first=first, count=count, page_size=PAGE),
        status_options=[(value, i18n(said), value == chosen.status, None) for value, said in labels.ANY_STATUS.items()],
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
