"""Organizations, for the pages on which their people sign in."""

from portico.identity.v1 import organizations_pb2
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.organizations_pb2_grpc import OrganizationsServiceServicer

from chassis.interceptor import Context
from identity.organizations import usecases as organizations
from identity.organizations.deps import Deps
from identity.organizations.events import organization_message


class OrganizationsServicer(OrganizationsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganization(
        self, request: organizations_pb2.GetOrganizationRequest, context: Context
    ) -> res.Organization:
        return organization_message(await organizations.get_organization(self._deps, slug=request.slug))
