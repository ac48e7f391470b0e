"""Links, as staff take them away and give them back, and help for a linked family with its password."""

from uuid import UUID

from portico.applications.v1 import links_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.links_pb2_grpc import LinksServiceServicer
from portico.identity.v1.resets_pb2 import SendFamilyPasswordResetRequest

from applications.application.aggregate import Guardians, source
from applications.application.domain.decision import Decision
from applications.links.domain import note_password_reset, undo_unlink, unlink
from applications.shared.deps import Deps
from applications.shared.wire import optional_id
from chassis.call import current_call
from chassis.interceptor import Context


class LinksServicer(LinksServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps, guardians: Guardians) -> None:
        self._deps = deps
        self._guardians = guardians

    async def UnlinkGuardian(self, request: pb.UnlinkGuardianRequest, context: Context) -> res.Application:
        which = source(self._deps, current_call(), UUID(request.application_id))
        return await self._guardians.change(which, unlink, optional_id(request.guardian_id))

    async def UndoUnlink(self, request: pb.UndoUnlinkRequest, context: Context) -> res.Application:
        which = source(self._deps, current_call(), UUID(request.application_id))
        return await self._guardians.change(which, undo_unlink, optional_id(request.guardian_id))

    async def SendPasswordReset(self, request: pb.SendPasswordResetRequest, context: Context) -> res.Application:
        call = current_call()
        # The same request id there as here: when the line could not be written, trying again sends nothing twice.
        request_id = call.request.request_id if call.request else self._deps.ids()

        async def send(decision: Decision) -> None:
            link = decision.guardian.link
            await self._deps.identity.SendFamilyPasswordReset(
                SendFamilyPasswordResetRequest(
                    request_id=str(request_id),
                    account_id=str(link and link.account_id),
                    actor_id=str(call.account_id),
                    actor_org_id=str(call.org_id),
                )
            )

        which = source(self._deps, call, UUID(request.application_id))
        guardian_id = optional_id(request.guardian_id)
        return await self._guardians.change(which, note_password_reset, guardian_id, effect=send)
