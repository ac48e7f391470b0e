from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import update

from chassis.bus import Bus
from chassis.db import Database, statement
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash
from chassis.testing import FakeClock
from chassis.testing.plugin import ServiceDatabase
from notifications.dead_letters.deps import Deps
from notifications.messages.storage import messages
from notifications.shared.domain import Channel
from notifications.templates.catalogue import Catalogue
from notifications.templates.composition import Composer
from services.notifications.tests.desk import Desk
from services.notifications.tests.servers import SmsServer, SmtpServer, sms_server, smtp_server
from services.notifications.tests.world import OPENER, PORTAL, SENDER

_EMPTY_QUEUE = statement(
    update(messages).where(messages.c.due_time.is_not(None)).values(due_time=None),
    cross_tenant="Tests share a database.",
)


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> Database:
    return await service_database("notifications", "notifications.migrations")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="session")
def composer(catalogue: Catalogue) -> Composer:
    return Composer(catalogue=catalogue, opener=OPENER, public_url=PORTAL, mail_from=SENDER)


@pytest.fixture
def woken() -> list[Channel]:
    """The channels whose sender was woken."""
    return []


@pytest.fixture
def deps(database: Database, composer: Composer, clock: FakeClock, woken: list[Channel]) -> Deps:
    async def nothing_to_redrive(_: object) -> None:
        raise AssertionError

    return Deps(
        database=database,
        clock=clock,
        ids=new_id,
        pager=Pager(PageTokens(b"p" * 32)),
        hashes=KeyedHash(b"\1" * 32),
        composer=composer,
        sms_regions=frozenset({"US"}),
        wake=woken.append,
        redrive_event=nothing_to_redrive,
    )


@pytest.fixture
async def empty_queue(database: Database) -> None:
    """Nothing waits: what other tests left is not claimed by this one's senders."""
    await database.run(_EMPTY_QUEUE)


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(nats_url, service="notifications")
    await bus.open()
    yield bus
    await bus.close()


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with smtp_server() as server:
        yield server


@pytest.fixture
async def sms() -> AsyncIterator[SmsServer]:
    async with sms_server() as server:
        yield server


@pytest.fixture
def desk(deps: Deps, org_id: UUID, clock: FakeClock, smtp: SmtpServer, sms: SmsServer, empty_queue: None) -> Desk:
    return Desk(deps, org_id, clock, smtp, sms)
