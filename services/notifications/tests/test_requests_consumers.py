import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from portico.notifications.v1.events_pb2 import MessageWithdrawal
from portico_errors.notifications import DeadLetterNotFound, DeadLetterNotRedrivable
from sqlalchemy import bindparam, select

from chassis.bus import Bus
from chassis.consumer import Consumers, Retries
from chassis.db import Database, statement
from chassis.ids import new_id
from chassis.pagination import NEWEST
from chassis.tasks import cancel
from chassis.testing import eventually
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.usecases import list_dead_letters, redrive_dead_letter
from notifications.messages.domain import Message, State
from notifications.messages.storage import messages, metadata, withdrawals
from notifications.messages.usecases import get_message
from notifications.requests.consumers import register
from notifications.requests.usecases.single import send_message
from notifications.shared.domain import Channel, Request
from services.notifications.tests.claims import claimed_now
from services.notifications.tests.world import events_of, message_request, publish, request_for

_MESSAGES = statement(
    select(messages.c.id, messages.c.requester).where(messages.c.org_id == bindparam("org_id")).order_by(messages.c.id)
)
_dead = metadata.tables["dead_letters"]
_REASONS = statement(select(_dead.c.id, _dead.c.reason).where(_dead.c.org_id == bindparam("org_id")))


@dataclass(frozen=True)
class Consuming:
    """A consumer that runs, and what a test asks of it."""

    deps: Deps
    bus: Bus

    async def messages(self, org_id: UUID) -> list[tuple[Message, str]]:
        rows = await self.deps.database.all(_MESSAGES, org_id=org_id)
        return [(await get_message(self.deps, org_id=org_id, message_id=_uuid(row[0])), str(row[1])) for row in rows]

    async def reasons(self, org_id: UUID) -> Sequence[tuple[object, ...]]:
        return await self.deps.database.all(_REASONS, org_id=org_id)


def _uuid(value: object) -> UUID:
    assert isinstance(value, UUID)
    return value


@asynccontextmanager
async def _running(deps: Deps, database: Database, bus: Bus) -> AsyncIterator[Consuming]:
    consumers = Consumers(database, bus, retries=Retries(tries=2, first_pause=0.01))
    deps = replace(deps, redrive_event=consumers.redrive)
    register(consumers, deps)
    task = asyncio.create_task(consumers.run())
    yield Consuming(deps, bus)
    await cancel(task)


@pytest.fixture
async def consuming(deps: Deps, database: Database, bus: Bus) -> AsyncIterator[Consuming]:
    async with _running(deps, database, bus) as consuming:
        yield consuming


@pytest.fixture
def request_(deps: Deps) -> Request:
    return request_for(deps.composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL))


@pytest.mark.parametrize("service", ["identity", "applications", "casemanager"])
async def test_event_becomes_a_message(
    consuming: Consuming, org_id: UUID, request_: Request, service: str, woken: list[Channel]
) -> None:
    """NT-01: another service asks by an event, and the message is stored under its name."""
    await publish(consuming.bus, org_id, message_request(request_), service=service)
    await eventually(lambda: consuming.messages(org_id))
    [(message, requester)] = await consuming.messages(org_id)
    assert (service, request_.address, request_.reference, State.QUEUED) == (
        requester,
        message.address,
        message.reference,
        message.state,
    )
    assert [Channel.EMAIL] == woken


async def test_repeated_event_makes_one_message(consuming: Consuming, org_id: UUID, request_: Request) -> None:
    """NT-07: the same event, or another event with the same request, makes no second message."""
    event_id = new_id()
    for _ in range(2):
        await publish(consuming.bus, org_id, message_request(request_), event_id=event_id)
    await publish(consuming.bus, org_id, message_request(request_))
    other = replace(request_, idempotency_key="other")
    await publish(consuming.bus, org_id, message_request(other))

    async def both() -> bool:
        return len(await consuming.messages(org_id)) == 2

    assert await eventually(both)
    assert [] == await consuming.reasons(org_id)


async def test_another_body_under_a_key_is_a_dead_letter(consuming: Consuming, org_id: UUID, request_: Request) -> None:
    """NT-07: another body under the same key is refused; the event lies among the dead letters with that reason."""
    await publish(consuming.bus, org_id, message_request(request_))
    await eventually(lambda: consuming.messages(org_id))
    await publish(consuming.bus, org_id, message_request(replace(request_, reference="invitations/other")))
    [(_, reason)] = await eventually(lambda: consuming.reasons(org_id))
    assert "IDEMPOTENCY_KEY_REUSED" in str(reason)
    assert 1 == len(await consuming.messages(org_id))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"address": "josé@example.org"}, "RECIPIENT_INVALID"),
        ({"template": "NO_SUCH"}, "TEMPLATE_NOT_FOUND"),
        ({"values": {}}, "TEMPLATE_VALUES_INVALID"),
        ({"sealed_values": b"garbage"}, "SEALED_VALUES_UNREADABLE"),
    ],
)
async def test_who_asked_for_what_cannot_be_sent_is_told(
    consuming: Consuming, org_id: UUID, request_: Request, changes: dict[str, Any], reason: str
) -> None:
    """CASE-S2, NT-01: a request that is refused answers with `failed` and the reason, beside the dead letter."""
    await publish(consuming.bus, org_id, message_request(replace(request_, **changes)))
    [(letter_id, _)] = await eventually(lambda: consuming.reasons(org_id))
    [event] = await events_of(consuming.deps.database, org_id)
    assert (request_.reference, str(letter_id)) == (event.reference, event.message_id)
    assert ("failed", False, reason) == (event.WhichOneof("event"), event.failed.retrying, event.failed.reason)


async def test_withdrawal_is_kept_for_its_requester(consuming: Consuming, org_id: UUID, request_: Request) -> None:
    """CASE-S2, NT-01: what a service withdraws by an event is cancelled when it is claimed, be it the first or not."""
    await publish(consuming.bus, org_id, MessageWithdrawal(reference=request_.reference))
    await publish(consuming.bus, org_id, MessageWithdrawal(reference=request_.reference))
    await eventually(lambda: _withdrawn(consuming.deps, org_id))
    await send_message(consuming.deps, consuming.deps.database, org_id=org_id, request=request_)
    now = consuming.deps.clock()
    [claimed] = [each for each in await claimed_now(consuming.deps.database, now) if each.org_id == org_id]
    assert claimed.is_superseded


async def _withdrawn(deps: Deps, org_id: UUID) -> bool:
    return bool(await deps.database.all(_WITHDRAWALS, org_id=org_id))


_WITHDRAWALS = statement(select(withdrawals.c.reference).where(withdrawals.c.org_id == bindparam("org_id")))


async def test_wrong_event_stops_nobody(consuming: Consuming, org_id: UUID, request_: Request) -> None:
    """NT-02: an event with wrong values is a dead letter without a word of its content; the next one is stored."""
    secret = "https://evil.example/SECRET"
    wrong = replace(request_, values={"guardian_name": secret}, idempotency_key="wrong")
    await publish(consuming.bus, org_id, message_request(wrong))
    await publish(consuming.bus, org_id, message_request(request_))
    await eventually(lambda: consuming.messages(org_id))
    [(letter_id, reason)] = await eventually(lambda: consuming.reasons(org_id))
    assert "values.application_number: is missing." in str(reason)
    assert "SECRET" not in str(reason)
    with pytest.raises(DeadLetterNotRedrivable, match="The values are not those that the template declares"):
        await redrive_dead_letter(consuming.deps, org_id=org_id, letter_id=_uuid(letter_id))


async def test_dead_event_is_listed_and_put_back(
    consuming: Consuming, org_id: UUID, request_: Request, deps: Deps
) -> None:
    """CASE-S2, NT-06: an event that could not be handled is listed beside the dead messages, and can be put back.

    What is told then is newer than the answer that it was refused with.
    """
    blocker = replace(request_, reference="invitations/other")
    await publish(consuming.bus, org_id, message_request(blocker))
    await eventually(lambda: consuming.messages(org_id))
    await publish(consuming.bus, org_id, message_request(request_))
    [(letter_id, _)] = await eventually(lambda: consuming.reasons(org_id))
    [letter] = await list_dead_letters(consuming.deps, org_id, NEWEST, 10)
    assert (letter_id, f"portico.{org_id}.applications.notification.requested", None) == (
        letter.id,
        letter.source,
        letter.redrive_time,
    )
    await deps.database.run(_FREE_THE_KEY, org_id=org_id)
    put_back = await redrive_dead_letter(consuming.deps, org_id=org_id, letter_id=letter.id)
    assert replace(letter, redrive_time=deps.clock()) == put_back
    assert {"invitations/other", request_.reference} == {m.reference for m, _ in await consuming.messages(org_id)}
    assert [] == await consuming.reasons(org_id)
    told = [event for event in await events_of(deps.database, org_id) if event.reference == request_.reference]
    assert ["failed", "queued"] == [event.WhichOneof("event") for event in told]
    assert told[0].version < told[1].version


async def test_dead_event_that_fails_again_stays(consuming: Consuming, org_id: UUID, request_: Request) -> None:
    """NT-06: a dead event whose template nobody knows cannot be put back: the answer says why, and the event stays."""
    await publish(consuming.bus, org_id, message_request(replace(request_, template="NO_SUCH")))
    [(letter_id, reason)] = await eventually(lambda: consuming.reasons(org_id))
    with pytest.raises(DeadLetterNotRedrivable) as refused:
        await redrive_dead_letter(consuming.deps, org_id=org_id, letter_id=_uuid(letter_id))
    assert {"reason": "TEMPLATE_NOT_FOUND"} == refused.value.metadata
    assert [(letter_id, reason)] == await consuming.reasons(org_id)


async def test_dead_event_that_nobody_handles_does_not_exist(
    consuming: Consuming, org_id: UUID, request_: Request, deps: Deps
) -> None:
    """NT-06: a dead letter of a kind that this release knows no handler for is not found, and stays for another."""
    await publish(consuming.bus, org_id, message_request(replace(request_, template="NO_SUCH")))
    [(letter_id, reason)] = await eventually(lambda: consuming.reasons(org_id))
    await deps.database.run(_FORGET_THE_TYPE, org_id=org_id)
    with pytest.raises(DeadLetterNotFound):
        await redrive_dead_letter(consuming.deps, org_id=org_id, letter_id=_uuid(letter_id))
    assert [(letter_id, reason)] == await consuming.reasons(org_id)


_FORGET_THE_TYPE = statement(_dead.update().where(_dead.c.org_id == bindparam("org_id")).values(type="portico.Unknown"))
_FREE_THE_KEY = statement(
    messages.update().where(messages.c.org_id == bindparam("org_id")).values(idempotency_key="freed")
)


async def test_dead_event_of_another_organization_does_not_exist(
    consuming: Consuming, org_id: UUID, request_: Request
) -> None:
    """NT-06: a dead letter is found only with its own organization."""
    await publish(consuming.bus, org_id, message_request(replace(request_, template="NO_SUCH")))
    [(letter_id, _)] = await eventually(lambda: consuming.reasons(org_id))
    with pytest.raises(DeadLetterNotFound):
        await redrive_dead_letter(consuming.deps, org_id=new_id(), letter_id=_uuid(letter_id))
