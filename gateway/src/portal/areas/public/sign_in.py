"""Signing in and out, for families and for the people of an organization."""

from contextlib import suppress

from portico.identity.v1.organizations_pb2 import GetOrganizationRequest
from portico.identity.v1.resources_pb2 import Organization
from portico.identity.v1.sessions_pb2 import LoginRequest, LogoutRequest
from starlette.responses import Response

from chassis.errors import ServiceError, Unauthenticated
from portal.areas.public.usernames import family_username
from portal.core.context import FAMILY, PageContext, realm_path


async def organization_of(context: PageContext) -> Organization | None:
    """The organization whose page this is, from then on the page's own; None for the families. Raises NotFound."""
    slug = context.request.path_params.get("slug")
    if slug is None:
        return None
    organization = await context.services.identity.GetOrganization(GetOrganizationRequest(slug=slug))
    context.organization = organization
    return organization


def realm_of(context: PageContext) -> str:
    """The realm whose page this is."""
    return str(context.request.path_params.get("slug", FAMILY))


def username_of(context: PageContext) -> str:
    """Who the person says they are; identity reads a number with the organization's country."""
    return family_username(context) if realm_of(context) == FAMILY else context.form["username"]


async def show(context: PageContext) -> Response:
    """Username and password; somebody who is signed in already goes on."""
    organization = await organization_of(context)
    if context.session is not None and context.session.realm == realm_of(context):
        return context.redirect(context.next or context.home)
    return _form(context, organization)


async def sign_in(context: PageContext) -> Response:
    """Opens a session, and goes on to where the person was going."""
    organization = await organization_of(context)
    try:
        result = await context.services.identity.Login(
            LoginRequest(
                realm=realm_of(context),
                username=username_of(context),
                password=context.form.raw("password"),
                device_tokens=context.device_tokens,
            )
        )
    except ServiceError as error:
        if error.reason not in {"LOGIN_FAILED", "INVALID_REQUEST"}:
            raise
        context.form = context.form.refused(error, context.i18n)
        return _form(context, organization)
    await context.sign_in(result, organization)
    lost = context.lost_forms.opened(context.form["lost"], context.account_id)
    if lost and lost.is_typed:
        return context.render("public/lost_form.html", form_path=lost.path, lost=context.form["lost"])
    return context.redirect(lost.path if lost else context.next or context.home)


async def sign_out(context: PageContext) -> Response:
    """Ends the session here and at every service."""
    session = context.session
    if session is None:
        return context.redirect("/")
    with suppress(Unauthenticated):  # it had ended already
        await context.services.identity.Logout(LogoutRequest())
    context.sign_out()
    return context.redirect(context.next or f"{realm_path(session.realm)}/sign-in", flash="signed-out")


def _form(context: PageContext, organization: Organization | None) -> Response:
    return context.render(
        "sign_in.html",
        organization_name=organization.name if organization else "",
        realm=realm_path(realm_of(context)),
        next=context.next,
        lost=context.form["lost"],
    )
