"""Applications to work on, entered the way staff enter them."""

import asyncio
from collections.abc import Sequence

import grpc
from portico.applications.v1.intake_pb2 import CreateApplicationRequest, NewGuardian
from portico.applications.v1.invitations_pb2 import ReinviteGuardianRequest
from portico.applications.v1.resources_pb2 import Application, Child
from portico.applications.v1.stub import ApplicationsStub

from local_stack.certificates import Certificate
from tests.load.generator import FRESH

_AT_ONCE = 16


def email_of(number: int) -> str:
    """The address of a family."""
    return f"family-{number}@example.org"


async def entered(address: str, client: Certificate, token: str, count: int) -> list[str]:
    """The ids of so many new applications, each with an open invitation; family `n` is at `email_of(n)`."""
    credentials = grpc.ssl_channel_credentials(
        client.authority.read_bytes(), client.key.read_bytes(), client.certificate.read_bytes()
    )
    options = [("grpc.ssl_target_name_override", "applications")]
    turn = asyncio.Semaphore(_AT_ONCE)
    async with grpc.aio.secure_channel(address, credentials, options) as channel:
        create = ApplicationsStub(channel).CreateApplication

        async def enter(number: int) -> str:
            guardian = NewGuardian(given_name="Lucía", family_name="Morales", email=email_of(number), language="es")
            request = CreateApplicationRequest(guardians=[guardian], children=[Child(given_name="Mateo")])
            async with turn:
                application: Application = await create(request, metadata=(("authorization", f"Bearer {token}"),))
            return application.id

        return await asyncio.gather(*(enter(number) for number in range(count)))


def reinvitations(application_ids: Sequence[str]) -> list[ReinviteGuardianRequest]:
    """A new invitation for each, by a request that none has made before."""
    return [ReinviteGuardianRequest(request_id=FRESH.decode(), application_id=one) for one in application_ids]
