"""A family's own applications, over all organizations."""

from datetime import date
from functools import partial
from uuid import UUID

from portico.applications.v1 import families_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.families_pb2_grpc import FamiliesInternalServiceServicer, FamiliesServiceServicer

from applications.families.domain import BirthDate, Claim, NumberAndChild
from applications.families.storage import NEWEST_LINKED
from applications.families.usecases import check_knowledge, get_my_application, list_my_applications
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


class FamiliesInternalServicer(FamiliesInternalServiceServicer):
    """For identity."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CheckFamilyKnowledge(
        self, request: pb.CheckFamilyKnowledgeRequest, context: Context
    ) -> pb.CheckFamilyKnowledgeResponse:
        has_links, matches = await check_knowledge(self._deps, UUID(request.account_id), _claim_of(request))
        return pb.CheckFamilyKnowledgeResponse(has_links=has_links, matches=matches)


def _claim_of(request: pb.CheckFamilyKnowledgeRequest) -> Claim | None:
    """What somebody claims to know; None for nothing, and for what is no day of the calendar."""
    if request.HasField("number_and_child"):
        claimed = request.number_and_child
        return NumberAndChild(claimed.application_number, claimed.child_family_name)
    written = request.birth_date
    try:
        return BirthDate(date(written.year, written.month, written.day))
    except ValueError:
        return None
