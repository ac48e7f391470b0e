"""What staff do about the logins of case managers."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from portico.casemanager.v1 import case_manager_logins_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.case_manager_logins_pb2_grpc import CaseManagerLoginsServiceServicer
from portico.identity.v1 import login_users_pb2 as identity
from portico_errors import identity as theirs
from portico_errors.casemanager import ActionNotAllowed, ResetLimitReached

from casemanager.case_manager_logins import domain
from casemanager.case_manager_logins.usecases import new_offer
from casemanager.case_managers.domain import Change
from casemanager.case_managers.usecases import change_case_manager
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context


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
        async def send(change: Change) -> None:
            await self._deps.identity.ResendAccountActivation(
                identity.ResendAccountActivationRequest(**self._ids(change))
            )

        person_id, decide = UUID(request.case_manager_id), domain.resend_activation
        with _refusals():
            return await change_case_manager(self._deps, current_call(), person_id, decide, None, effect=send)

    async def SendCaseManagerPasswordReset(
        self, request: pb.SendCaseManagerPasswordResetRequest, context: Context
    ) -> res.CaseManager:
        async def send(change: Change) -> None:
            await self._deps.identity.SendAccountPasswordReset(
                identity.SendAccountPasswordResetRequest(**self._ids(change))
            )

        person_id, decide = UUID(request.case_manager_id), domain.send_password_reset
        with _refusals():
            return await change_case_manager(self._deps, current_call(), person_id, decide, None, effect=send)

    def _ids(self, change: Change) -> dict[str, str]:
        """Whom identity is asked about: with our caller's request id, so that trying again sends nothing twice."""
        request = current_call().request
        request_id = request.request_id if request else self._deps.ids()
        return {
            "request_id": str(request_id),
            "org_id": str(change.person.org_id),
            "person_id": str(change.person.id),
        }


@contextmanager
def _refusals() -> Iterator[None]:
    """What identity refuses, in our words: it may know more than has been heard here."""
    try:
        yield
    except theirs.ActionNotAllowed as refused:
        raise ActionNotAllowed(refused.message, metadata=refused.metadata) from None
    except theirs.ResetLimitReached as refused:
        raise ResetLimitReached(retry_after=refused.retry_after) from None
