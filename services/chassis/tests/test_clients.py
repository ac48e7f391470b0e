"""What travels along to the next service, and what comes back."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import grpc
import pytest
from portico.casemanager.v1.companies_pb2 import GetOrganizationCompanyRequest
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.call import Call, Caller, Role, current_call, set_current_call
from chassis.clients import MARGIN, channel_credentials, open_channel
from chassis.errors import DeadlineExceeded, Unavailable
from chassis.interceptor import Interceptor, Limits, peer_name
from chassis.server import Server, server_credentials
from chassis.testing.eventually import eventually
from chassis.testing.grpc import HASHES, serving
from local_stack.certificates import development_certificates
from local_stack.ports import Ports

SERVICES = ("applications", "casemanager", "identity")


def request():
    return GetOrganizationCompanyRequest(org_id=str(uuid4()), company_id=str(uuid4()))


class Neighbour(CompaniesInternalServiceServicer):
    """Notes its calls; is slow for as long as `released` is not set."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.metadata: list[dict[str, str]] = []
        self.remaining: list[float] = []
        self.released = asyncio.Event()
        self.released.set()

    async def GetOrganizationCompany(self, request, context):
        self.calls.append(current_call())
        self.metadata.append(dict(context.invocation_metadata()))
        self.remaining.append(context.time_remaining())
        await self.released.wait()
        return Company(id=request.company_id)


@pytest.fixture
async def neighbour():
    return Neighbour()


@pytest.fixture
async def stub(neighbour, people):
    async with serving(neighbour, people=people) as address:
        channel = open_channel(address, server="", credentials=None)
        yield CasemanagerStub(channel)
        await channel.close()


def serve_call(people, *, role=Role.STAFF, seconds=2.0, states_client=False):
    """Pretends that this task serves a person's call with so much time left."""
    metadata = dict(people.metadata(role, org_id=uuid4()))
    call = Call(
        caller=Caller(language="es", address="203.0.113.7", user_agent="Telephone/1"),
        method="applications/Test",
        authorization=metadata["authorization"],
        deadline=asyncio.get_running_loop().time() + seconds,
        states_client=states_client,
    )
    set_current_call(call)


async def test_the_person_and_their_language_travel_along(stub, neighbour, people):
    """A service that is called by another knows the person behind it, verified by itself."""
    serve_call(people)
    await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
    [call] = neighbour.calls
    assert (Role.STAFF, "es", "applications") == (call.caller.role, call.caller.language, call.caller.service)


@pytest.mark.parametrize(("states_client", "told"), [(True, ["203.0.113.7", "Telephone/1"]), (False, [None, None])])
async def test_who_the_client_is_travels_along_from_the_portal_alone(stub, neighbour, people, states_client, told):
    """ID-10: the portal tells a service the client's address and device; a service that calls another does not."""
    serve_call(people, states_client=states_client)
    await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
    [metadata] = neighbour.metadata
    assert told == [metadata.get("x-portico-client-address"), metadata.get("x-portico-user-agent")]


async def test_deadlines_shrink(stub, neighbour, people):
    """Each hop keeps a margin of the time that it was given, so that it can still report a slow neighbour."""
    # Under a second: gRPC writes a longer time in tens of milliseconds, rounded up.
    serve_call(people, seconds=0.9)
    await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
    assert neighbour.remaining[0] <= 0.9 - MARGIN
    neighbour.released.clear()
    serve_call(people, seconds=0.3)
    with pytest.raises(DeadlineExceeded):
        await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))


async def test_no_time_left_is_no_call(stub, neighbour, people):
    """With no time left the neighbour is not even asked."""
    serve_call(people, seconds=MARGIN / 2)
    with pytest.raises(DeadlineExceeded):
        await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
    assert neighbour.calls == []


async def test_a_neighbour_that_comes_back_is_reached_again(neighbour, people):
    """OP-06: away is UNAVAILABLE and says no address; back, a new channel works at once and the old one soon."""
    port = Ports().take()
    channel = open_channel(f"127.0.0.1:{port}", server="", credentials=None)
    stub = CasemanagerStub(channel)
    with pytest.raises(Unavailable) as refused:
        await stub.GetOrganizationCompany(request())
    assert refused.value.reason == "DEPENDENCY_UNAVAILABLE"
    assert str(port) not in str(refused.value)
    async with serving(neighbour, people=people, listen=f"127.0.0.1:{port}"):
        # A channel that is new knows nothing of what failed before it.
        async with open_channel(f"127.0.0.1:{port}", server="", credentials=None) as new:
            await CasemanagerStub(new).GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
        assert len(neighbour.calls) == 1

        async def answered():
            try:
                return await stub.GetOrganizationCompany(request(), metadata=(("x-test-peer", "applications"),))
            except Unavailable:
                return None

        await eventually(answered)
    await channel.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return development_certificates(tmp_path_factory.mktemp("certificates"), SERVICES, now=datetime.now(UTC))


@pytest.fixture
async def server(neighbour, people):
    """That of casemanager; made where the loop is that it runs in."""
    interceptor = Interceptor(
        service="casemanager", peer=peer_name, verifier=people.verifier(), hashes=HASHES, limits=Limits()
    )
    server = Server(interceptor)
    server.add(neighbour)
    return server


@pytest.fixture
async def secured(server, certificates):
    """Its address, behind mutual TLS as in production."""
    own = certificates["casemanager"]
    credentials = server_credentials(ca=own.authority, cert=own.certificate, key=own.key)
    port = await server.start("127.0.0.1:0", credentials)
    yield f"127.0.0.1:{port}"
    await server.drain(0)


def connect(address, certificate, *, server="casemanager"):
    credentials = channel_credentials(ca=certificate.authority, cert=certificate.certificate, key=certificate.key)
    return open_channel(address, server=server, credentials=credentials)


async def test_the_certificate_says_who_calls(secured, neighbour, certificates):
    """A service is known by its certificate, whatever it says of itself, and only named ones pass."""
    async with connect(secured, certificates["applications"]) as channel:
        await CasemanagerStub(channel).GetOrganizationCompany(request())
    assert "applications" == neighbour.calls[0].caller.service
    async with connect(secured, certificates["identity"]) as channel:
        with pytest.raises(Exception, match="for other services"):
            await CasemanagerStub(channel).GetOrganizationCompany(
                request(), metadata=(("x-test-peer", "applications"),)
            )


async def test_strangers_are_not_heard(secured, neighbour, certificates, tmp_path):
    """A peer without a certificate of our authority, and a server with another's name, are not talked to."""
    stranger = development_certificates(tmp_path, ["applications"], now=datetime.now(UTC))["applications"]
    plain = open_channel(secured, server="", credentials=None)
    foreign = connect(secured, stranger)
    deceived = connect(secured, certificates["applications"], server="identity")
    for channel in (plain, foreign, deceived):
        with pytest.raises((Unavailable, grpc.aio.AioRpcError)):
            await CasemanagerStub(channel).GetOrganizationCompany(request(), timeout=3)
        await channel.close()
    assert neighbour.calls == []


async def test_a_server_that_ends_waits_until_nobody_comes(server, secured, certificates):
    """OP-05: it closes when nobody has called for a while, and does not wait for somebody who never stops."""

    async def keep_calling(times):
        for _ in range(times):
            await CasemanagerStub(channel).GetOrganizationCompany(request())

    async with connect(secured, certificates["applications"]) as channel:
        coming = asyncio.create_task(keep_calling(100))
        await server.until_nobody_comes(quiet=0.1, at_most=10)
        assert coming.done()
        coming = asyncio.create_task(keep_calling(1_000_000))
        await server.until_nobody_comes(quiet=0.1, at_most=0.3)
        assert not coming.done()
        coming.cancel()
