"""A family's own applications, over all organizations."""

from functools import partial
from uuid import UUID

from portico.applications.v1 import families_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.families_pb2_grpc import FamiliesServiceServicer

from applications.families.storage import NEWEST_LINKED
from applications.families.usecases import get_my_application, list_my_applications
from applications.families.wire import family_message
from applications.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context


class FamiliesServicer(FamiliesServiceServicer):
    """For families."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListMyApplications(
        self, request: pb.ListMyApplicationsRequest, context: Context
    ) -> pb.ListMyApplicationsResponse:
        account_id = current_call().account_id
        fetch = partial(list_my_applications, self._deps, account_id)
        page = await self._deps.pager.page(request, account_id, NEWEST_LINKED, fetch)
        return pb.ListMyApplicationsResponse(
            applications=map(family_message, page.items), next_page_token=page.next_token
        )

    async def GetMyApplication(self, request: pb.GetMyApplicationRequest, context: Context) -> res.FamilyApplication:
        application_id = UUID(request.application_id)
        return family_message(await get_my_application(self._deps, current_call(), application_id=application_id))
