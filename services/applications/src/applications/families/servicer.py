"""A family's own applications, over all organizations."""

from uuid import UUID

from portico.applications.v1 import families_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.families_pb2_grpc import FamiliesServiceServicer

from applications.families.usecases import get_my_application, list_my_applications
from applications.families.wire import family_message
from applications.shared.deps import Deps
from applications.shared.positions import NEWEST, moment_at, position_at
from chassis.call import current_call
from chassis.interceptor import Context

_PAGE = 50


class FamiliesServicer(FamiliesServiceServicer):
    """For families."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def ListMyApplications(
        self, request: pb.ListMyApplicationsRequest, context: Context
    ) -> pb.ListMyApplicationsResponse:
        call, size, token, pages = (
            current_call(),
            request.page_size or _PAGE,
            request.page_token,
            self._deps.page_tokens,
        )
        bound_to = f"my applications {call.account_id}"
        before = moment_at(pages.decode(token, bound_to=bound_to)) if token else NEWEST
        found = await list_my_applications(self._deps, call, before=before, limit=size + 1)
        page = pb.ListMyApplicationsResponse(applications=map(family_message, found[:size]))
        if len(found) > size:
            last = found[size - 1].application
            page.next_page_token = pages.encode(position_at(last.create_time, last.id), bound_to=bound_to)
        return page

    async def GetMyApplication(self, request: pb.GetMyApplicationRequest, context: Context) -> res.FamilyApplication:
        application_id = UUID(request.application_id)
        return family_message(await get_my_application(self._deps, current_call(), application_id=application_id))
