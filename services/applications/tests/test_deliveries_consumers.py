"""What the other services tell, read from a real NATS."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from google.protobuf.message import Message
from portico.identity.v1.events_pb2 import OrganizationCreated, OrganizationEvent, OrganizationUpdated
from portico.identity.v1.resources_pb2 import Organization
from portico.notifications.v1 import events_pb2 as pb
from sqlalchemy import bindparam, select

from applications.application.domain.link_state import Action
from applications.application.domain.timeline import TimelineEntry
from applications.application.messages import reference_of
from applications.deliveries.consumers import subscribe
from applications.shared.organizations import organizations, upsert_organization
from chassis.bus import Bus, OwnStream, subject_of
from chassis.consumer import Consumers
from chassis.db import Database, statement
from chassis.ids import new_id
from chassis.tasks import cancel
from chassis.testing import eventually
from services.applications.tests.world import World, state

BOUNCED = pb.MessageFailed(retrying=False, reason="550 5.1.1 mailbox unavailable")
_ORGANIZATION = statement(
    select(organizations.c.name, organizations.c.languages, organizations.c.phone, organizations.c.invite_days).where(
        organizations.c.org_id == bindparam("org_id")
    )
)


@dataclass(frozen=True)
class Neighbours:
    """Publish as notifications and identity do."""

    bus: Bus
    world: World

    async def publish(
        self, message: Message, service: str, subject: str, *, org_id: UUID, aggregate_id: UUID, version: int
    ) -> None:
        headers = {
            "ce-id": str(new_id()),
            "ce-type": message.DESCRIPTOR.full_name,
            "ce-time": self.world.clock().isoformat(),
            "portico-aggregate": str(aggregate_id),
            "portico-version": str(version),
        }
        jetstream = await self.bus.jetstream()
        await jetstream.publish(subject_of(org_id, service, subject), message.SerializeToString(), headers=headers)

    async def report(self, reference: str, *, version: int, message_id: UUID | None = None, **what: Message) -> None:
        """What became of a message, in the name of notifications."""
        self.world.clock.advance(timedelta(seconds=1))
        await self.publish(
            pb.MessageEvent(reference=reference, version=version, **what),  # type: ignore[arg-type]
            "notifications",
            "message.changed",
            org_id=self.world.org_id,
            aggregate_id=message_id or new_id(),
            version=version,
        )

    async def tell(self, event: OrganizationEvent, *, org_id: UUID) -> None:
        """What identity says of an organization."""
        await self.publish(
            event, "identity", "organization.changed", org_id=org_id, aggregate_id=org_id, version=event.version
        )


@pytest.fixture(scope="module")
async def bus(database: Database, nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(nats_url, service="applications")
    await bus.open()
    await bus.ensure_streams(
        [
            OwnStream(name="NOTIFICATIONS", service="notifications", aggregates=("message",)),
            OwnStream(name="IDENTITY", service="identity", aggregates=("organization",)),
        ]
    )
    consumers = Consumers(database, bus)
    subscribe(consumers, new_id)
    consumers.latest("IDENTITY", OrganizationEvent, upsert_organization)
    reading = asyncio.create_task(consumers.run())
    yield bus
    await cancel(reading)
    await bus.close()


@pytest.fixture
def neighbours(bus: Bus, world: World) -> Neighbours:
    return Neighbours(bus, world)


async def lines(world: World, application) -> list[TimelineEntry]:
    return await world.lines(application)


async def test_the_way_of_a_message_stands_in_the_timeline(world: World, neighbours: Neighbours) -> None:
    """AP-17: queued, failed for now, sent and delivered, each once and in its place, with the provider's words."""
    application, message_id = await world.submit(), new_id()
    reference = (await world.messages())[0].reference
    await neighbours.report(reference, version=1, message_id=message_id, queued=pb.MessageQueued())
    busy = pb.MessageFailed(retrying=True, reason="450 busy")
    await neighbours.report(reference, version=2, message_id=message_id, failed=busy)
    await neighbours.report(reference, version=3, message_id=message_id, sent=pb.MessageSent())
    await neighbours.report(reference, version=4, message_id=message_id, delivered=pb.MessageDelivered())
    await eventually(lambda: _has(world, application, "MESSAGE_DELIVERED"))
    told = [(line.kind.name, line.detail) for line in await lines(world, application)]
    assert told[:4] == [
        ("MESSAGE_DELIVERED", ""),
        ("MESSAGE_SENT", ""),
        ("MESSAGE_FAILED", "450 busy"),
        ("MESSAGE_QUEUED", ""),
    ]
    assert state(await world.get(application)) == "INVITED"


async def _has(world: World, application, kind: str) -> bool:
    return kind in await world.timeline(application)


async def test_a_bounce_makes_undeliverable_until_one_arrives(world: World, neighbours: Neighbours) -> None:
    """AP-03: with the reason; a later SENT of the same message clears it, an older report changes nothing."""
    application = await world.submit()
    reference, message_id = (await world.messages())[0].reference, new_id()
    await neighbours.report(reference, version=3, message_id=message_id, failed=BOUNCED)
    await eventually(lambda: _is(world, application, "UNDELIVERABLE"))
    now = await world.get(application)
    assert now.guardians[0].invitation.failure_reason == BOUNCED.reason
    await neighbours.report(reference, version=2, message_id=message_id, sent=pb.MessageSent())
    await eventually(lambda: _has(world, application, "MESSAGE_SENT"))
    assert state(await world.get(application)) == "UNDELIVERABLE"
    await neighbours.report(reference, version=5, message_id=message_id, sent=pb.MessageSent())
    await eventually(lambda: _is(world, application, "INVITED"))


async def test_what_never_went_out_is_undeliverable(world: World, neighbours: Neighbours) -> None:
    """CASE-S2, AP-03: a message that was refused, or whose time ran out while nobody took it, is undeliverable."""
    refused, late = await world.submit(), await world.submit()
    [for_refused, for_late] = [message.reference for message in await world.messages()]
    await neighbours.report(for_refused, version=1, failed=pb.MessageFailed(reason="RECIPIENT_INVALID"))
    await neighbours.report(for_late, version=4, cancelled=pb.MessageCancelled(reason="TOO_LATE"))
    for application, reason in ((refused, "RECIPIENT_INVALID"), (late, "TOO_LATE")):
        await eventually(partial(_is, world, application, "UNDELIVERABLE"))
        assert reason == (await world.get(application)).guardians[0].invitation.failure_reason


async def test_a_redrive_takes_the_failure_back(world: World, neighbours: Neighbours) -> None:
    """CASE-S2, NT-06: what is put back to work is on its way again; its new end counts, and no old one."""
    application = await world.submit()
    reference = (await world.messages())[0].reference
    await neighbours.report(reference, version=1, failed=pb.MessageFailed(reason="TEMPLATE_NOT_FOUND"))
    await eventually(lambda: _is(world, application, "UNDELIVERABLE"))
    await neighbours.report(reference, version=2, queued=pb.MessageQueued())
    await eventually(lambda: _is(world, application, "INVITED"))
    await neighbours.report(reference, version=1, failed=pb.MessageFailed(reason="again"))
    await eventually(lambda: _has_reason(world, application, "again"))
    assert "INVITED" == state(await world.get(application))
    await neighbours.report(reference, version=4, failed=BOUNCED)
    await eventually(lambda: _is(world, application, "UNDELIVERABLE"))


async def _is(world: World, application, expected: str) -> bool:
    return state(await world.get(application)) == expected


async def test_a_suppressed_message_is_undeliverable_and_a_reinvitation_mends_it(
    world: World, neighbours: Neighbours
) -> None:
    """AP-03: only the latest invitation counts: after a reinvitation the old message's fate is history."""
    application = await world.submit()
    old = (await world.messages())[0].reference
    await neighbours.report(old, version=2, suppressed=pb.MessageSuppressed(reason="STOP"))
    await eventually(lambda: _is(world, application, "UNDELIVERABLE"))
    assert state(await world.invite(application)) == "INVITED"
    await neighbours.report(old, version=3, failed=BOUNCED)
    await eventually(lambda: _has_reason(world, application, BOUNCED.reason))
    assert state(await world.get(application)) == "INVITED"


async def _has_reason(world: World, application, reason: str) -> bool:
    return reason in {line.detail for line in await lines(world, application)}


async def test_a_corrected_contact_is_not_blamed_for_the_wrong_one(world: World, neighbours: Neighbours) -> None:
    """AP-03: Update clears UNDELIVERABLE, and a bounce from the old address that comes late does not bring it back."""
    application = await world.submit()
    reference, message_id = (await world.messages())[0].reference, new_id()
    await neighbours.report(reference, version=2, message_id=message_id, failed=BOUNCED)
    await eventually(lambda: _is(world, application, "UNDELIVERABLE"))
    assert state(await world.update(application, email="right@example.org")) == "EXPIRED"
    late = pb.MessageFailed(retrying=False, reason="552 late")
    await neighbours.report(reference, version=3, message_id=message_id, failed=late)
    await eventually(lambda: _has_reason(world, application, late.reason))
    assert state(await world.get(application)) == "EXPIRED"


async def test_a_bounce_of_a_used_invitation_changes_no_link(world: World, neighbours: Neighbours) -> None:
    """AP-03: who is linked stays so, and who is unlinked afterwards was not undeliverable."""
    application, _ = await world.linked()
    await neighbours.report((await world.messages())[0].reference, version=2, failed=BOUNCED)
    await eventually(lambda: _has(world, application, "MESSAGE_FAILED"))
    assert state(await world.get(application)) == "LINKED"
    unlinked = await world.unlink(application)
    assert state(unlinked) == "NOT_INVITED"
    assert state(await world.invite(application, label=Action.INVITE)) == "INVITED"


async def test_reports_about_something_else_are_none_of_ours(world: World, neighbours: Neighbours) -> None:
    """AP-17: resets, unlinks, unknown or damaged references leave no line and stop nobody."""
    application = await world.submit()
    for reference in (f"resets/{new_id()}", reference_of(new_id()), "invitations/x", "invitations", ""):
        await neighbours.report(reference, version=1, failed=BOUNCED)
    cancelled = pb.MessageCancelled(reason="SUPERSEDED")
    await neighbours.report((await world.messages())[0].reference, version=2, cancelled=cancelled)
    await neighbours.report((await world.messages())[0].reference, version=3, sent=pb.MessageSent())
    await eventually(lambda: _has(world, application, "MESSAGE_SENT"))
    assert await world.timeline(application) == ["MESSAGE_SENT", "INVITED", "SUBMITTED"]


async def test_the_latest_word_on_an_organization_is_kept(world: World, neighbours: Neighbours) -> None:
    """ID-01, CASE-U6: a new organization can take applications; a later change counts, an older one does not."""
    org_id, database = new_id(), world.deps.database

    def event(version: int, name: str) -> OrganizationEvent:
        organization = Organization(
            id=str(org_id),
            slug="s",
            name=name,
            country="MX",
            time_zone="UTC",
            languages=["es"],
            phone=f"+1312555010{version}",
        )
        if version == 1:
            return OrganizationEvent(version=version, created=OrganizationCreated(organization=organization))
        return OrganizationEvent(version=version, updated=OrganizationUpdated(organization=organization))

    async def name() -> object:
        row = await database.first(_ORGANIZATION, org_id=org_id)
        return row and row[0]

    for version, words in ((1, "First"), (3, "Third"), (2, "Second")):
        await neighbours.tell(event(version, words), org_id=org_id)
    last = new_id()
    organization = Organization(id=str(last), slug="l", name="Last", country="US", time_zone="UTC", languages=["en"])
    created = OrganizationEvent(version=1, created=OrganizationCreated(organization=organization))
    await neighbours.tell(created, org_id=last)
    await eventually(lambda: database.first(_ORGANIZATION, org_id=last))
    await eventually(lambda: _equals(name, "Third"))
    row = await database.first(_ORGANIZATION, org_id=org_id)
    assert row == ("Third", ["es"], "+13125550103", 14)


async def _equals(ask, expected: object):
    return await ask() == expected
