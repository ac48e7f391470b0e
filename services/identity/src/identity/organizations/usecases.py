"""Finding an organization."""

from uuid import UUID

from portico_errors.identity import OrganizationNotFound

from chassis.call import FAMILY_ORG
from identity.organizations.deps import Deps
from identity.organizations.domain import Organization


async def organization_of(deps: Deps, org_id: UUID) -> Organization:
    """The organization; raises `OrganizationNotFound`."""
    organization = await deps.organizations.by_id(org_id)
    if organization is None:
        raise OrganizationNotFound()
    return organization


async def get_organization(deps: Deps, *, slug: str) -> Organization:
    """The organization with this slug; raises `OrganizationNotFound`, also for the reserved one of the families."""
    organization = await deps.organizations.by_slug(slug)
    if organization is None or organization.org_id == FAMILY_ORG:
        raise OrganizationNotFound()
    return organization
