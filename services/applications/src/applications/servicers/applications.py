"""The RPCs of applications: for staff, for families, and for the other services."""

from collections.abc import Sequence
from uuid import UUID

from portico.applications.v1 import (
    applications_pb2,
    claims_pb2,
    families_pb2,
    intake_pb2,
    invitations_pb2,
    links_pb2,
    search_pb2,
    timeline_pb2,
)
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.applications_pb2_grpc import (
    ApplicationsInternalServiceServicer,
    ApplicationsServiceServicer,
)
from portico.applications.v1.claims_pb2_grpc import ClaimsServiceServicer
from portico.applications.v1.families_pb2_grpc import FamiliesServiceServicer
from portico.applications.v1.intake_pb2_grpc import IntakeServiceServicer
from portico.applications.v1.invitations_pb2_grpc import InvitationsServiceServicer
from portico.applications.v1.links_pb2_grpc import LinksServiceServicer
from portico.applications.v1.search_pb2_grpc import SearchServiceServicer
from portico.applications.v1.timeline_pb2_grpc import TimelineServiceServicer

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
    """Applications that are there: staff look at them and correct them."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def GetApplication(
        self, request: applications_pb2.GetApplicationRequest, context: Context
    ) -> res.Application:
        application, now = await submitting.get_application(
            self._ports, org_id=current_call().org_id, application_id=UUID(request.application_id)
        )
        return application_message(application, now)

    async def UpdateGuardian(
        self, request: applications_pb2.UpdateGuardianRequest, context: Context
    ) -> res.Application:
        return await submitting.update_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            update_=update_of(request),
            reply=application_message,
            reply_type=res.Application,
        )


class ApplicationsInternalServicer(ApplicationsInternalServiceServicer):
    """What the other services ask of applications."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def GetOrganizationApplication(
        self, request: applications_pb2.GetOrganizationApplicationRequest, context: Context
    ) -> res.Application:
        application, now = await submitting.get_application(
            self._ports, org_id=UUID(request.org_id), application_id=UUID(request.application_id)
        )
        return application_message(application, now)


class IntakeServicer(IntakeServiceServicer):
    """Applications coming in."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def CreateApplication(
        self, request: intake_pb2.CreateApplicationRequest, context: Context
    ) -> res.Application:
        return await submitting.create_application(
            self._ports,
            current_call(),
            guardians=guardians_of(request),
            children=children_of(request),
            answers=answers_of(request.answers),
            reply=application_message,
            reply_type=res.Application,
        )


class SearchServicer(SearchServiceServicer):
    """Finding applications."""

    def __init__(self, ports: Ports, page_tokens: PageTokens) -> None:
        self._ports = ports
        self._pages = page_tokens

    async def ListApplications(
        self, request: search_pb2.ListApplicationsRequest, context: Context
    ) -> search_pb2.ListApplicationsResponse:
        call, search, size = current_call(), search_of(request), request.page_size or _PAGE
        filters = (request.query, sorted(request.link_states), sorted(request.statuses), request.order_by)
        bound_to = f"applications {call.org_id} {filters}"
        after = self._pages.decode(request.page_token, bound_to=bound_to) if request.page_token else []
        if search is None:
            return search_pb2.ListApplicationsResponse()
        found, now = await lists.list_applications(self._ports, call, search, after=after, most=size + 1)
        page = search_pb2.ListApplicationsResponse(
            applications=[application_message(each, now) for each in found[:size]]
        )
        if len(found) > size:
            page.next_page_token = self._pages.encode(position_of(found[size - 1], search.sort), bound_to=bound_to)
        return page


class InvitationsServicer(InvitationsServiceServicer):
    """Invitations, as staff send and withdraw them."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def _invite(
        self, request: invitations_pb2.InviteGuardianRequest | invitations_pb2.ReinviteGuardianRequest, label: Action
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

    async def InviteGuardian(self, request: invitations_pb2.InviteGuardianRequest, context: Context) -> res.Application:
        return await self._invite(request, Action.INVITE)

    async def ReinviteGuardian(
        self, request: invitations_pb2.ReinviteGuardianRequest, context: Context
    ) -> res.Application:
        return await self._invite(request, Action.REINVITE)

    async def RevokeInvitation(
        self, request: invitations_pb2.RevokeInvitationRequest, context: Context
    ) -> res.Application:
        return await inviting.revoke_invitation(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )


class LinksServicer(LinksServiceServicer):
    """The bond between a guardian and a family account, as staff take it away and give it back."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def UnlinkGuardian(self, request: links_pb2.UnlinkGuardianRequest, context: Context) -> res.Application:
        return await linking.unlink_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def UndoUnlink(self, request: links_pb2.UndoUnlinkRequest, context: Context) -> res.Application:
        return await linking.undo_unlink_of_guardian(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )

    async def SendPasswordReset(self, request: links_pb2.SendPasswordResetRequest, context: Context) -> res.Application:
        return await linking.send_password_reset(
            self._ports,
            current_call(),
            application_id=UUID(request.application_id),
            guardian_id=optional_id(request.guardian_id),
            reply=application_message,
            reply_type=res.Application,
        )


class ClaimsServicer(ClaimsServiceServicer):
    """What somebody who holds an invitation does with it."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def CheckInvitation(
        self, request: claims_pb2.CheckInvitationRequest, context: Context
    ) -> claims_pb2.CheckInvitationResponse:
        return checked_message(await families.check_invitation(self._ports, current_call(), proof_of(request.proof)))

    async def ClaimInvitation(
        self, request: claims_pb2.ClaimInvitationRequest, context: Context
    ) -> claims_pb2.ClaimInvitationResponse:
        ticket = await families.claim_invitation(self._ports, current_call(), proof_of(request.proof))
        return claims_pb2.ClaimInvitationResponse(contact_ticket=ticket.contact_ticket, expire_time=ticket.expire_time)

    async def AcceptInvitation(
        self, request: claims_pb2.AcceptInvitationRequest, context: Context
    ) -> res.FamilyApplication:
        return await families.accept_invitation(
            self._ports,
            current_call(),
            proof_of(request.proof),
            reply=family_message,
            reply_type=res.FamilyApplication,
        )

    async def ResendInvitation(
        self, request: claims_pb2.ResendInvitationRequest, context: Context
    ) -> claims_pb2.ResendInvitationResponse:
        await families.resend_invitation(self._ports, current_call(), proof_of(request.proof))
        return claims_pb2.ResendInvitationResponse()


class TimelineServicer(TimelineServiceServicer):
    """What happened to an application."""

    def __init__(self, ports: Ports, page_tokens: PageTokens) -> None:
        self._ports = ports
        self._pages = page_tokens

    async def ListTimelineEntries(
        self, request: timeline_pb2.ListTimelineEntriesRequest, context: Context
    ) -> timeline_pb2.ListTimelineEntriesResponse:
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
        page = timeline_pb2.ListTimelineEntriesResponse(entries=map(entry_message, found[:size]))
        if len(found) > size:
            last = found[size - 1]
            page.next_page_token = self._pages.encode(position_at(last.event_time, last.id), bound_to=bound_to)
        return page


class FamiliesServicer(FamiliesServiceServicer):
    """A family's own applications, over all organizations."""

    def __init__(self, ports: Ports, page_tokens: PageTokens) -> None:
        self._ports = ports
        self._pages = page_tokens

    async def ListMyApplications(
        self, request: families_pb2.ListMyApplicationsRequest, context: Context
    ) -> families_pb2.ListMyApplicationsResponse:
        call, size, token = current_call(), request.page_size or _PAGE, request.page_token
        bound_to = f"my applications {call.account_id}"
        before = moment_at(self._pages.decode(token, bound_to=bound_to)) if token else NEWEST
        found = await families.list_my_applications(self._ports, call, before=before, most=size + 1)
        page = families_pb2.ListMyApplicationsResponse(applications=map(family_message, found[:size]))
        if len(found) > size:
            last = found[size - 1].application
            page.next_page_token = self._pages.encode(position_at(last.create_time, last.id), bound_to=bound_to)
        return page

    async def GetMyApplication(
        self, request: families_pb2.GetMyApplicationRequest, context: Context
    ) -> res.FamilyApplication:
        view = await families.get_my_application(
            self._ports, current_call(), application_id=UUID(request.application_id)
        )
        return family_message(view)


def servicers(ports: Ports, page_tokens: PageTokens) -> Sequence[object]:
    """One for each gRPC service of applications."""
    return [
        ApplicationsServicer(ports),
        ApplicationsInternalServicer(ports),
        IntakeServicer(ports),
        SearchServicer(ports, page_tokens),
        InvitationsServicer(ports),
        LinksServicer(ports),
        ClaimsServicer(ports),
        TimelineServicer(ports, page_tokens),
        FamiliesServicer(ports, page_tokens),
    ]
