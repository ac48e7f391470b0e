"""The portal as it is put together in production, with neighbours that are real servers, and browsers before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
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
async def services(played: Neighbours, people: TestPeople) -> AsyncIterator[Services]:
    """Whom the pages ask: servers on loopback, in plain text."""
    async with AsyncExitStack() as running:
        identity = await running.enter_async_context(
            serving(played.servicer_of(IdentityStub), people=people, service="identity")
        )
        applications = await running.enter_async_context(
            serving(played.servicer_of(ApplicationsStub), people=people, service="applications")
        )
        casemanager = await running.enter_async_context(
            serving(played.servicer_of(CasemanagerStub), people=people, service="casemanager")
        )
        notifications = await running.enter_async_context(
            serving(played.servicer_of(NotificationsStub), people=people, service="notifications")
        )
        channels = [
            await running.enter_async_context(open_channel(address, server="", credentials=None))
            for address in (identity, applications, casemanager, notifications)
        ]
        yield Services(
            IdentityStub(channels[0]),
            ApplicationsStub(channels[1]),
            CasemanagerStub(channels[2]),
            NotificationsStub(channels[3]),
        )


@pytest.fixture
def neighbours(played: Neighbours) -> Iterator[Neighbours]:
    """All services, with no calls and no answers of another test."""
    played.forget()
    yield played
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
