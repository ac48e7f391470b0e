"""Who speaks in a message: its organization, and to a family the one that it was linked to last."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

import pytest
from google.protobuf.message import Message
from portico.applications.v1.events_pb2 import GuardianEvent, GuardianLinked, GuardianRelinked, GuardianUnlinked
from portico.identity.v1.events_pb2 import OrganizationEvent, OrganizationUpdated
from portico.identity.v1.resources_pb2 import Organization

from chassis.bus import Bus
from chassis.call import FAMILY_ORG
from chassis.consumer import Consumers, Retries
from chassis.db import Database
from chassis.ids import new_id
from chassis.tasks import cancel
from chassis.testing import FakeClock, eventually
from notifications.dead_letters.deps import Deps
from notifications.requests.consumers import register
from services.notifications.tests.claims import claimed_now
from services.notifications.tests.world import an_email, publish, stored


@pytest.fixture
async def tell(deps: Deps, database: Database, bus: Bus, empty_queue: None) -> AsyncIterator[Bus]:
    consumers = Consumers(database, bus, retries=Retries(tries=2, first_pause=0.01))
    register(consumers, deps)
    task = asyncio.create_task(consumers.run())
    yield bus
    await cancel(task)


def _organization(name: str) -> OrganizationEvent:
    known = Organization(name=name, country="US", phone="+13125550100", color="#0b5394")
    return OrganizationEvent(version=1, updated=OrganizationUpdated(organization=known))


def _guardian(guardian_id: UUID, version: int, **event: Message) -> GuardianEvent:
    return GuardianEvent(guardian_id=str(guardian_id), version=version, **event)  # type: ignore[arg-type] # by its name


async def _speaker(deps: Deps, clock: FakeClock, account_id: UUID, org_id: UUID = FAMILY_ORG) -> str:
    """Whose profile a message to a family comes with; empty for nobody's."""
    message_id = await stored(deps, org_id, "PASSWORD_CHANGED", address=an_email(), account_id=account_id)
    [claimed] = [each for each in await claimed_now(deps.database, clock()) if each.id == message_id]
    return (claimed.profile or {}).get("name", "")


async def test_the_organization_linked_last_speaks(tell: Bus, deps: Deps, clock: FakeClock) -> None:
    """CASE-U5: to a family speaks the organization that it was linked to last, while it is linked; else nobody."""
    account_id, maple, cedar = new_id(), new_id(), new_id()
    assert "" == await _speaker(deps, clock, account_id)
    for org_id, name in ((maple, "Maple"), (cedar, "Cedar")):
        await publish(tell, org_id, _organization(name), service="identity", event="organization.updated")

    async def happened(org_id: UUID, event: GuardianEvent, expected: str) -> None:
        kind = event.WhichOneof("event")
        await publish(tell, org_id, event, event=f"guardian.{kind}")

        async def speaks() -> bool:
            return expected == await _speaker(deps, clock, account_id)

        await eventually(speaks)

    account, in_maple, in_cedar = str(account_id), new_id(), new_id()
    await happened(maple, _guardian(in_maple, 2, linked=GuardianLinked(account_id=account)), "Maple")
    await happened(cedar, _guardian(in_cedar, 2, linked=GuardianLinked(account_id=account)), "Cedar")
    await happened(cedar, _guardian(in_cedar, 3, unlinked=GuardianUnlinked(account_id=account)), "Maple")
    await happened(cedar, _guardian(in_cedar, 4, relinked=GuardianRelinked(account_id=account)), "Cedar")
    await happened(cedar, _guardian(in_cedar, 3, unlinked=GuardianUnlinked(account_id=account)), "Cedar")  # late
    await happened(cedar, _guardian(in_cedar, 5, unlinked=GuardianUnlinked(account_id=account)), "Maple")
    await happened(maple, _guardian(in_maple, 3, unlinked=GuardianUnlinked(account_id=account)), "")
    assert "" == await _speaker(deps, clock, new_id())


async def test_a_change_is_shown_at_once(tell: Bus, deps: Deps, clock: FakeClock, org_id: UUID) -> None:
    """CASE-U6: an organization's own messages have its newest profile, also those that wait."""

    async def shown(name: str) -> bool:
        return name == await _speaker(deps, clock, new_id(), org_id)

    for name in ("Maple", "Maple County"):
        await publish(tell, org_id, _organization(name), service="identity", event="organization.updated")
        await eventually(partial(shown, name))
