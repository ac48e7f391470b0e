"""What staff do about the logins of specialists."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import specialist_logins_pb2 as pb
from portico.casemanager.v1.specialist_logins_pb2_grpc import SpecialistLoginsServiceServicer

from casemanager.logins.usecases import resend_activation, send_password_reset
from casemanager.shared.deps import Deps
from casemanager.specialist_logins import domain
from casemanager.specialists.domain import Change, Specialist
from casemanager.specialists.usecases import change_specialist
from chassis.call import current_call
from chassis.interceptor import Context

Decide = Callable[[Specialist, None, datetime], Change]
Send = Callable[[Deps, UUID, UUID], Awaitable[None]]


class SpecialistLoginsServicer(SpecialistLoginsServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def EnableSpecialistLogin(self, request: pb.EnableSpecialistLoginRequest, context: Context) -> res.Specialist:
        return await self._changed(request.specialist_id, domain.enable)

    async def DisableSpecialistLogin(
        self, request: pb.DisableSpecialistLoginRequest, context: Context
    ) -> res.Specialist:
        return await self._changed(request.specialist_id, domain.disable)

    async def ResendSpecialistActivation(
        self, request: pb.ResendSpecialistActivationRequest, context: Context
    ) -> res.Specialist:
        return await self._changed(request.specialist_id, domain.resend_activation, resend_activation)

    async def SendSpecialistPasswordReset(
        self, request: pb.SendSpecialistPasswordResetRequest, context: Context
    ) -> res.Specialist:
        return await self._changed(request.specialist_id, domain.send_password_reset, send_password_reset)

    async def _changed(self, specialist_id: str, decide: Decide, send: Send | None = None) -> res.Specialist:
        call, person_id = current_call(), UUID(specialist_id)

        async def effect(_: Change) -> None:
            if send is not None:
                await send(self._deps, call.org_id, person_id)

        return await change_specialist(self._deps, call, person_id, decide, None, effect=effect)
