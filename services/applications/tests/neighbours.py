"""A neighbour that speaks identity's contract."""

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import resources_pb2 as identity_res
from portico.identity.v1 import service_pb2 as identity_pb
from portico.identity.v1.service_pb2_grpc import IdentityInternalServiceServicer

from chassis.errors import Exhausted, NotFound, ServiceError
from chassis.status import DETAILS, status_code, to_status


class ResetLimitReached(Exhausted):
    reason = "RESET_LIMIT_REACHED"
    message = "Three resets were sent within an hour."


class AccountNotFound(NotFound):
    reason = "ACCOUNT_NOT_FOUND"
    message = "No such login."


@dataclass
class FakeIdentity(IdentityInternalServiceServicer):
    """Knows the family accounts that a test tells it of, and remembers what it was asked for."""

    accounts: dict[str, str] = field(default_factory=dict)
    tickets: list[identity_pb.IssueContactTicketRequest] = field(default_factory=list)
    resets: dict[str, identity_pb.SendFamilyPasswordResetRequest] = field(default_factory=dict)
    exhausted: set[str] = field(default_factory=set)

    async def IssueContactTicket(self, request: Any, context: Any) -> identity_pb.IssueContactTicketResponse:
        self.tickets.append(request)
        return identity_pb.IssueContactTicketResponse(contact_ticket=f"ticket for {request.contact}")

    async def LookUpFamily(self, request: Any, context: Any) -> identity_pb.LookUpFamilyResponse:
        return identity_pb.LookUpFamilyResponse(exists=request.username in self.accounts.values())

    async def GetFamilyAccount(self, request: Any, context: Any) -> identity_res.Account:
        if request.account_id not in self.accounts:
            await _refuse(context, AccountNotFound())
        return identity_res.Account(id=request.account_id, username=self.accounts[request.account_id])

    async def SendFamilyPasswordReset(self, request: Any, context: Any) -> Empty:
        if request.account_id in self.exhausted:
            await _refuse(context, ResetLimitReached())
        self.resets[request.request_id] = request
        return Empty()

    async def ProvisionAccount(self, request: Any, context: Any) -> identity_res.Account:
        raise NotImplementedError  # of casemanager's concern


async def _refuse(context: grpc.aio.ServicerContext[Any, Any], error: ServiceError) -> None:
    status = to_status(error, service="identity", language="en", trace_id="")
    await context.abort(status_code(error), error.message, ((DETAILS, status.SerializeToString()),))
