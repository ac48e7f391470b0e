"""Invitations, as staff send and withdraw them."""

from uuid import UUID

from portico.applications.v1 import invitations_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.invitations_pb2_grpc import InvitationsServiceServicer

from applications.application.aggregate import Guardians, source
from applications.application.domain.link_state import Action
from applications.application.keys import new_keys
from applications.application.wire import optional_method
from applications.invitations.domain import Invite, Revoke, invite, revoke
from applications.shared.deps import Deps
from applications.shared.wire import optional_id
from chassis.call import current_call
from chassis.interceptor import Context


class InvitationsServicer(InvitationsServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps, guardians: Guardians) -> None:
        self._deps = deps
        self._guardians = guardians

    async def InviteGuardian(self, request: pb.InviteGuardianRequest, context: Context) -> res.Application:
        return await self._invite(request, Action.INVITE)

    async def ReinviteGuardian(self, request: pb.ReinviteGuardianRequest, context: Context) -> res.Application:
        return await self._invite(request, Action.REINVITE)

    async def RevokeInvitation(self, request: pb.RevokeInvitationRequest, context: Context) -> res.Application:
        which = source(self._deps, current_call(), UUID(request.application_id))
        return await self._guardians.change(which, revoke, Revoke(guardian_id=optional_id(request.guardian_id)))

    async def _invite(
        self, request: pb.InviteGuardianRequest | pb.ReinviteGuardianRequest, label: Action
    ) -> res.Application:
        call = current_call()
        command = Invite(
            label=label,
            invitation_id=self._deps.ids(),
            keys=new_keys(self._deps, call.org_id),
            guardian_id=optional_id(request.guardian_id),
            method=optional_method(request.method),
        )
        which = source(self._deps, call, UUID(request.application_id))
        return await self._guardians.change(which, invite, command)
