"""A neighbour that speaks identity's contract."""

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import accounts_pb2, registrations_pb2, resets_pb2
from portico.identity.v1 import resources_pb2 as identity_res
from portico.identity.v1.accounts_pb2_grpc import AccountsInternalServiceServicer, AccountsServiceServicer
from portico.identity.v1.login_users_pb2_grpc import LoginUsersInternalServiceServicer
from portico.identity.v1.registrations_pb2_grpc import RegistrationsInternalServiceServicer
from portico.identity.v1.resets_pb2_grpc import ResetsInternalServiceServicer
from portico.notifications.v1.requests_pb2 import RenderMessageResponse
from portico.notifications.v1.requests_pb2_grpc import RequestsInternalServiceServicer
from portico.notifications.v1.resources_pb2 import Channel, Message
from portico_errors.identity import AccountNotFound, ResetLimitReached

from chassis.errors import ServiceError
from chassis.status import DETAILS, status_code, to_status


@dataclass
class FakeIdentity(
    AccountsServiceServicer,
    AccountsInternalServiceServicer,
    LoginUsersInternalServiceServicer,
    RegistrationsInternalServiceServicer,
    ResetsInternalServiceServicer,
):
    """Knows what a test tells it of, usernames of families and names of staff, and remembers what it was asked for."""

    accounts: dict[str, str] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    tickets: list[registrations_pb2.IssueContactTicketRequest] = field(default_factory=list)
    resets: dict[str, resets_pb2.SendFamilyPasswordResetRequest] = field(default_factory=dict)
    exhausted: set[str] = field(default_factory=set)
    noted: list[tuple[str, str]] = field(default_factory=list)

    def forget(self) -> None:
        """Knows nobody any more: one neighbour serves all tests of a worker, in any order."""
        vars(self).update(vars(FakeIdentity()))

    async def IssueContactTicket(self, request: Any, context: Any) -> registrations_pb2.IssueContactTicketResponse:
        self.tickets.append(request)
        return registrations_pb2.IssueContactTicketResponse(contact_ticket=f"ticket for {request.contact}")

    async def GetMyAccount(self, request: Any, context: Any) -> identity_res.Account:
        return identity_res.Account(username="me@agency.example")

    async def BatchGetColleagues(self, request: Any, context: Any) -> accounts_pb2.BatchGetColleaguesResponse:
        raise NotImplementedError  # of the pages' concern

    async def ListColleagues(self, request: Any, context: Any) -> accounts_pb2.ListColleaguesResponse:
        raise NotImplementedError  # of the pages' concern

    async def LookUpFamily(self, request: Any, context: Any) -> accounts_pb2.LookUpFamilyResponse:
        return accounts_pb2.LookUpFamilyResponse(exists=request.username in self.accounts.values())

    async def GetFamilyAccount(self, request: Any, context: Any) -> identity_res.Account:
        if request.account_id not in self.accounts:
            await _refuse(context, AccountNotFound())
        return identity_res.Account(id=request.account_id, username=self.accounts[request.account_id])

    async def NoteFamilyContact(self, request: Any, context: Any) -> Empty:
        self.noted.append((request.account_id, request.contact))
        return Empty()

    async def GetStaff(self, request: Any, context: Any) -> identity_res.Colleague:
        if request.account_id not in self.staff:
            await _refuse(context, AccountNotFound())
        return identity_res.Colleague(id=request.account_id, display_name=self.staff[request.account_id])

    async def SendFamilyPasswordReset(self, request: Any, context: Any) -> Empty:
        if request.account_id in self.exhausted:
            await _refuse(context, ResetLimitReached())
        self.resets[request.request_id] = request
        return Empty()

    async def ProvisionAccount(self, request: Any, context: Any) -> identity_res.Account:
        raise NotImplementedError  # of casemanager's concern

    DisableAccount = ResendAccountActivation = SendAccountPasswordReset = ProvisionAccount


class FakeNotifications(RequestsInternalServiceServicer):
    """Shows a message as its values."""

    async def RenderMessage(self, request: Any, context: Any) -> RenderMessageResponse:
        values = request.values
        text = f"{values['guardian_name']}: {values['link']} {values['code']} {values['application_number']}"
        is_email = request.channel == Channel.EMAIL
        return RenderMessageResponse(
            subject=request.template if is_email else "", text=text, segment_count=0 if is_email else 2
        )

    async def SendMessage(self, request: Any, context: Any) -> Message:
        raise NotImplementedError  # it is asked by events


async def _refuse(context: grpc.aio.ServicerContext[Any, Any], error: ServiceError) -> None:
    status = to_status(error, service="identity", language="en", trace_id="")
    await context.abort(status_code(error), error.message, ((DETAILS, status.SerializeToString()),))
