"""Organizations, for everybody who has to do with them."""

from collections.abc import Mapping

from portico.identity.v1 import organizations_pb2
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.organizations_pb2_grpc import OrganizationsServiceServicer

from chassis.call import current_call
from chassis.errors import FieldViolation, InvalidArgument
from chassis.interceptor import Context
from identity.organizations import usecases as organizations
from identity.organizations.deps import Deps
from identity.organizations.domain import OWN_SETTINGS
from identity.organizations.events import organization_message


class OrganizationsServicer(OrganizationsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganization(
        self, request: organizations_pb2.GetOrganizationRequest, context: Context
    ) -> res.Organization:
        return organization_message(await organizations.get_organization(self._deps, slug=request.slug))

    async def FindOrganizations(
        self, request: organizations_pb2.FindOrganizationsRequest, context: Context
    ) -> organizations_pb2.FindOrganizationsResponse:
        found = await organizations.find_organizations(self._deps, query=request.query)
        return organizations_pb2.FindOrganizationsResponse(
            organizations=(
                organizations_pb2.FoundOrganization(slug=each.slug, name=each.name) for each in found.organizations
            ),
            has_more=found.has_more,
        )

    async def GetMyOrganization(
        self, request: organizations_pb2.GetMyOrganizationRequest, context: Context
    ) -> res.Organization:
        return organization_message(await organizations.load_organization(self._deps, org_id=current_call().org_id))

    async def UpdateOrganization(
        self, request: organizations_pb2.UpdateOrganizationRequest, context: Context
    ) -> res.Organization:
        call = current_call()
        return await organizations.update_organization(self._deps, call, org_id=call.org_id, written=_written(request))


def _written(request: organizations_pb2.UpdateOrganizationRequest) -> Mapping[str, str]:
    """What to change, by field; InvalidArgument for one that cannot be changed."""
    patch = request.organization
    for path in request.update_mask.paths:
        if path not in OWN_SETTINGS:
            wrong = FieldViolation(
                field="update_mask", reason="FIELD_UNKNOWN", description=f"{path!r} cannot be changed"
            )
            raise InvalidArgument(violations=[wrong])
    paths = request.update_mask.paths or [name for name in OWN_SETTINGS if getattr(patch, name)]
    values = {path: getattr(patch, path) for path in paths}
    return {path: str(value).lower() if isinstance(value, bool) else value for path, value in values.items()}
