"""Where somebody signs in: the organization is looked for by a part of its name, or sent to an email address."""

from collections.abc import Sequence

from portico.identity.v1.organizations_pb2 import (
    FindOrganizationsRequest,
    FindOrganizationsResponse,
    FoundOrganization,
    GetOrganizationRequest,
)
from portico.identity.v1.reminders_pb2 import SendMyOrganizationsRequest
from starlette.responses import Response

from chassis.errors import InvalidArgument, NotFound, ServiceError
from portal.core.context import PageContext, realm_path
from portal.core.forms import Form


async def choose(context: PageContext) -> Response:
    """Family or organization? With a part of an organization's name: those that may be meant."""
    if "query" not in context.request.query_params:
        return _page(context)
    context.form = Form({"query": context.query("query")})
    try:
        found = await _found(context, context.form["query"])
    except InvalidArgument as error:
        context.form = context.form.refused(error, context.i18n)
        return _page(context)
    return _page(context, found)


async def send_mine(context: PageContext) -> Response:
    """Has the sign-ins of an email address sent to it; the page says the same whoever it is."""
    email = context.form["email"]
    try:
        await context.services.identity.SendMyOrganizations(SendMyOrganizationsRequest(email=email))
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        context.form = context.form.refused(error, context.i18n)
        return _page(context)
    return context.render("public/sent_organizations.html", email=email)


async def _found(context: PageContext, query: str) -> FindOrganizationsResponse:
    """What was found; who knows the whole short name gets there also where it is not listed, or too short."""
    try:
        found = await context.services.identity.FindOrganizations(FindOrganizationsRequest(query=query))
    except InvalidArgument:
        if known := await _of_slug(context, query):
            return FindOrganizationsResponse(organizations=known)
        raise
    return found if found.organizations else FindOrganizationsResponse(organizations=await _of_slug(context, query))


async def _of_slug(context: PageContext, query: str) -> Sequence[FoundOrganization]:
    slug = query.lower()
    if not realm_path(slug):
        return []
    try:
        known = await context.services.identity.GetOrganization(GetOrganizationRequest(slug=slug))
    except NotFound:
        return []
    return [FoundOrganization(slug=known.slug, name=known.name)]


def _page(context: PageContext, found: FindOrganizationsResponse | None = None) -> Response:
    return context.render("public/choose.html", next=context.next, found=found)
