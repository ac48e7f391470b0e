"""applications as a process of its own: its commands, mutual TLS, a real PostgreSQL and a real NATS."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import jwt
import pytest
from nacl.public import PrivateKey
from portico.applications.v1.events_pb2 import ApplicationEvent
from portico.applications.v1.stub import ApplicationsStub
from portico.identity.v1 import resources_pb2 as identity_res
from portico.identity.v1.events_pb2 import OrganizationCreated, OrganizationEvent
from portico.identity.v1.sessions_pb2 import GetJsonWebKeySetRequest, JsonWebKeySet

from chassis.bus import Bus, OwnStream, subject_of
from chassis.call import Role
from chassis.clients import channel_credentials, open_channel
from chassis.clock import utc_now
from chassis.db import Database
from chassis.errors import NotFound, Unavailable
from chassis.ids import new_id
from chassis.server import server_credentials
from chassis.testing import eventually
from chassis.testing.grpc import KEY_ID, TestPeople
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports
from services.applications.tests.world import new

NEIGHBOURS = [
    OwnStream(name="IDENTITY", service="identity", aggregates=("organization",)),
    OwnStream(name="REVOCATIONS", service="identity", aggregates=("revocation",)),
    OwnStream(name="NOTIFICATIONS", service="notifications", aggregates=("message",)),
]


@dataclass(frozen=True)
class Process:
    """A running applications: the environment that it was started with, and where it listens."""

    environment: Mapping[str, str]
    address: str
    gateway: Certificate

    def channel(self) -> grpc.aio.Channel:
        """A channel to it with the gateway's certificate."""
        credentials = channel_credentials(
            ca=self.gateway.authority, cert=self.gateway.certificate, key=self.gateway.key
        )
        return open_channel(self.address, server="applications", credentials=credentials)

    async def run(self, *words: str) -> tuple[int, str]:
        """Runs a command: its exit code, and what it complained of."""
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "applications", *words), env=self.environment, stderr=asyncio.subprocess.PIPE
        )
        _, error = await command.communicate()
        return command.returncode or 0, error.decode()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Certificate]:
    folder = tmp_path_factory.mktemp("certificates")
    return development_certificates(folder, ["applications", "gateway", "identity"], now=utc_now())


@pytest.fixture(scope="module")
async def identity_address(certificates: Mapping[str, Certificate], people: TestPeople) -> AsyncIterator[str]:
    """A neighbour identity that gives out the key with which the tokens of this run are signed."""

    async def keys(request: GetJsonWebKeySetRequest, context: Any) -> JsonWebKeySet:
        jwk = jwt.algorithms.OKPAlgorithm.to_jwk(people.key.public_key(), as_dict=True)
        key = identity_res.JsonWebKey(kid=KEY_ID, alg="EdDSA", **{name: jwk[name] for name in ("kty", "crv", "x")})
        return JsonWebKeySet(keys=[key])

    handler = grpc.unary_unary_rpc_method_handler(
        keys,
        request_deserializer=GetJsonWebKeySetRequest.FromString,
        response_serializer=JsonWebKeySet.SerializeToString,
    )
    methods = grpc.method_handlers_generic_handler("portico.identity.v1.SessionsService", {"GetJsonWebKeySet": handler})
    own = certificates["identity"]
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((methods,))
    credentials = server_credentials(ca=own.authority, cert=own.certificate, key=own.key)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(0)


@pytest.fixture(scope="module")
async def neighbours(nats_url: str) -> AsyncIterator[Bus]:
    """A connection to NATS on which the neighbours' streams are there."""
    bus = Bus(nats_url, service="identity")
    await bus.open()
    await bus.ensure_streams(NEIGHBOURS)
    yield bus
    await bus.close()


@pytest.fixture(scope="module")
async def process(
    database: Database,
    nats_url: str,
    neighbours: Bus,
    certificates: Mapping[str, Certificate],
    identity_address: str,
) -> AsyncIterator[Process]:
    address, own = f"127.0.0.1:{Ports().take()}", certificates["applications"]
    settings: dict[str, str | Path] = {
        "LISTEN": address,
        "IDENTITY_ADDRESS": identity_address,
        "NOTIFICATIONS_ADDRESS": identity_address,  # where nobody speaks for notifications: nothing here asks it
        "DATABASE_URL": database.url,
        "NATS_URL": nats_url,
        "TLS_CA": own.authority,
        "TLS_CERT": own.certificate,
        "TLS_KEY": own.key,
        "HASH_KEY": base64.urlsafe_b64encode(b"\1" * 32).decode(),
        "SEALING_PUBLIC_KEY": base64.urlsafe_b64encode(bytes(PrivateKey.generate().public_key)).decode(),
        "PUBLIC_URL": "https://portico.example",
    }
    environment = {**os.environ, **{f"PORTICO_{name}": str(value) for name, value in settings.items()}}
    serving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "applications", "serve"), env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    yield Process(environment, address, certificates["gateway"])
    serving.terminate()
    assert await serving.wait() == 0


async def an_organization(neighbours: Bus) -> UUID:
    """A new one, as identity tells of it."""
    org_id = new_id()
    organization = identity_res.Organization(
        id=str(org_id), slug="sunrise", name="Sunrise", country="US", time_zone="UTC", languages=["en"]
    )
    event = OrganizationEvent(version=1, created=OrganizationCreated(organization=organization))
    headers = {
        "ce-id": str(new_id()),
        "ce-type": event.DESCRIPTOR.full_name,
        "ce-time": utc_now().isoformat(),
        "portico-aggregate": str(org_id),
        "portico-version": "1",
    }
    jetstream = await neighbours.jetstream()
    subject = subject_of(org_id, "identity", "organization.created")
    await jetstream.publish(subject, event.SerializeToString(), headers=headers)
    return org_id


async def entered(process: Process, people: TestPeople, org_id: UUID) -> Any:
    """An application, as soon as the service is up and knows the organization."""
    async with process.channel() as channel:
        metadata = people.metadata(Role.STAFF, org_id=org_id)

        async def enter() -> Any:
            try:
                return await ApplicationsStub(channel).CreateApplication(new(), metadata=metadata)
            except (Unavailable, NotFound):
                return None

        return await eventually(enter, timeout=60)


async def test_an_application_goes_in_and_its_event_comes_out(
    process: Process, neighbours: Bus, people: TestPeople
) -> None:
    """AP-01, ID-01: identity tells of an organization, staff enter an application, everybody hears of it."""
    org_id = await an_organization(neighbours)
    application = await entered(process, people, org_id)
    jetstream = await neighbours.jetstream()
    subject = f"portico.{org_id}.applications.application.submitted"
    subscription = await jetstream.pull_subscribe(subject, stream="APPLICATIONS")
    (message,) = await subscription.fetch(1, timeout=10)
    event = ApplicationEvent.FromString(message.data)
    assert (event.application_id, event.submitted.number) == (application.id, "A-000001")


async def test_an_operator_sets_how_long_invitations_live(
    process: Process, neighbours: Bus, people: TestPeople
) -> None:
    """AP-04: one to thirty days for an organization, from the next invitation on."""
    org_id = await an_organization(neighbours)
    await entered(process, people, org_id)
    assert await process.run("set-invite-days", str(org_id), "3") == (0, "")
    invitation = (await entered(process, people, org_id)).guardians[0].invitation
    assert invitation.expire_time.seconds - invitation.create_time.seconds == 3 * 24 * 3600
    assert (await process.run("set-invite-days", str(org_id), "31"))[0] == 2
    code, error = await process.run("set-invite-days", str(new_id()), "3")
    assert (code, error) == (1, "No such organization.\n")
