import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import cast

import nacl.signing
import pytest
import pytest_asyncio
from portico.applications.v1.stub import ApplicationsStub
from portico.identity.v1.stub import IdentityStub

from chassis.clients import open_channel
from chassis.clock import Clock, utc_now
from chassis.db import Database
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash
from chassis.testing import FakeClock
from chassis.testing.grpc import KEY_ID, TestPeople, serving
from chassis.testing.plugin import ServiceDatabase
from identity.app import servicers
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.domain import PasswordPolicy
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords
from identity.reminders.usecases import Reminders
from identity.resets.deps import Deps
from identity.resets.usecases.requests import ForgottenPasswords
from identity.sessions.tokens import DeviceTokens, RefreshTokens, SigningKey, TokenSigner
from services.identity.tests.served import Served
from services.identity.tests.world import FAMILIES, KEYS, MESSAGES, World

# The least that Argon2 takes, because most tests are not about its cost.
CHEAP = Argon2Cost(memory=8, passes=1, lanes=1)
POLICY = PasswordPolicy(min_length=12, max_length=128)


def _deps(database: Database, passwords: Passwords, clock: Clock, keys: Sequence[SigningKey]) -> Deps:
    hashes = KeyedHash(b"\1" * 32)
    return Deps(
        database=database,
        clock=clock,
        ids=new_id,
        hashes=hashes,
        pager=Pager(PageTokens(bytes(32))),
        passwords=passwords,
        signer=TokenSigner(keys, issuer="portico"),
        refresh_tokens=RefreshTokens(hashes),
        device_tokens=DeviceTokens(hashes),
        messages=MESSAGES,
        applications=cast("ApplicationsStub", FAMILIES),
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
def deps(database: Database, passwords: Passwords, clock: FakeClock) -> Deps:
    return _deps(database, passwords, clock, KEYS)


@pytest.fixture
async def world(deps: Deps, clock: FakeClock) -> World:
    return await World.with_organization(deps, clock)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(database: Database, passwords: Passwords, people: TestPeople) -> AsyncIterator[Served]:
    deps = _deps(
        database,
        passwords,
        utc_now,
        [SigningKey(kid=KEY_ID, private=nacl.signing.SigningKey(people.key.private_bytes_raw()))],
    )
    forgotten, reminders = ForgottenPasswords(deps), Reminders(deps)
    work = asyncio.gather(forgotten.run(), reminders.run())
    async with serving(
        *servicers(deps, forgotten, reminders),
        people=people,
        service="identity",
    ) as address:
        channel = open_channel(address, server="", credentials=None)
        yield Served(IdentityStub(channel), IdentityStub(channel), deps)
        await channel.close()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.fixture
async def sunrise(served: Served, world: World) -> World:
    """An organization in the served database; its clock is the real one."""
    return replace(world, deps=served.deps)
