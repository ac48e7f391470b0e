"""The portal as it is put together in production, with neighbours that are real servers, and browsers before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from grpc.aio import Channel
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from portico.applications.v1.stub import ApplicationsStub
from portico.casemanager.v1.stub import CasemanagerStub
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub
from starlette.applications import Starlette

from chassis.call import Role
from chassis.clients import open_channel
from chassis.revocations import Revocations
from chassis.testing import FakeClock
from chassis.testing.grpc import TestPeople, serving
from gateway.contract import Contract
from portal.app import build
from portal.core.context import Services
from portal.core.cookies import Cookies
from portal.core.seals import Seal

from .neighbours import Neighbours
from .people import KEYS, ORIGIN, SIGN_IN, Browser, Registry, SignedIn


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> Contract:
    """What `python protos/build_stubs.py` wrote."""
    return Contract.read(pytestconfig.rootpath / "protos/build/portico.binpb")


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    """One clock for the worker, because the servers live as long: tests let it run forward only."""
    return FakeClock()


@pytest.fixture(scope="session")
def people(clock: FakeClock) -> TestPeople:
    """Who signs the access tokens, by the same clock."""
    return TestPeople(clock=clock, revocations=Revocations(clock))


@pytest.fixture(scope="session")
def played() -> Neighbours:
    """The neighbours of all tests."""
    return Neighbours()


@pytest_asyncio.fixture(scope="session")
async def channels(played: Neighbours, people: TestPeople) -> AsyncIterator[Mapping[str, Channel]]:
    """To each of the neighbours: servers on loopback, in plain text."""
    stubs = {
        "identity": IdentityStub,
        "applications": ApplicationsStub,
        "casemanager": CasemanagerStub,
        "notifications": NotificationsStub,
    }
    async with AsyncExitStack() as running:
        opened = {}
        for service, stub in stubs.items():
            server = serving(played.servicer_of(stub), people=people, service=service)
            address = await running.enter_async_context(server)
            opened[service] = await running.enter_async_context(open_channel(address, server="", credentials=None))
        yield opened


@pytest.fixture(scope="session")
def services(channels: Mapping[str, Channel]) -> Services:
    """Whom the pages ask."""
    return Services(
        IdentityStub(channels["identity"]),
        ApplicationsStub(channels["applications"]),
        CasemanagerStub(channels["casemanager"]),
        NotificationsStub(channels["notifications"]),
    )


@pytest.fixture
async def neighbours(played: Neighbours, channels: Mapping[str, Channel]) -> AsyncIterator[Neighbours]:
    """All services, with no calls and no answers of another test."""
    played.forget()
    yield played
    # A call that a page gave up is perhaps still on its way; what is asked after it is answered after it.
    for channel in channels.values():
        health: Any = HealthStub(channel)  # it makes its methods as it is made
        await health.Check(HealthCheckRequest())
    played.forget()


@pytest.fixture(scope="session")
def registry(people: TestPeople, clock: FakeClock) -> Registry:
    seal = Seal(KEYS)
    return Registry(people, clock, seal, Cookies(seal, is_secure=True, clock=lambda: clock().timestamp()))


@pytest.fixture(scope="session")
def portal(services: Services, clock: FakeClock) -> Starlette:
    """The portal of `ORIGIN`."""
    return build(services=services, keys=KEYS, origin=ORIGIN, shows_patterns=True, clock=lambda: clock().timestamp())


@pytest.fixture
def anybody(portal: Starlette, neighbours: Neighbours) -> Browser:
    """The browser of somebody who is not signed in."""
    return Browser(portal)


@pytest.fixture
def signed_in(portal: Starlette, registry: Registry, neighbours: Neighbours) -> SignedIn:
    """Makes the browser of somebody who is signed in."""

    def browser(role: Role, **how: Any) -> Browser:
        session = registry.session(role, **how)
        cookies = {SIGN_IN: registry.sealed(session), "realm": session.realm}
        return Browser(portal, cookies=cookies, seen_by=session.account_id)

    return browser


@pytest.fixture
def family(signed_in: SignedIn) -> Browser:
    return signed_in(Role.FAMILY)


@pytest.fixture
def staff(signed_in: SignedIn) -> Browser:
    return signed_in(Role.STAFF)
