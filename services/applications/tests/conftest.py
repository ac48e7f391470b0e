"""applications on a real database, with a neighbour that speaks identity's contract."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from portico.applications.v1.stub import ApplicationsStub
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub

from applications.app import servicers
from applications.shared.deps import Deps
from chassis.call import Role
from chassis.clients import open_channel
from chassis.db import Database
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash
from chassis.server import registrations
from chassis.testing import FakeClock
from chassis.testing.grpc import Metadata, TestPeople
from chassis.testing.plugin import ServiceDatabase
from services.applications.tests.neighbours import FakeIdentity, FakeNotifications
from services.applications.tests.world import SEALER, World


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> Database:
    return await service_database("applications", "applications.migrations")


@pytest.fixture(scope="session")
def identity() -> FakeIdentity:
    return FakeIdentity()


@pytest.fixture(autouse=True)
def _nobody_is_known_yet(identity: FakeIdentity) -> None:
    identity.forget()


@pytest.fixture(scope="session")
async def identity_stub(identity: FakeIdentity) -> AsyncIterator[Any]:
    async with _neighbour(identity, "identity") as channel:
        yield IdentityStub(channel)


@pytest.fixture(scope="session")
async def notifications_stub() -> AsyncIterator[Any]:
    async with _neighbour(FakeNotifications(), "notifications") as channel:
        yield NotificationsStub(channel)


@asynccontextmanager
async def _neighbour(servicer: object, name: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to another service."""
    server = grpc.aio.server()
    for register in registrations(servicer):
        register(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = open_channel(f"127.0.0.1:{port}", server=name, credentials=None)
    yield channel
    await channel.close()
    await server.stop(0)


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    """One clock for the worker, because the server lives as long: tests let it run forward only."""
    return FakeClock()


@pytest.fixture(scope="session")
def deps(database: Database, identity_stub: Any, notifications_stub: Any, clock: FakeClock) -> Deps:
    return Deps(
        database=database,
        clock=clock,
        ids=new_id,
        hashes=KeyedHash(b"\1" * 32),
        sealer=SEALER,
        public_url="https://portico.example",
        pager=Pager(PageTokens(b"p" * 32)),
        identity=identity_stub,
        notifications=notifications_stub,
    )


@pytest.fixture
async def world(deps: Deps, clock: FakeClock, identity: FakeIdentity) -> World:
    return await World.with_organization(deps, clock, identity)


@pytest.fixture(scope="module")
def grpc_servicers(deps: Deps) -> Sequence[object]:
    return servicers(deps, lambda: None)


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return ApplicationsStub


@pytest.fixture
def staff(people: TestPeople, world: World) -> Metadata:
    return people.metadata(Role.STAFF, org_id=world.org_id, account_id=world.staff_id)
