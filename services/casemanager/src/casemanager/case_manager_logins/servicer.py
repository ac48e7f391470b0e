"""What staff do about the logins of case managers."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from portico.casemanager.v1 import case_manager_logins_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.case_manager_logins_pb2_grpc import CaseManagerLoginsServiceServicer

from casemanager.case_manager_logins import domain
from casemanager.case_manager_logins.usecases import new_offer
from casemanager.case_managers.domain import CaseManager, Change
from casemanager.case_managers.usecases import change_case_manager
from casemanager.logins.usecases import resend_activation, send_password_reset
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context

Decide = Callable[[CaseManager, None, datetime], Change]
Send = Callable[[Deps, UUID, UUID], Awaitable[None]]


class CaseManagerLoginsServicer(CaseManagerLoginsServiceServicer):
    """For staff."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def EnableCaseManagerLogin(
        self, request: pb.EnableCaseManagerLoginRequest, context: Context
    ) -> res.CaseManager:
        person_id = UUID(request.case_manager_id)
        return await change_case_manager(self._deps, current_call(), person_id, domain.enable, None)

    async def DisableCaseManagerLogin(
        self, request: pb.DisableCaseManagerLoginRequest, context: Context
    ) -> res.CaseManager:
        person_id = UUID(request.case_manager_id)
        return await change_case_manager(self._deps, current_call(), person_id, domain.disable, None)

    async def OfferCaseManagerLogin(
        self, request: pb.OfferCaseManagerLoginRequest, context: Context
    ) -> res.CaseManager:
        call, person_id = current_call(), UUID(request.case_manager_id)
        command = new_offer(self._deps, call.org_id, reason=request.reason)
        return await change_case_manager(self._deps, call, person_id, domain.offer, command)

    async def ResendCaseManagerActivation(
        self, request: pb.ResendCaseManagerActivationRequest, context: Context
    ) -> res.CaseManager:
        return await self._sent(request.case_manager_id, domain.resend_activation, resend_activation)

    async def SendCaseManagerPasswordReset(
        self, request: pb.SendCaseManagerPasswordResetRequest, context: Context
    ) -> res.CaseManager:
        return await self._sent(request.case_manager_id, domain.send_password_reset, send_password_reset)

    async def _sent(self, case_manager_id: str, decide: Decide, send: Send) -> res.CaseManager:
        call, person_id = current_call(), UUID(case_manager_id)

        async def effect(_: Change) -> None:
            await send(self._deps, call.org_id, person_id)

        return await change_case_manager(self._deps, call, person_id, decide, None, effect=effect)
