"""Staff add a case manager: first the company, then who it is."""

from portico.casemanager.v1.case_managers_pb2 import CreateCaseManagerRequest
from portico.casemanager.v1.resources_pb2 import Company
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.case_managers.companies import MAX_COMPANIES, companies_of, company_of
from portal.areas.case_managers.fields import ABOUT, choices, patch_of
from portal.areas.case_managers.search import LIST
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.person_logins import holder_of


async def ask(context: PageContext) -> Response:
    """The company, where there are several; then the empty form, or what was typed before."""
    if company_id := context.form["company_id"] or context.query("company"):
        return await _page(context, await company_of(context, company_id))
    found = await companies_of(context)
    active = [company for company in found if company.status == Company.ACTIVE]
    if len(active) == 1:
        return await _page(context, active[0])
    return context.render(
        "case_managers/choose_company.html",
        companies=[(company.id, company.name) for company in active],
        has_companies=bool(found),
        has_more=len(found) == MAX_COMPANIES,
    )


async def create(context: PageContext) -> Response:
    """Adds the person, and shows the profile; what is wrong stands beside its field."""
    request = CreateCaseManagerRequest(
        request_id=context.form["request_id"],
        company_id=context.form["company_id"],
        case_manager=patch_of(context.form),
    )
    try:
        person = await context.services.casemanager.CreateCaseManager(request)
    except ServiceError as error:
        if error.reason not in ABOUT or not context.form["company_id"]:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        company = await company_of(context, context.form["company_id"])
        return await _page(context, company, taken_by=await holder_of(context, error))
    return context.redirect(f"{LIST}/{person.id}", flash="case-manager-created")


async def _page(context: PageContext, company: Company, *, taken_by: str = "") -> Response:
    """`taken_by`: who has the email address already."""
    if not context.form.values:
        context.form = Form({"language": context.i18n.language})
    return context.render(
        "case_managers/new.html",
        company=company,
        is_active=company.status == Company.ACTIVE,
        taken_by=taken_by,
        **await choices(context, company.id),
    )
