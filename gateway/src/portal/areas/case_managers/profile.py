"""A case manager's profile: what is written of them, and whether they are in service."""

from dataclasses import replace

from portico.casemanager.v1.case_managers_pb2 import (
    ActivateCaseManagerRequest,
    DeactivateCaseManagerRequest,
    GetCaseManagerRequest,
    UpdateCaseManagerRequest,
)
from portico.casemanager.v1.resources_pb2 import CaseManager, Company
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.case_managers import labels
from portal.areas.case_managers.companies import companies_of
from portal.areas.case_managers.fields import ABOUT, choices, form_of, mask, patch_of
from portal.areas.case_managers.search import LIST
from portal.core.context import PageContext
from portal.core.person_logins import holder_of, said_of_login

NOT_ACTIVATED = frozenset({"COMPANY_INACTIVE", "USERNAME_TAKEN", "DEPENDENCY_UNAVAILABLE"})


async def load(context: PageContext) -> CaseManager:
    """The person of the address."""
    request = GetCaseManagerRequest(case_manager_id=context.param("case_manager_id"))
    return await context.services.casemanager.GetCaseManager(request)


def ids(context: PageContext) -> dict[str, str]:
    """The person of the address, and the form's request id."""
    return {"request_id": context.form["request_id"], "case_manager_id": context.param("case_manager_id")}


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed before stays."""
    person = await load(context)
    if not context.form.values:
        context.form = form_of(person)
    return await _page(context, person)


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too."""
    form = context.form
    request = UpdateCaseManagerRequest(
        **ids(context), case_manager=patch_of(form), update_mask=mask(form), etag=form["etag"]
    )
    try:
        await context.services.casemanager.UpdateCaseManager(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await _page(context, await load(context), taken_by=await holder_of(context, error))
    return context.redirect(_address(context), flash="case-manager-saved")


async def ask_deactivation(context: PageContext) -> Response:
    """What follows, before it is done."""
    return context.render("case_managers/deactivate.html", person=await load(context))


async def deactivate(context: PageContext) -> Response:
    """Takes the person out of service, and their login with them."""
    try:
        await context.services.casemanager.DeactivateCaseManager(DeactivateCaseManagerRequest(**ids(context)))
    except ServiceError as error:
        if error.reason != "DEPENDENCY_UNAVAILABLE":
            raise
        return context.redirect(_address(context), flash=error.reason)
    return context.redirect(
        _address(context), flash="case-manager-deactivated", ids=(context.param("case_manager_id"),)
    )


async def activate(context: PageContext) -> Response:
    """Puts the person back into service, with the login that went with them; or says why that cannot be."""
    try:
        await context.services.casemanager.ActivateCaseManager(ActivateCaseManagerRequest(**ids(context)))
    except ServiceError as error:
        if error.reason not in NOT_ACTIVATED:
            raise
        person, refused = await load(context), context.form.refused(error, context.i18n)
        context.form = replace(refused, values=form_of(person).values)
        if words := said_of_login(context, error):
            context.form = replace(context.form, problem=words)
        return await _page(context, person, taken_by=await holder_of(context, error))
    return context.redirect(_address(context), flash="case-manager-activated")


async def _page(context: PageContext, person: CaseManager, *, taken_by: str = "") -> Response:
    """`taken_by`: who has the address already."""
    offered, companies = await together(choices(context, person.company_id), companies_of(context))
    open_to = {company.id: company.name for company in companies if company.status == Company.ACTIVE}
    return context.render(
        "case_managers/details.html",
        labels=labels,
        person=person,
        companies=[*({person.company_id: person.company_name} | open_to).items()],
        taken_by=taken_by,
        creator=dict(offered["colleagues"]).get(person.created_by, "") if person.created_by else "",
        **offered,
    )


def _address(context: PageContext) -> str:
    return f"{LIST}/{context.param('case_manager_id')}"
