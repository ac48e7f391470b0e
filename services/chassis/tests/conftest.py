"""The example service on a real database and a real NATS."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import psycopg
import pytest
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.bus import Bus, OwnStream
from chassis.call import Role
from chassis.clients import open_channel
from chassis.consumer import Consumers
from chassis.db import Database
from chassis.ids import new_id
from chassis.interceptor import Limits
from chassis.saves import write
from chassis.testing.database import migrated_copy
from chassis.testing.grpc import Metadata, TestPeople, serving
from chassis.testing.plugin import ServiceDatabase
from local_stack.nats import Nats, start_nats
from services.chassis.examples.ledger.events import QUICKLY, Sender
from services.chassis.tests.companies import Companies
from services.chassis.tests.ledgers import Book, a_call, new_ledger, open_ledger
from services.chassis.tests.rooms import CREATE_ROOMS, NEW_ROOM

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
async def book(database: Database, org_id: UUID) -> Book:
    """The verb of a ledger that was just opened."""
    ledger = new_ledger(org_id)
    await open_ledger(database, a_call(method="/ledger/Open"), ledger)
    return Book(database, org_id, ledger.id)


@pytest.fixture(scope="session")
async def rooms_database(postgres_url: str) -> AsyncIterator[Database]:
    """The worker's database with the tables of the rooms beside the ledgers."""
    urls = migrated_copy(postgres_url, "ledger", MIGRATIONS)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(CREATE_ROOMS)
    database = Database(urls.runtime, application="ledger")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def room(rooms_database: Database, org_id: UUID) -> UUID:
    """A room of the test's organization."""
    room_id = new_id()
    room = {"id": room_id, "name": "blue", "version": 1}
    assert 1 == await write(rooms_database, NEW_ROOM, org_id=org_id, params=room)
    return room_id


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
        limits=Limits(concurrent_calls=2, default_deadline=5.0, margin=0.2),
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
