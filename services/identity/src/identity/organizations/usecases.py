"""Finding an organization, and changing what it shows of itself."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from portico.identity.v1 import resources_pb2 as res
from portico_errors.identity import OrganizationNotFound

from chassis.aggregate import Source
from chassis.call import FAMILY_ORG, Call
from identity.organizations.aggregate import organizations
from identity.organizations.deps import Deps
from identity.organizations.domain import Organization
from identity.organizations.profile import change_settings
from identity.organizations.search import Found, find
from identity.organizations.storage import ORGANIZATION_BY_ID


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


async def find_organizations(deps: Deps, *, query: str) -> Found:
    """The listed organizations that somebody may mean, as they were within the last minute; raises as `find`."""
    return find(await deps.organizations.listed(), query)


async def load_organization(deps: Deps, *, org_id: UUID) -> Organization:
    """The organization as it is now, whatever is remembered; raises `OrganizationNotFound`."""
    organization = await deps.database.first(ORGANIZATION_BY_ID, org_id=org_id)
    if organization is None:
        raise OrganizationNotFound()
    return organization


async def update_organization(deps: Deps, call: Call, *, org_id: UUID, written: Mapping[str, str]) -> res.Organization:
    """Changes those of `SETTINGS` that are written; this process shows it at once, the others within a minute.

    Raises `OrganizationNotFound`, or `InvalidArgument` with every field that is wrong.
    """
    source = Source(call, org_id, partial(load_organization, deps, org_id=org_id))
    updated = await organizations(deps).change(source, change_settings, written)
    deps.organizations.forget(org_id)
    return updated
