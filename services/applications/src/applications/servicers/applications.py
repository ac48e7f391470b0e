"""The RPCs of applications: for staff, for families, and for the other services."""

from uuid import UUID

from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1 import service_pb2 as pb
from portico.applications.v1.service_pb2_grpc import ApplicationsInternalServiceServicer, ApplicationsServiceServicer

from applications.domain.link_state import Action
from applications.positions import NEWEST, moment_at, position_at
from applications.servicers.reading import (
    answers_of,
    children_of,
    guardians_of,
    optional_id,
    optional_method,
    proof_of,
    search_of,
    update_of,
)
from applications.servicers.writing import (
    application_message,
    checked_message,
    entry_message,
    family_message,
)
from applications.storage.search import position_of
from applications.usecases import families, inviting, linking, lists, submitting
from applications.usecases.ports import Ports
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.paging import PageTokens

_PAGE, _TIMELINE_PAGE = 50, 100


class ApplicationsServicer(ApplicationsServiceServicer):
    """For staff, and for the families they serve."""

    def __init__(self, ports: Ports, page_tokens: PageTokens) -> None:
        self._ports = ports
        self._pages = page_tokens

    async def CreateApplication(self, request: pb.CreateApplicationRequest, context: Context) -> res.Application:
        return await submitting.create_application(
            self._ports,
            current_call(),
            guardians=guardians_of(request),
            children=children_of(request),
            answers=answers_of(request.answers),
            reply=application_message,
            reply_type=res.Application,
        )

    async def GetApplication(self, request: pb.GetApplicationRequest, context: Context) -> res.Application:
        application, now = await submitting.get_application(
            self._ports, org_id=current_call().org_id, application_id=UUID(request.application_id)
        )
        return application_message(application, now)

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Context
    ) -> pb.ListApplicationsResponse:
        call, search, size = current_call(), search_of(request), request.page_size or _PAGE
        filters = (request.query, sorted(request.link_states), sorted(request.statuses), request.order_by)
        bound_to = f"applications {call.org_id} {filters}"
        after = self._pages.decode(request.page_token, bound_to=bound_to) if request.page_token else []
        if search is None:
            return pb.ListApplicationsResponse()
        found, now = await lists.list_applications(self._ports, call, search, after=after, most=size + 1)
        page = pb.ListApplicationsResponse(applications=[application_message(each, now) for each in found[:size]])
        if len(found) > size:
            page.next_page_token = self._pages.encode(position_of(found[size - 1], search.sort), bound_to=bound_to)
        return page

    async def UpdateGuardian(self, request: pb.UpdateGuardianRequest, context: Context) -> res.Application:
        return await submitting.update_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            update_=update_of(request),
            reply=application_message,
            reply_type=res.Application,
        )

    async def InviteGuardian(self, request: pb.InviteGuardianRequest, context: Context) -> res.Application:
        return await self._invite(request, Action.INVITE)

    async def ReinviteGuardian(self, request: pb.ReinviteGuardianRequest, context: Context) -> res.Application:
        return await self._invite(request, Action.REINVITE)

    async def _invite(
        self, request: pb.InviteGuardianRequest | pb.ReinviteGuardianRequest, label: Action
    ) -> res.Application:
        return await inviting.invite_guardian(
            self._ports,
            current_call(),
            label=label,
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            method=optional_method(request.method),
            reply=application_message,
            reply_type=res.Application,
        )

    async def RevokeInvitation(self, request: pb.RevokeInvitationRequest, context: Context) -> res.Application:
        return await inviting.revoke_invitation(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def UnlinkGuardian(self, request: pb.UnlinkGuardianRequest, context: Context) -> res.Application:
        return await linking.unlink_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def UndoUnlink(self, request: pb.UndoUnlinkRequest, context: Context) -> res.Application:
        return await linking.undo_unlink_of_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def SendPasswordReset(self, request: pb.SendPasswordResetRequest, context: Context) -> res.Application:
        return await linking.send_password_reset(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def ListTimelineEntries(
        self, request: pb.ListTimelineEntriesRequest, context: Context
    ) -> pb.ListTimelineEntriesResponse:
        call, size = current_call(), request.page_size or _TIMELINE_PAGE
        bound_to = f"timeline {call.org_id} {request.application_id}"
        token = request.page_token
        found = await lists.list_timeline(
            self._ports,
            call,
            application_id=UUID(request.application_id),
            before=moment_at(self._pages.decode(token, bound_to=bound_to)) if token else NEWEST,
            most=size + 1,
        )
        page = pb.ListTimelineEntriesResponse(entries=map(entry_message, found[:size]))
        if len(found) > size:
            last = found[size - 1]
            page.next_page_token = self._pages.encode(position_at(last.event_time, last.id), bound_to=bound_to)
        return page

    async def CheckInvitation(self, request: pb.CheckInvitationRequest, context: Context) -> pb.CheckInvitationResponse:
        return checked_message(await families.check_invitation(self._ports, current_call(), proof_of(request.proof)))

    async def ClaimInvitation(self, request: pb.ClaimInvitationRequest, context: Context) -> pb.ClaimInvitationResponse:
        ticket = await families.claim_invitation(self._ports, current_call(), proof_of(request.proof))
        return pb.ClaimInvitationResponse(contact_ticket=ticket.contact_ticket, expire_time=ticket.expire_time)

    async def AcceptInvitation(self, request: pb.AcceptInvitationRequest, context: Context) -> res.FamilyApplication:
        return await families.accept_invitation(
            self._ports,
            current_call(),
            proof_of(request.proof),
            reply=family_message,
            reply_type=res.FamilyApplication,
        )

    async def ResendInvitation(
        self, request: pb.ResendInvitationRequest, context: Context
    ) -> pb.ResendInvitationResponse:
        await families.resend_invitation(self._ports, current_call(), proof_of(request.proof))
        return pb.ResendInvitationResponse()

    async def ListMyApplications(
        self, request: pb.ListMyApplicationsRequest, context: Context
    ) -> pb.ListMyApplicationsResponse:
        call, size, token = current_call(), request.page_size or _PAGE, request.page_token
        bound_to = f"my applications {call.account_id}"
        before = moment_at(self._pages.decode(token, bound_to=bound_to)) if token else NEWEST
        found = await families.list_my_applications(self._ports, call, before=before, most=size + 1)
        page = pb.ListMyApplicationsResponse(applications=map(family_message, found[:size]))
        if len(found) > size:
            last = found[size - 1].application
            page.next_page_token = self._pages.encode(position_at(last.create_time, last.id), bound_to=bound_to)
        return page

    async def GetMyApplication(self, request: pb.GetMyApplicationRequest, context: Context) -> res.FamilyApplication:
        view = await families.get_my_application(
            self._ports, current_call(), application_id=UUID(request.application_id)
        )
        return family_message(view)


class ApplicationsInternalServicer(ApplicationsInternalServiceServicer):
    """For the other services."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def GetOrganizationApplication(
        self, request: pb.GetOrganizationApplicationRequest, context: Context
    ) -> res.Application:
        application, now = await submitting.get_application(
            self._ports, org_id=UUID(request.org_id), application_id=UUID(request.application_id)
        )
        return application_message(application, now)
