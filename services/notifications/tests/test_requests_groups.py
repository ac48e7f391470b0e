"""Groups that are taken back."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from portico_errors.notifications import DeadLetterNotRedrivable
from sqlalchemy import bindparam, select

from chassis.db import Database, statement
from chassis.testing import FakeClock, eventually
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.usecases import redrive_dead_letter
from notifications.messages.domain import AttemptResult, State
from notifications.messages.retention import CONTENT_RETENTION, forget_expired
from notifications.messages.storage import groups
from notifications.requests.usecases.bulk import withdraw_group
from notifications.shared.domain import Urgency
from services.notifications.tests.bulk import Batch, Inside, batch_of
from services.notifications.tests.claims import SENT, claimed_now, recorded, result_of
from services.notifications.tests.desk import Desk, HeldProvider
from services.notifications.tests.world import events_of, groups_of, row_of, stored

pytestmark = pytest.mark.usefixtures("empty_queue")
_GROUPS = statement(select(groups.c.group).where(groups.c.org_id == bindparam("org_id")))
_LATER = AttemptResult(State.TEMPORARY_FAILURE, "451 later")


@pytest.fixture
def batch(deps: Deps, org_id: UUID) -> Batch:
    return batch_of(deps, org_id)


async def _told(batch: Batch) -> Counter[str | None]:
    return Counter(e.WhichOneof("event") for e in await events_of(batch.deps.database, batch.org_id))


async def test_what_waits_is_cancelled_without_an_attempt(batch: Batch, database: Database, clock: FakeClock) -> None:
    """AP-12: what waits of a group, due or not, is CANCELLED when it is withdrawn, and told in bulk."""
    await batch.store(batch.requests(600))
    await batch.store(batch.requests(2, not_before=clock() + timedelta(days=1)))
    [claimed] = await claimed_now(database, clock(), limit=1)
    await recorded(database, result_of(claimed, replace(_LATER, due_time=clock() + timedelta(hours=3)), clock()))
    await batch.withdraw()
    assert {State.CANCELLED} == {row.state for row in await batch.rows()}
    row = await row_of(database, batch.org_id, claimed.id)
    assert ("SUPERSEDED", None, None, None) == tuple(
        row[name] for name in ("failure_reason", "due_time", "values", "sealed_values")
    )
    assert Counter(queued=602, failed=1, cancelled=602) == await _told(batch)
    assert 6 == len(await groups_of(database, batch.org_id))
    newest = {event.message_id: event for event in await events_of(database, batch.org_id)}
    assert newest[str(claimed.id)].version == row["version"] > claimed.version
    assert [] == await claimed_now(database, clock() + timedelta(days=2))


async def test_what_comes_later_is_cancelled(batch: Batch, database: Database, clock: FakeClock) -> None:
    """AP-12: what is asked for of a group that was withdrawn goes nowhere, be it asked for alone or among others."""
    await batch.withdraw()
    await batch.withdraw()
    await batch.store(batch.requests(2))
    await stored(batch.deps, batch.org_id, urgency=Urgency.BULK, group=batch.group)
    assert {State.CANCELLED} == {row.state for row in await batch.rows()}
    assert Counter(cancelled=3) == await _told(batch)
    assert [] == await claimed_now(database, clock() + timedelta(days=2))


async def test_other_groups_go_on(batch: Batch, database: Database, clock: FakeClock) -> None:
    """AP-12: a group is its requester's and its organization's, and its name stands for nothing else."""
    await batch.store([batch.request(group="batches/other"), batch.request(group="")])
    async with database.transaction() as tx:
        await withdraw_group(batch.deps, tx, org_id=batch.org_id, requester="identity", group="batches/other")
    await batch.withdraw()
    await batch_of(batch.deps, batch.org_id, "batches/empty").withdraw()
    assert [State.QUEUED] * 2 == [row.state for row in await batch.rows()]
    assert [False] * 2 == [message.is_superseded for message in await claimed_now(database, clock())]


async def test_dead_letter_of_a_withdrawn_group_does_not_run(
    batch: Batch, database: Database, clock: FakeClock
) -> None:
    """NT-06: a dead letter of a group is put back to work in bulk, unless the group was withdrawn."""
    await batch.store(batch.requests(2))
    claimed = await claimed_now(database, clock())
    await recorded(database, *(result_of(each, replace(_LATER, is_dead=True), clock()) for each in claimed))
    await redrive_dead_letter(batch.deps, org_id=batch.org_id, letter_id=claimed[0].id)
    assert (batch.group, 1) == (await groups_of(database, batch.org_id))[-1]
    await batch.withdraw()
    with pytest.raises(DeadLetterNotRedrivable):
        await redrive_dead_letter(batch.deps, org_id=batch.org_id, letter_id=claimed[1].id)


async def test_message_that_is_being_sent_counts_as_its_provider_says(batch: Batch, desk: Desk) -> None:
    """AP-12: withdrawn while a sender holds it, a message is SENT when the provider took it, and never CANCELLED."""
    provider = HeldProvider()
    await batch.store(batch.requests(40))
    async with desk.sending(provider=provider, connections=2):
        await eventually(lambda: provider.begun)
        await batch.withdraw()
        provider.release.set()

        async def everything_told() -> bool:
            return (await _told(batch))["sent"] + (await _told(batch))["cancelled"] == 40

        await eventually(everything_told)
    sent = {row.id for row in await batch.rows() if row.state == State.SENT}
    assert {*provider.begun} == sent
    assert 0 < len(sent) < 40


async def test_retry_of_a_withdrawn_message_is_cancelled_at_once(
    batch: Batch, database: Database, clock: FakeClock
) -> None:
    """AP-12: a message that was withdrawn while a provider refused it for now does not wait for its retry."""
    await batch.store([batch.request()])
    [claimed] = await claimed_now(database, clock())
    await batch.withdraw()
    await recorded(database, result_of(claimed, replace(_LATER, due_time=clock() + timedelta(hours=3)), clock()))
    [claimed] = await claimed_now(database, clock())
    assert claimed.is_superseded


@pytest.mark.parametrize("is_first", [True, False])
async def test_claim_and_withdrawal_race(batch: Batch, database: Database, clock: FakeClock, is_first: bool) -> None:
    """AP-12: senders that claim while a group is withdrawn: each message is theirs or CANCELLED, never both."""
    await batch.store(batch.requests(120))
    claims = [claimed_now(database, clock(), limit=12) for _ in range(6)]
    racing = [batch.withdraw(), *claims] if is_first else [*claims, batch.withdraw()]
    results = await asyncio.gather(*racing)
    claimed = [message for result in results if result for message in result]
    await recorded(database, *(result_of(message, SENT, clock()) for message in claimed))
    states = {row.id: row.state for row in await batch.rows()}
    sent = {message_id for message_id, state in states.items() if state == State.SENT}
    assert {message.id for message in claimed} == sent
    assert {State.CANCELLED} == {*states.values()} - {State.SENT}
    told = await events_of(database, batch.org_id)
    assert len(states) == len([event for event in told if event.WhichOneof("event") in {"sent", "cancelled"}])


async def test_withdrawal_waits_for_what_is_being_stored(batch: Batch, database: Database) -> None:
    """AP-12: the withdrawal of a group leaves nothing behind of what another transaction is about to store."""
    await batch.store(batch.requests(1))
    async with database.transaction() as tx:
        await replace(batch, deps=replace(batch.deps, database=Inside(tx))).store(batch.requests(3))  # type: ignore[arg-type]
        withdrawing = asyncio.create_task(batch.withdraw())
        done, _ = await asyncio.wait([withdrawing], timeout=0.3)
        assert set() == done
    await withdrawing
    assert Counter({State.CANCELLED: 4}) == Counter(row.state for row in await batch.rows())


async def test_requests_and_withdrawal_race(batch: Batch) -> None:
    """AP-12: requests and the withdrawal of their group in the same moment leave nothing that waits."""
    storing = [batch.store(batch.requests(20)) for _ in range(5)]
    await asyncio.gather(*storing[:3], batch.withdraw(), *storing[3:])
    assert Counter({State.CANCELLED: 100}) == Counter(row.state for row in await batch.rows())


async def test_group_is_forgotten_after_60_days(batch: Batch, database: Database, clock: FakeClock) -> None:
    """NT-08: a group that was not served for 60 days is forgotten, and what its organization may send is not."""
    await batch.store([batch.request()])
    await batch.withdraw()
    clock.advance(2 * CONTENT_RETENTION)
    await forget_expired(database, clock)
    assert 2 == await _group_count(database, batch.org_id)
    clock.advance(timedelta(seconds=1))
    await forget_expired(database, clock)
    assert 1 == await _group_count(database, batch.org_id)


async def _group_count(database: Database, org_id: UUID) -> int:
    return len(await database.all(_GROUPS, org_id=org_id))
