"""Finding an organization."""

from uuid import UUID

from chassis.call import FAMILY_ORG
from identity.domain.errors import OrganizationNotFound
from identity.organizations.deps import Ports
from identity.organizations.domain import Organization


async def organization_of(ports: Ports, org_id: UUID) -> Organization:
    """The organization; raises `OrganizationNotFound`."""
    organization = await ports.organizations.by_id(org_id)
    if organization is None:
        raise OrganizationNotFound()
    return organization


async def get_organization(ports: Ports, *, slug: str) -> Organization:
    """The organization with this slug; raises `OrganizationNotFound`, also for the reserved one of the families."""
    organization = await ports.organizations.by_slug(slug)
    if organization is None or organization.org_id == FAMILY_ORG:
        raise OrganizationNotFound()
    return organization
