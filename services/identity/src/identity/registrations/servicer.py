"""Families making an account of their own."""

from portico.identity.v1 import registrations_pb2 as pb
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.registrations_pb2_grpc import (
    RegistrationsInternalServiceServicer,
    RegistrationsServiceServicer,
)

from chassis.call import current_call
from chassis.interceptor import Context
from chassis.wire import timestamp
from identity.registrations import usecases as families
from identity.sessions.deps import Deps
from identity.sessions.tokens import ContactTicket


class RegistrationsServicer(RegistrationsServiceServicer):
    """For people."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def RegisterFamily(self, request: pb.RegisterFamilyRequest, context: Context) -> res.SignInResult:
        return await families.register_family(
            self._deps,
            current_call(),
            contact_ticket=request.contact_ticket,
            password=request.password,
            display_name=request.display_name,
            language=request.language,
        )


class RegistrationsInternalServicer(RegistrationsInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def IssueContactTicket(
        self, request: pb.IssueContactTicketRequest, context: Context
    ) -> pb.IssueContactTicketResponse:
        ticket = ContactTicket(contact=request.contact, display_name=request.display_name, language=request.language)
        signed, expire_time = await families.issue_contact_ticket(self._deps, ticket=ticket)
        return pb.IssueContactTicketResponse(contact_ticket=signed, expire_time=timestamp(expire_time))
