"""The events about messages in bulk, by a real NATS."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from portico.identity.v1.events_pb2 import OrganizationCreated, OrganizationEvent
from portico.identity.v1.resources_pb2 import Organization
from portico.notifications.v1.events_pb2 import GroupWithdrawal, MessageRequests
from sqlalchemy import bindparam, select

from chassis.bus import Bus
from chassis.consumer import Consumers, Retries
from chassis.db import Database, statement
from chassis.ids import new_id
from chassis.tasks import cancel
from chassis.testing import eventually
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import State
from notifications.messages.storage import organizations
from notifications.requests.consumers import register
from services.notifications.tests.bulk import Batch, batch_of
from services.notifications.tests.world import events_of, groups_of, message_request, publish

_o = organizations.c
_KNOWN = statement(select(_o.time_zone, _o.send_rate).where(_o.org_id == bindparam("org_id")))


@asynccontextmanager
async def _consuming(deps: Deps, database: Database, bus: Bus) -> AsyncIterator[None]:
    consumers = Consumers(database, bus, retries=Retries(tries=2, first_pause=0.01))
    register(consumers, replace(deps, redrive_event=consumers.redrive))
    task = asyncio.create_task(consumers.run())
    yield
    await cancel(task)


@pytest.fixture
def batch(deps: Deps, org_id: UUID) -> Batch:
    return batch_of(deps, org_id)


async def _ask(bus: Bus, batch: Batch, event: MessageRequests, event_id: UUID) -> None:
    await publish(bus, batch.org_id, event, event_id=event_id, event="notification.requested_in_bulk")


async def test_event_in_bulk_has_one_effect(batch: Batch, bus: Bus, deps: Deps, database: Database) -> None:
    """NT-07: requests in bulk are stored once, also when their event comes twice, to two processes at once."""
    event = MessageRequests(requests=map(message_request, batch.requests(20)))
    last, event_id = MessageRequests(requests=[message_request(batch.request())]), new_id()
    async with _consuming(deps, database, bus), _consuming(deps, database, bus):
        for _ in range(3):
            await _ask(bus, batch, event, event_id)
        await _ask(bus, batch, last, new_id())

        async def everything() -> bool:
            return len(await batch.rows()) == 21

        await eventually(everything)
    assert Counter({(batch.group, 20): 1, (batch.group, 1): 1}) == Counter(await groups_of(database, batch.org_id))


async def test_group_is_withdrawn_by_an_event(batch: Batch, bus: Bus, deps: Deps, database: Database) -> None:
    """AP-12: who asked for a group takes it back by an event, and its requester is who publishes it."""
    await batch.store(batch.requests(3))
    withdrawal = GroupWithdrawal(group=batch.group)
    async with _consuming(deps, database, bus):
        for service in ("identity", "applications"):
            await publish(bus, batch.org_id, withdrawal, service=service, event="notification.group_withdrawn")

        async def cancelled() -> bool:
            return {row.state for row in await batch.rows()} == {State.CANCELLED}

        await eventually(cancelled)
    assert [(batch.group, 3)] * 2 == await groups_of(database, batch.org_id)


async def test_event_that_cannot_be_handled_answers_for_all(
    batch: Batch, bus: Bus, deps: Deps, database: Database
) -> None:
    """CASE-S2, NT-01: when requests in bulk are given up as a whole, each of them is answered with `failed`."""
    tries = iter(range(2))

    def broken() -> UUID:
        if next(tries, None) is not None:
            raise RuntimeError
        return new_id()

    requests = batch.requests(3)
    event = MessageRequests(requests=map(message_request, requests))
    async with _consuming(replace(deps, ids=broken), database, bus):
        await _ask(bus, batch, event, new_id())

        async def answered() -> bool:
            return len(await events_of(database, batch.org_id)) == 3

        await eventually(answered)
    told = await events_of(database, batch.org_id)
    assert {request.reference: "RuntimeError" for request in requests} == {
        event.reference: event.failed.reason for event in told
    }
    assert [] == await batch.rows()


@pytest.mark.parametrize(
    ("time_zone", "rate", "expected"),
    [
        ("America/New_York", 600, ("America/New_York", 600)),
        ("Mars/Olympus", 0, ("UTC", 3000)),
        ("", 60_000, ("UTC", 60_000)),
    ],
)
async def test_zone_and_rate_of_an_organization_are_known(
    batch: Batch, bus: Bus, deps: Deps, database: Database, time_zone: str, rate: int, expected: tuple[str, int]
) -> None:
    """NT-13, AP-12: what identity says of an organization counts; an unknown zone is UTC, no rate the usual one."""
    known = Organization(name="Maple", country="US", time_zone=time_zone, send_rate_per_minute=rate)
    event = OrganizationEvent(version=1, created=OrganizationCreated(organization=known))
    async with _consuming(deps, database, bus):
        await publish(bus, batch.org_id, event, service="identity", event="organization.created")
        [row] = await eventually(lambda: database.all(_KNOWN, org_id=batch.org_id))
    assert expected == row
