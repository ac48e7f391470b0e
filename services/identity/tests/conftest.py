import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import nacl.signing
import pytest
import pytest_asyncio
from portico.identity.v1.service_pb2_grpc import (
    IdentityInternalServiceStub,
    IdentityServiceStub,
    add_IdentityInternalServiceServicer_to_server,
    add_IdentityServiceServicer_to_server,
)

from chassis.clients import open_channel
from chassis.clock import Clock, utc_now
from chassis.db import Database
from chassis.ids import new_id
from chassis.secrets import KeyedHash
from chassis.testing import FakeClock
from chassis.testing.grpc import KEY_ID, TestPeople, serving
from chassis.testing.plugin import ServiceDatabase
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.domain import PasswordPolicy
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords
from identity.resets.deps import Ports
from identity.resets.usecases.requests import ForgottenPasswords
from identity.servicers import IdentityInternalServicer, IdentityServicer
from identity.sessions.tokens import RefreshTokens, SigningKey, TokenSigner
from services.identity.tests.served import Served
from services.identity.tests.world import KEYS, MESSAGES, World

# The least that Argon2 takes, because most tests are not about its cost.
CHEAP = Argon2Cost(memory=8, passes=1, lanes=1)
POLICY = PasswordPolicy(shortest=12, longest=128)


def _ports(database: Database, passwords: Passwords, clock: Clock, keys: Sequence[SigningKey]) -> Ports:
    hashes = KeyedHash(b"\1" * 32)
    return Ports(
        database=database,
        clock=clock,
        ids=new_id,
        hashes=hashes,
        passwords=passwords,
        signer=TokenSigner(keys, issuer="portico"),
        refresh_tokens=RefreshTokens(hashes),
        messages=MESSAGES,
        organizations=OrganizationDirectory(database, clock),
    )


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> Database:
    return await service_database("identity", "identity.migrations")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords(cost=CHEAP, policy=POLICY, threads=2, queue=200)
    yield passwords
    await passwords.close()


@pytest.fixture
def ports(database: Database, passwords: Passwords, clock: FakeClock) -> Ports:
    return _ports(database, passwords, clock, KEYS)


@pytest.fixture
async def world(ports: Ports, clock: FakeClock) -> World:
    return await World.with_organization(ports, clock)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(database: Database, passwords: Passwords, people: TestPeople) -> AsyncIterator[Served]:
    ports = _ports(
        database,
        passwords,
        utc_now,
        [SigningKey(kid=KEY_ID, private=nacl.signing.SigningKey(people.key.private_bytes_raw()))],
    )
    forgotten = ForgottenPasswords(ports)
    work = asyncio.create_task(forgotten.run())
    async with serving(
        (add_IdentityServiceServicer_to_server, IdentityServicer(ports, forgotten)),
        (add_IdentityInternalServiceServicer_to_server, IdentityInternalServicer(ports)),
        people=people,
        service="identity",
    ) as address:
        channel = open_channel(address, server="", credentials=None)
        yield Served(IdentityServiceStub(channel), IdentityInternalServiceStub(channel), ports)
        await channel.close()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.fixture
async def sunrise(served: Served, world: World) -> World:
    """An organization in the served database; its clock is the real one."""
    return replace(world, ports=served.ports)
