"""What is sent in bulk: organizations in turn, and none faster than its rate."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.db import Database
from chassis.ids import new_id
from chassis.testing import FakeClock, eventually
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import State
from notifications.sending import storage as sending
from notifications.sending.sender import LEASE
from notifications.sending.storage import Claimed
from notifications.shared.domain import Channel, Urgency
from services.notifications.tests.bulk import Batch, batch_of
from services.notifications.tests.claims import SENT, claimed_now, recorded, result_of
from services.notifications.tests.desk import Desk
from services.notifications.tests.world import a_phone_number, events_of, groups_of, introduce, row_of, stored

pytestmark = pytest.mark.usefixtures("empty_queue")
SECOND = timedelta(seconds=1)


async def _count(database: Database, now: datetime, *, limit: int = 256) -> int:
    return len(await claimed_now(database, now, limit=limit))


def _organizations(claimed: Sequence[Claimed]) -> Counter[UUID]:
    return Counter(message.org_id for message in claimed)


async def test_organization_sends_at_its_rate(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """AP-12: of what is due in bulk, a second's worth of the organization's rate goes out at once, then no more."""
    await introduce(database, org_id, send_rate=600)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(40))
    assert [10, 0] == [await _count(database, clock()) for _ in range(2)]
    assert [5, 0] == [await _count(database, clock() + SECOND / 2) for _ in range(2)]
    # A bucket never holds more than a second's worth, however long nobody asked.
    assert [10, 0] == [await _count(database, clock() + timedelta(minutes=1)) for _ in range(2)]


async def test_slow_organization_sends_one_at_a_time(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """AP-12: a rate below one a second waits as long as it says, to the message."""
    await introduce(database, org_id, send_rate=2)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(5))
    waits = (0, 1, 29, 31, 59, 61)
    assert [1, 0, 0, 1, 0, 1] == [await _count(database, clock() + wait * SECOND) for wait in waits]


async def test_unknown_organization_sends_3000_a_minute(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """AP-12: of an organization that identity has not spoken of yet, 3,000 messages go out in a minute."""
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(60))
    assert 50 == await _count(database, clock())


async def test_group_sends_at_its_own_rate(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """AP-12: a group goes no faster than it was asked to, beside another one and within the organization's rate."""
    await introduce(database, org_id, send_rate=600)
    slow, free = batch_of(deps, org_id), batch_of(deps, org_id)
    await slow.store(slow.requests(20, group_rate=120))
    await free.store(free.requests(20))
    for now in (clock(), clock() + SECOND):
        assert {slow.group: 2, free.group: 8} == Counter(message.group for message in await claimed_now(database, now))


async def test_rate_delays_nothing_else(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """P-21, NT-01: what is URGENT or NORMAL goes at once, whatever the organization has sent in bulk."""
    await introduce(database, org_id, send_rate=1)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(20))
    for urgency in (Urgency.URGENT, Urgency.NORMAL):
        await asyncio.gather(*(stored(deps, org_id, urgency=urgency) for _ in range(5)))
    claimed = Counter(message.urgency for message in await claimed_now(database, clock()))
    assert {Urgency.URGENT: 5, Urgency.NORMAL: 5, Urgency.BULK: 1} == claimed


async def test_organizations_take_turns(deps: Deps, database: Database, clock: FakeClock) -> None:
    """AP-12: a batch of many messages of one organization does not hold up the few of another that come later."""
    large, small = batch_of(deps, new_id()), batch_of(deps, new_id())
    await large.store(large.requests(60))
    clock.advance(SECOND)
    await small.store(small.requests(12))
    shares = [_organizations(await claimed_now(database, clock(), limit=16)) for _ in range(2)]
    assert [{large.org_id: 8, small.org_id: 8}, {large.org_id: 12, small.org_id: 4}] == shares


async def test_who_was_served_longest_ago_goes_first(deps: Deps, database: Database, clock: FakeClock) -> None:
    """AP-12: with more organizations than places, each has its turn before anybody has a second one."""
    batches = [batch_of(deps, new_id()) for _ in range(4)]
    for batch in batches:
        await batch.store(batch.requests(4))
    turns: list[UUID] = []
    for _ in range(4):
        clock.advance(SECOND)
        turns += _organizations(await claimed_now(database, clock(), limit=2))
    assert {batch.org_id: 2 for batch in batches} == Counter(turns)
    assert 4 == len(set(turns[:4]))


async def test_processes_share_a_rate(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """AP-12: senders that claim in the same moment send together what one of them might."""
    await introduce(database, org_id, send_rate=1200)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(90))
    claims = [await asyncio.gather(*(claimed_now(database, clock(), limit=8) for _ in range(6))) for _ in range(4)]
    claimed = [message.id for together in claims for claim in together for message in claim]
    assert 20 == len(claimed) == len(set(claimed))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.integers(1, 1200),
    group_rate=st.integers(0, 600),
    steps=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 30)), min_size=1, max_size=12),
)
async def test_rate_holds_over_any_claims(
    deps: Deps, database: Database, clock: FakeClock, rate: int, group_rate: int, steps: list[tuple[float, int]]
) -> None:
    """AP-12: over any claims at any times no more goes out than both rates allow, and a second's worth at the start."""
    org_id, now, begin = new_id(), clock(), clock()
    await introduce(database, org_id, send_rate=rate)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(150, group_rate=group_rate))
    count = 0
    for pause, limit in steps:
        now += pause * SECOND
        count += _organizations(await claimed_now(database, now, limit=limit))[org_id]
        lowest = min(rate, group_rate or rate) / 60
        assert count <= max(lowest, 1) + lowest * (now - begin).total_seconds() + 1e-6
    await batch.withdraw()


async def test_kill_between_claim_and_record(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-07, AP-12: what a dead sender held is sent after its lease at the rate, each message once more, none lost."""
    await introduce(database, org_id, send_rate=300)
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(8))
    lost = await claimed_now(database, clock())
    assert 5 == len(lost)
    clock.advance(SECOND)
    others = await claimed_now(database, clock())
    assert 3 == await recorded_count(database, others, clock())
    clock.advance(LEASE)
    retried = await claimed_now(database, clock(), limit=4)
    assert 4 == len(retried)
    last = await claimed_now(database, clock())
    assert 1 == len(last)
    assert {message.id for message in lost} == {message.id for message in (*retried, *last)}
    await recorded_count(database, [*retried, *last], clock())
    assert {State.SENT} == {row.state for row in await batch.rows()}
    assert {(batch.group, 8), (batch.group, 3), (batch.group, 5)} == {*await groups_of(database, org_id)}


async def recorded_count(database: Database, claimed: Sequence[Claimed], now: datetime) -> int:
    await recorded(database, *(result_of(message, SENT, now) for message in claimed))
    return len(claimed)


async def test_results_of_a_group_are_one_event(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """AP-12: what became of a group's messages comes in one event, and of the others in one each."""
    one, other = batch_of(deps, org_id), batch_of(deps, org_id)
    await one.store(one.requests(3))
    await other.store(other.requests(2))
    alone = await stored(deps, org_id, urgency=Urgency.BULK)
    claimed = await claimed_now(database, clock())
    assert 3 == await recorded(database, *(result_of(message, SENT, clock()) for message in claimed))
    assert {(one.group, 3): 2, (other.group, 2): 2} == Counter(await groups_of(database, org_id))
    sent = [event for event in await events_of(database, org_id) if event.HasField("sent")]
    assert {*(str(message.id) for message in claimed)} == {event.message_id for event in sent}
    assert ["queued", "sent"] == [e.WhichOneof("event") for e in await events_of(database, org_id, alone)]


async def test_texts_in_bulk_go_out_by_day(deps: Deps, database: Database, clock: FakeClock) -> None:
    """NT-13: what is still due when the evening comes waits for the morning; emails and single texts do not."""
    org_id = new_id()
    await introduce(database, org_id, time_zone="America/Los_Angeles", send_rate=60_000)
    clock.advance(timedelta(hours=8))  # 12:00 there
    batch = batch_of(deps, org_id)
    await batch.store(batch.requests(9, Channel.SMS))
    await batch.store(batch.requests(2))
    assert 4 == len(await claimed_now(database, clock(), limit=4, channel=Channel.SMS))
    clock.advance(timedelta(hours=9))  # 21:00 there
    urgent = await stored(deps, org_id, channel=Channel.SMS, address=a_phone_number())
    assert [urgent] == [message.id for message in await _fresh(database, clock(), Channel.SMS)]
    assert 2 == await _count(database, clock())
    clock.advance(timedelta(hours=11))  # 8:00 there
    assert 5 == len(await _fresh(database, clock(), Channel.SMS))


async def _fresh(database: Database, now: datetime, channel: Channel) -> list[Claimed]:
    return [message for message in await claimed_now(database, now, channel=channel) if message.attempt_count == 1]


async def test_what_is_withdrawn_waits_for_nothing(deps: Deps, database: Database, clock: FakeClock) -> None:
    """AP-12: a message of a withdrawn group is only cancelled: it costs nothing of a rate, and goes at any hour."""
    org_id = new_id()
    await introduce(database, org_id, time_zone="Pacific/Honolulu", send_rate=1)
    batch, other = batch_of(deps, org_id), batch_of(deps, org_id)
    await batch.store(batch.requests(5, Channel.SMS))
    lost = await claimed_now(database, clock() + timedelta(hours=6), channel=Channel.SMS)
    await batch.withdraw()
    row = await row_of(database, org_id, lost[0].id)
    assert State.SENDING == row["state"]
    await other.store(other.requests(1))
    assert 1 == await _count(database, clock() + timedelta(hours=6, minutes=1))
    night = clock() + timedelta(hours=20)
    claimed = await claimed_now(database, night, channel=Channel.SMS)
    assert [(lost[0].id, True)] == [(message.id, message.is_superseded) for message in claimed]


async def test_sender_keeps_to_the_rate(desk: Desk, database: Database) -> None:
    """AP-12: a sender that runs sends a second's worth, and the rest as time goes on; its events come in bulk."""
    await introduce(database, desk.org_id, send_rate=300)
    batch = batch_of(desk.deps, desk.org_id)
    await batch.store(batch.requests(12))
    async with desk.sending():
        for expected in (5, 10, 12):
            await _sent(batch, expected)
            desk.clock.advance(SECOND)
    told = Counter(event.WhichOneof("event") for event in await events_of(database, desk.org_id))
    assert {"queued": 12, "sent": 12} == told
    assert 12 == sum(count for _, count in await groups_of(database, desk.org_id)) - 12


async def _sent(batch: Batch, count: int) -> None:
    async def so_many() -> bool:
        return len([row for row in await batch.rows() if row.state == State.SENT]) == count

    await eventually(so_many)


def test_a_claim_of_the_rest_asks_for_no_group() -> None:
    """P-21: what is URGENT is claimed by a statement that knows neither rates nor turns."""
    assert "groups" not in sending.CLAIM_MESSAGES.sql.partition("RETURNING")[0]
