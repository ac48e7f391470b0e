"""The example service on a real database and a real NATS."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import pytest
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.bus import Bus, OwnStream
from chassis.call import Role
from chassis.clients import open_channel
from chassis.consumer import Consumers
from chassis.db import Database
from chassis.interceptor import Limits
from chassis.testing.grpc import Metadata, TestPeople, serving
from chassis.testing.plugin import ServiceDatabase
from local_stack.nats import Nats, start_nats
from services.chassis.examples.ledger.events import QUICKLY, Sender
from services.chassis.tests.companies import Companies

MIGRATIONS = "services.chassis.examples.ledger.migrations"


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> Database:
    """The worker's database, shared by tests that keep to their own organization."""
    return await service_database("ledger", MIGRATIONS)


@pytest.fixture
async def own_database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """A database of the test's own; for what acts on every organization."""
    database = await service_database("ledger", MIGRATIONS)
    yield database
    await database.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Nats]:
    """A NATS of the test's own, to stop and to wipe."""
    nats = start_nats(tmp_path / "nats")
    yield nats
    nats.stop()


@pytest.fixture
async def bus(broker: Nats) -> AsyncIterator[Bus]:
    """A connection of the example service."""
    bus = Bus(broker.url(), service="ledger")
    await bus.open()
    yield bus
    await bus.close()


@pytest.fixture
def stream() -> OwnStream:
    """The example's stream."""
    return OwnStream(name="LEDGER", service="ledger", aggregates=("ledger",))


@pytest.fixture
async def send(bus: Bus, stream: OwnStream, org_id: UUID) -> Sender:
    """Publishes events of the test's organization."""
    await bus.ensure_streams([stream])
    return Sender(bus, org_id)


@pytest.fixture
def consumers(own_database: Database, bus: Bus) -> Consumers:
    """The example's handlers: none yet; a failing one is tried again at once."""
    return Consumers(own_database, bus, retries=QUICKLY)


@pytest.fixture
async def companies() -> Companies:
    """The servicer behind `stub`."""
    return Companies()


@pytest.fixture
async def address(companies: Companies, people: TestPeople) -> AsyncIterator[str]:
    """Where a server with the interceptor offers `companies`."""
    async with serving(
        companies,
        people=people,
        service="casemanager",
        limits=Limits(concurrent_calls=2, default_deadline=5.0),
    ) as address:
        yield address


@pytest.fixture
async def channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to it."""
    channel = open_channel(address, server="", credentials=None)
    yield channel
    await channel.close()


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> CasemanagerStub:
    """A stub on it."""
    return CasemanagerStub(channel)


@pytest.fixture
def staff(people: TestPeople) -> Metadata:
    """The metadata of somebody of the staff."""
    return people.metadata(Role.STAFF, org_id=uuid4())
