"""The organization behind a page that only knows its realm."""

from portico.identity.v1.organizations_pb2 import GetOrganizationRequest
from portico.identity.v1.resources_pb2 import Organization

from chassis.errors import DeadlineExceeded, NotFound, Unavailable
from portal.core.context import PageContext


async def show_organization(context: PageContext, realm: str, name: str) -> None:
    """From now on the page is this organization's; with its name alone while identity cannot say more."""
    try:
        context.organization = await context.services.identity.GetOrganization(GetOrganizationRequest(slug=realm))
    except (NotFound, Unavailable, DeadlineExceeded):
        context.organization = Organization(name=name)
