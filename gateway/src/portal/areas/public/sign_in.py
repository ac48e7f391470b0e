"""Signing in and out, for families and for the people of an organization."""

from contextlib import suppress
from urllib.parse import urlencode

from portico.identity.v1.resources_pb2 import Organization
from portico.identity.v1.service_pb2 import GetOrganizationRequest, LoginRequest, LogoutRequest
from starlette.responses import Response

from chassis.errors import ServiceError, Unauthenticated
from portal.core.context import FAMILY, HOMES, Visit, realm_path


async def organization_of(visit: Visit) -> Organization | None:
    """The organization whose page this is; None on a page of the families. Raises NotFound."""
    slug = visit.request.path_params.get("slug")
    if slug is None:
        return None
    return await visit.services.identity.GetOrganization(GetOrganizationRequest(slug=slug))


def realm_of(visit: Visit) -> str:
    """The realm whose page this is."""
    return str(visit.request.path_params.get("slug", FAMILY))


async def choose(visit: Visit) -> Response:
    """Family or organization? With an organization's short name: to its own page."""
    slug = visit.query("organization").lower()
    if slug:
        query = f"?{urlencode({'next': visit.next})}" if visit.next else ""
        return visit.go(f"{realm_path(slug)}/sign-in{query}") if realm_path(slug) else visit.not_found()
    return visit.show("public/choose.html", next=visit.next)


async def show(visit: Visit) -> Response:
    """Username and password; somebody who is signed in already goes on."""
    organization = await organization_of(visit)
    if visit.session is not None and visit.session.realm == realm_of(visit):
        return visit.go(visit.next or HOMES[visit.session.role])
    return _form(visit, organization)


async def sign_in(visit: Visit) -> Response:
    """Opens a session, and goes on to where the person was going."""
    organization = await organization_of(visit)
    request = LoginRequest(realm=realm_of(visit), username=visit.form["username"], password=visit.form.raw("password"))
    try:
        tokens = await visit.services.identity.Login(request)
    except ServiceError as error:
        if error.reason not in {"LOGIN_FAILED", "INVALID_REQUEST"}:
            raise
        visit.form = visit.form.refused(error, visit.words)
        return _form(visit, organization)
    session = visit.sign_in(tokens, organization)
    return visit.go(visit.next or HOMES[session.role])


async def sign_out(visit: Visit) -> Response:
    """Ends the session here and at every service."""
    session = visit.session
    if session is None:
        return visit.go("/")
    with suppress(Unauthenticated):  # it had ended already
        await visit.services.identity.Logout(LogoutRequest())
    visit.sign_out()
    return visit.go(visit.next or f"{realm_path(session.realm)}/sign-in", notice="signed-out")


def _form(visit: Visit, organization: Organization | None) -> Response:
    return visit.show(
        "public/sign_in.html", organization=organization, realm=realm_path(realm_of(visit)), next=visit.next
    )
