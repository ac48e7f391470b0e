"""applications and notifications as they are served, on real databases and one clock that a test moves.

What either tells the other is handed over by the test, so that a day passes in seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nacl.public import PrivateKey
from portico.applications.v1.stub import ApplicationsStub
from portico.identity.v1.events_pb2 import OrganizationCreated, OrganizationEvent
from portico.identity.v1.resources_pb2 import Organization
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub
from sqlalchemy import bindparam, select

import applications.app
import notifications.app
from applications.deliveries.consumers import subscribe
from applications.shared.deps import Deps as ApplicationsDeps
from applications.shared.organizations import upsert_organization
from chassis.bus import Bus, subject_of
from chassis.clients import open_channel
from chassis.consumer import Consumers, Retries
from chassis.db import Database, statement
from chassis.envelope import Envelope, Incoming
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Opener, Sealer
from chassis.tables import outbox
from chassis.testing import FakeClock
from chassis.testing.grpc import TestPeople, serving
from notifications.dead_letters.deps import Deps as NotificationsDeps
from notifications.requests.consumers import register
from notifications.templates.catalogue import Catalogue
from notifications.templates.composition import Composer

PUBLIC_URL = "https://portal.departamento-educacion.maple.example/en"
NAME = "Departamento de Educación Temprana y Cuidado Infantil de Maple"
_TOLD = statement(select(outbox).where(outbox.c.org_id == bindparam("org_id")).order_by(outbox.c.position))
_SHARED = {"ids": new_id, "hashes": KeyedHash(b"\1" * 32), "pager": Pager(PageTokens(b"p" * 32))}


@dataclass(frozen=True)
class TwoServices:
    """One organization in both services; `consumers` are keyed by the service that reads."""

    org_id: UUID
    clock: FakeClock
    applications: Any
    notifications: Any
    deps: NotificationsDeps
    databases: dict[str, Database]
    consumers: dict[str, Consumers]

    async def hand_over(self, teller: str, reader: str) -> None:
        """What one service told reaches the other, in order for each aggregate; what is known already is nothing."""
        by_aggregate: dict[UUID, list[Envelope]] = {}
        for row in await self.databases[teller].all(_TOLD, org_id=self.org_id):
            envelope = _envelope(dict(zip(outbox.c.keys(), row, strict=True)), teller)
            by_aggregate.setdefault(envelope.incoming.aggregate_id, []).append(envelope)
        await asyncio.gather(*(self._settle(reader, envelopes) for envelopes in by_aggregate.values()))

    async def _settle(self, reader: str, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            await self.consumers[reader].settle(envelope)


def _envelope(told: dict[str, Any], teller: str) -> Envelope:
    incoming = Incoming(
        id=told["id"],
        org_id=told["org_id"],
        subject=subject_of(told["org_id"], teller, told["subject"]),
        aggregate_id=told["aggregate_id"],
        version=told["version"],
        event_time=told["event_time"],
    )
    return Envelope(teller.upper(), told["type"], told["payload"], told["traceparent"], incoming)


@asynccontextmanager
async def two_services(databases: dict[str, Database], people: TestPeople, nats_url: str) -> AsyncIterator[TwoServices]:
    """Both, served while the block runs, and an organization that both know."""
    box, clock, org_id = PrivateKey.generate(), FakeClock(), new_id()
    nobody = open_channel("127.0.0.1:9", server="identity", credentials=None)
    quickly = Retries(tries=2, first_pause=0.01)
    consumers = {
        name: Consumers(database, Bus(nats_url, service=name), retries=quickly) for name, database in databases.items()
    }
    for_applications = ApplicationsDeps(
        database=databases["applications"],
        clock=clock,
        sealer=Sealer(bytes(box.public_key)),
        public_url=PUBLIC_URL,
        identity=IdentityStub(nobody),
        notifications=NotificationsStub(nobody),
        **_SHARED,  # type: ignore[arg-type]
    )
    for_notifications = NotificationsDeps(
        database=databases["notifications"],
        clock=clock,
        composer=Composer(Catalogue(), Opener(bytes(box)), PUBLIC_URL, "no-reply@portico.example"),
        sms_regions=frozenset(),
        wake=lambda _: None,
        redrive_event=consumers["notifications"].redrive,
        **_SHARED,  # type: ignore[arg-type]
    )
    subscribe(consumers["applications"], new_id)
    consumers["applications"].latest("IDENTITY", OrganizationEvent, upsert_organization)
    register(consumers["notifications"], for_notifications)
    async with (
        serving(
            *applications.app.servicers(for_applications, lambda: None), people=people, service="applications"
        ) as one,
        serving(*notifications.app.servicers(for_notifications), people=people, service="notifications") as other,
    ):
        channels = [open_channel(address, server="", credentials=None) for address in (one, other)]
        stubs = ApplicationsStub(channels[0]), NotificationsStub(channels[1])
        world = TwoServices(org_id, clock, *stubs, for_notifications, databases, consumers)
        for reading in consumers.values():
            await reading.settle(_founded(org_id, clock))
        yield world
        for channel in (*channels, nobody):
            await channel.close()


def _founded(org_id: UUID, clock: FakeClock) -> Envelope:
    organization = Organization(
        id=str(org_id),
        slug="maple",
        name=NAME,
        country="US",
        time_zone="America/New_York",
        languages=["es", "en"],
    )
    event = OrganizationEvent(version=1, created=OrganizationCreated(organization=organization))
    told = {"id": new_id(), "org_id": org_id, "aggregate_id": org_id, "version": 1, "event_time": clock()}
    told |= {"subject": "organization.created", "type": event.DESCRIPTOR.full_name, "traceparent": None}
    return _envelope({**told, "payload": event.SerializeToString()}, "identity")
