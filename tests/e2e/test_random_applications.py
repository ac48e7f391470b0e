"""Nobody waits for a message that will never come, whatever is typed into an application."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from portico.applications.v1.applications_pb2 import GetApplicationRequest
from portico.applications.v1.resources_pb2 import Application, Guardian
from portico.notifications.v1.messages_pb2 import ListMessagesRequest
from portico.notifications.v1.resources_pb2 import Message

from chassis.call import Role
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from chassis.testing.grpc import TestPeople
from chassis.testing.plugin import ServiceDatabase
from notifications.providers.domain import Accepted, OutboundMessage, Outcome, Refused
from notifications.sending.attempts import Attempts
from notifications.sending.domain import RETRY_WINDOW
from notifications.shared.domain import Channel
from services.notifications.tests.claims import claimed_now, recorded
from tests.e2e.odd_inputs import random_application
from tests.e2e.two_services import TwoServices, two_services

APPLICATIONS = 1_000


@dataclass
class Moody:
    """A provider that takes most, refuses some for good, is busy now and then, and for some recipients all day."""

    chance: Random

    async def send(self, outbound: OutboundMessage) -> Outcome:
        if outbound.id.int % 20 == 0:
            return Refused("451 4.7.1 busy", is_permanent=False)
        moods: list[Outcome] = [Accepted()] * 8 + [Refused("452 full", is_permanent=False)] * 3
        return self.chance.choice([*moods, Refused("550 5.1.1 no such user", is_permanent=True)])

    async def close(self) -> None: ...


async def _entered(world: TwoServices, staff: Any, requests: Sequence[Any]) -> tuple[list[Application], list[str]]:
    """What was accepted; of what was refused, the field that was named."""
    slots = asyncio.Semaphore(8)

    async def enter(request: Any) -> Application | str:
        async with slots:
            try:
                return await world.applications.CreateApplication(request, metadata=staff)  # type: ignore[no-any-return]
            except InvalidArgument as refused:
                return refused.violations[0].field

    answers = await asyncio.gather(*map(enter, requests))
    accepted = [answer for answer in answers if not isinstance(answer, str)]
    return accepted, [answer for answer in answers if isinstance(answer, str)]


async def _a_day(world: TwoServices, provider: Moody) -> None:
    """What the senders do from now on for a day, looked at once an hour."""
    attempts = Attempts(world.deps.composer, provider, world.clock, new_id, chance=provider.chance.random)
    end = world.clock() + RETRY_WINDOW
    while True:
        for channel in Channel:
            while claimed := await claimed_now(world.deps.database, world.clock(), limit=500, channel=channel):
                results = [(await attempts.attempt(message))[0] for message in claimed]
                await recorded(world.deps.database, *results)
        if world.clock() >= end:
            return
        world.clock.advance(timedelta(hours=1))


async def test_a_thousand_applications_end_as_sent_or_undeliverable(
    service_database: ServiceDatabase, people: TestPeople, nats_url: str
) -> None:
    """CASE-S2, CASE-A1, CASE-A2, CASE-A6, CASE-A7, CASE-M2, CASE-M10: refused by field, or ended within a day."""
    names = ("applications", "notifications")
    databases = {name: await service_database(name, f"{name}.migrations") for name in names}
    chance = Random(20261129)
    async with two_services(databases, people, nats_url) as world:
        staff = people.metadata(Role.STAFF, org_id=world.org_id, account_id=new_id())
        requests = [random_application(chance, number) for number in range(APPLICATIONS)]
        accepted, refused = await _entered(world, staff, requests)
        await world.hand_over("applications", "notifications")
        await _a_day(world, Moody(chance))
        await world.hand_over("notifications", "applications")
        ends: Counter[str] = Counter()
        sent = await _sent(world, staff)
        for application in accepted:
            now = await world.applications.GetApplication(
                GetApplicationRequest(application_id=application.id), metadata=staff
            )
            [guardian] = now.guardians
            ends[state := Guardian.LinkState.Name(guardian.link_state)] += 1
            if state == "INVITED":
                assert f"invitations/{guardian.invitation.id}" in sent
            elif state == "UNDELIVERABLE":
                assert guardian.invitation.failure_reason
            else:
                assert ("NO_CONTACT", "") == (state, guardian.email + guardian.phone)
    assert [] == [field for field in refused if not field.startswith(("guardians[0].", "children[0]."))]
    assert APPLICATIONS == len(refused) + ends.total()
    assert min(len(refused), ends["INVITED"], ends["UNDELIVERABLE"], ends["NO_CONTACT"]) > APPLICATIONS / 50


async def _sent(world: TwoServices, staff: Any) -> set[str]:
    """What the messages that a provider took are about."""
    found: set[str] = set()
    request = ListMessagesRequest(states=[Message.SENT], page_size=100)
    while True:
        page = await world.notifications.ListMessages(request, metadata=staff)
        found |= {message.reference for message in page.messages}
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token
