"""casemanager on a real database, beside an identity that keeps the logins in a database of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast
from uuid import UUID

import nacl.public
import nacl.signing
import pytest
from portico.applications.v1.stub import ApplicationsStub
from portico.casemanager.v1.stub import CasemanagerStub
from portico.identity.v1 import login_users_pb2
from portico.identity.v1.stub import IdentityStub
from portico_errors import BY_REASON
from sqlalchemy import update

from casemanager.app import servicers
from casemanager.files.storage import paperwork
from casemanager.reports.storage import reports
from casemanager.shared.deps import Deps
from chassis.blobs import Blobs, BlobUrl
from chassis.call import Role
from chassis.clients import open_channel
from chassis.db import Database, statement
from chassis.errors import NotFound, ServiceError
from chassis.ids import new_id
from chassis.interceptor import Interceptor, Limits
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Sealer
from chassis.server import Server
from chassis.testing import FakeClock, eventually
from chassis.testing.grpc import HASHES, TestPeople
from chassis.testing.plugin import ServiceDatabase
from identity.accounts.servicer import AccountsInternalServicer
from identity.login_users.servicer import LoginUsersInternalServicer
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.domain import PasswordPolicy
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords
from identity.resets.deps import Deps as IdentityDeps
from identity.resets.messages import Messages
from identity.sessions.tokens import DeviceTokens, RefreshTokens, SigningKey, TokenSigner
from local_stack.ports import Ports
from services.casemanager.tests.desk import Desk
from services.casemanager.tests.filings import Filings
from services.casemanager.tests.practice import Practice
from services.casemanager.tests.shelf import Shelves
from services.casemanager.tests.world import BOX, World

_NOTHING_WAITS_FOR_THE_SCANNER = [
    statement(
        update(table).where(table.c.next_scan_time.is_not(None)).values(next_scan_time=None),
        cross_tenant="Tests share a database.",
    )
    for table in (paperwork, reports)
]


class Neighbour:
    """identity, as far as casemanager asks it, at an address that stays the same; away while it is stopped."""

    def __init__(self, deps: IdentityDeps, people: TestPeople) -> None:
        self.deps = deps
        self.address = f"127.0.0.1:{Ports().take()}"
        self._people = people
        self._server: Server | None = None

    async def start(self) -> None:
        """Answers from now on."""
        self._server = Server(
            Interceptor(
                service="identity",
                peer=lambda _: "casemanager",
                verifier=self._people.verifier(),
                hashes=HASHES,
                limits=Limits(),
            )
        )
        self._server.add(LoginUsersInternalServicer(self.deps))
        self._server.add(AccountsInternalServicer(self.deps))
        await self._server.start(self.address, None)
        await self._server.set_ready(True)

    async def stop(self) -> None:
        """Is away from now on."""
        if self._server is not None:
            await self._server.drain(0)
        self._server = None


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> Database:
    return await service_database("casemanager", "casemanager.migrations")


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    """One clock for both, which a test lets run forward only."""
    return FakeClock()


@pytest.fixture(autouse=True)
def a_clock_of_its_own(clock: FakeClock) -> Iterator[None]:
    """Each test begins at the same time, however long the one before waited: its organization knows no other's."""
    begin = clock()
    yield
    clock.now = begin


@pytest.fixture(scope="session")
async def neighbour(
    service_database: ServiceDatabase, people: TestPeople, clock: FakeClock
) -> AsyncIterator[Neighbour]:
    """Identity's side of the logins, on a database of its own."""
    database, hashes = await service_database("identity", "identity.migrations"), KeyedHash(b"\1" * 32)
    passwords = Passwords(
        cost=Argon2Cost(memory=8, passes=1, lanes=1),
        policy=PasswordPolicy(min_length=12, max_length=128),
        threads=1,
        queue=10,
    )
    deps = IdentityDeps(
        database=database,
        clock=clock,
        ids=new_id,
        hashes=hashes,
        pager=Pager(PageTokens(bytes(32))),
        passwords=passwords,
        signer=TokenSigner([SigningKey(kid="test", private=nacl.signing.SigningKey.generate())], issuer="portico"),
        refresh_tokens=RefreshTokens(hashes),
        device_tokens=DeviceTokens(hashes),
        messages=Messages(sealer=Sealer(bytes(BOX.public_key)), public_url="https://portico.example", ids=new_id),
        applications=cast("ApplicationsStub", None),  # asked about families alone
        organizations=OrganizationDirectory(database, clock),
    )
    neighbour = Neighbour(deps, people)
    await neighbour.start()
    yield neighbour
    await neighbour.stop()
    await passwords.close()


@pytest.fixture(scope="session")
async def identity(neighbour: Neighbour) -> AsyncIterator[IdentityStub]:
    """How casemanager asks identity."""
    channel = open_channel(neighbour.address, server="identity", credentials=None, errors=BY_REASON)
    yield IdentityStub(channel)
    await channel.close()


@pytest.fixture
async def away(neighbour: Neighbour, identity: IdentityStub) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Stops identity when it is called; afterwards it is back, and is reached."""
    yield neighbour.stop
    await neighbour.stop()
    await neighbour.start()
    nobody = login_users_pb2.DisableAccountRequest(org_id=str(new_id()), person_id=str(new_id()), generation=1)

    async def answers() -> bool:
        with pytest.raises(ServiceError) as refused:
            await identity.DisableAccount(nobody)
        return isinstance(refused.value, NotFound)

    await eventually(answers)


@pytest.fixture(scope="session")
def deps(
    database: Database, identity: IdentityStub, clock: FakeClock, tmp_path_factory: pytest.TempPathFactory
) -> Deps:
    """The world of the use cases."""
    return Deps(
        database=database,
        clock=clock,
        ids=new_id,
        hashes=KeyedHash(b"\2" * 32),
        sealer=Sealer(bytes(BOX.public_key)),
        public_url="https://portico.example",
        pager=Pager(PageTokens(b"p" * 32)),
        identity=identity,
        blobs=Blobs(BlobUrl.parse(f"file://{tmp_path_factory.mktemp('blobs')}")),
        has_scanner=True,
    )


@pytest.fixture(scope="module")
def grpc_servicers(deps: Deps) -> Any:
    return servicers(deps)


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[CasemanagerStub]:
    return CasemanagerStub


@pytest.fixture
async def world(deps: Deps, neighbour: Neighbour, grpc_stub: Any, people: TestPeople, clock: FakeClock) -> World:
    """An organization of its own, known to both services, with its staff."""
    return await World.with_organization(deps, neighbour.deps, grpc_stub, people, clock)


@pytest.fixture
def practice(deps: Deps, grpc_stub: Any, people: TestPeople, clock: FakeClock, org_id: UUID) -> Practice:
    """A provider of its own, of which identity has not told yet."""
    return Practice(deps, grpc_stub, people, clock, org_id, people.metadata(Role.STAFF, org_id=org_id))


@pytest.fixture
async def desk(world: World) -> Desk:
    """A provider whose people book."""
    return await Desk.of(world)


@pytest.fixture
async def shelves(desk: Desk) -> Shelves:
    """Its files, its administrator, and a scanner, who is not asked of the files that other tests left."""
    for nothing_waits in _NOTHING_WAITS_FOR_THE_SCANNER:
        await desk.world.deps.database.run(nothing_waits)
    admin = desk.world.people.metadata(Role.STAFF_ADMIN, org_id=desk.world.org_id, account_id=desk.world.staff_id)
    return Shelves(desk, admin)


@pytest.fixture
def filings(shelves: Shelves) -> Filings:
    """Its reports."""
    return Filings(shelves)
