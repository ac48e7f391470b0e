import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.db import Database
from chassis.ids import new_id
from chassis.testing import FakeClock
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import AttemptResult, State
from notifications.sending import storage as sending
from notifications.sending.sender import LEASE
from notifications.shared.domain import Channel, Urgency
from services.notifications.tests.claims import REFUSED, SENT, claimed_now, recorded, result_of
from services.notifications.tests.world import events_of, row_of, stored

pytestmark = pytest.mark.usefixtures("empty_queue")


async def _store(deps: Deps, org_id: UUID, urgency: Urgency, count: int) -> None:
    await asyncio.gather(*(stored(deps, org_id, urgency=urgency) for _ in range(count)))


async def test_urgent_messages_go_first(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-01: of what is due, URGENT goes before NORMAL, and NORMAL before BULK."""
    for urgency in (Urgency.BULK, Urgency.NORMAL, Urgency.URGENT):
        await _store(deps, org_id, urgency, 10)
    first = Counter(message.urgency for message in await claimed_now(database, clock(), limit=16))
    assert {Urgency.URGENT: 10, Urgency.NORMAL: 4, Urgency.BULK: 2} == first
    second = Counter(message.urgency for message in await claimed_now(database, clock(), limit=16))
    assert {Urgency.NORMAL: 6, Urgency.BULK: 8} == second


async def test_flood_of_urgent_messages_starves_nobody(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-01: while URGENT messages fill every claim, a quarter of it is NORMAL and an eighth BULK."""
    for urgency in Urgency:
        await _store(deps, org_id, urgency, 20)
    claimed = Counter(message.urgency for message in await claimed_now(database, clock(), limit=16))
    assert {Urgency.URGENT: 10, Urgency.NORMAL: 4, Urgency.BULK: 2} == claimed


async def test_bulk_alone_gets_the_whole_claim(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-01: places that the others leave empty are filled."""
    await _store(deps, org_id, Urgency.BULK, 20)
    assert 16 == len(await claimed_now(database, clock(), limit=16))


async def test_oldest_messages_go_first(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-01: among equals, what has been due for longest goes first; what is not due stays."""
    ids = []
    for _ in range(4):
        ids.append(await stored(deps, org_id))
        clock.advance(timedelta(seconds=1))
    assert ids[:2] == [m.id for m in await claimed_now(database, clock() - timedelta(seconds=3))]
    assert {*ids[2:]} == {m.id for m in await claimed_now(database, clock())}


async def test_message_is_claimed_once(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-07: senders that claim at the same time get different messages."""
    await _store(deps, org_id, Urgency.NORMAL, 60)
    claims = await asyncio.gather(*(claimed_now(database, clock(), limit=16) for _ in range(8)))
    claimed = [message.id for claim in claims for message in claim]
    assert len(set(claimed)) == len(claimed)
    rest = await claimed_now(database, clock())
    assert 60 == len(claimed) + len(rest)


async def test_lease_runs_out(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-07: what a sender claimed and never recorded is claimed again when its lease has run out."""
    message_id = await stored(deps, org_id)
    assert [1] == [message.attempt_count for message in await claimed_now(database, clock())]
    assert [] == await claimed_now(database, clock() + LEASE - timedelta(seconds=1))
    assert [(message_id, 2)] == [(m.id, m.attempt_count) for m in await claimed_now(database, clock() + LEASE)]


async def test_channels_do_not_wait_for_each_other(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-04: each channel has its own queue."""
    await stored(deps, org_id)
    sms = await stored(deps, org_id, channel=Channel.SMS)
    assert [sms] == [message.id for message in await claimed_now(database, clock(), channel=Channel.SMS)]


async def test_results_are_recorded_together(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """NT-05: one statement records many results, each with its event, and wipes what the final ones no longer need."""
    await _store(deps, org_id, Urgency.NORMAL, 3)
    one, two, three = await claimed_now(database, clock())
    retry = AttemptResult(State.TEMPORARY_FAILURE, "451 later", due_time=clock() + timedelta(seconds=5))
    assert 3 == await recorded(
        database, result_of(one, SENT, clock()), result_of(two, REFUSED, clock()), result_of(three, retry, clock())
    )
    rows = [await row_of(database, org_id, message.id) for message in (one, two, three)]
    assert [State.SENT, State.PERMANENT_FAILURE, State.TEMPORARY_FAILURE] == [row["state"] for row in rows]
    assert [True, True, False] == [row["values"] is None and row["sealed_values"] is None for row in rows]
    told = [[e.WhichOneof("event") for e in await events_of(database, org_id, m.id)] for m in (one, two, three)]
    assert [["queued", "sent"], ["queued", "failed"], ["queued", "failed"]] == told


async def test_late_failure_does_not_undo_a_success(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-05: when two senders had a message, one after the other, the yes of the provider counts, in either order."""
    message_id = await stored(deps, org_id)
    [first] = await claimed_now(database, clock())
    [second] = await claimed_now(database, clock() + LEASE)
    assert 0 == await recorded(database, result_of(first, REFUSED, clock()))
    assert 1 == await recorded(database, result_of(first, SENT, clock()))
    assert 0 == await recorded(database, result_of(second, SENT, clock()))
    assert 0 == await recorded(database, result_of(second, REFUSED, clock()))
    assert State.SENT == (await row_of(database, org_id, message_id))["state"]
    assert ["queued", "sent"] == [event.WhichOneof("event") for event in await events_of(database, org_id)]


@pytest.mark.parametrize("attempt_results", [(SENT, SENT), (SENT, REFUSED), (REFUSED, SENT)])
@pytest.mark.parametrize("is_reversed", [False, True])
async def test_one_sender_had_a_message_twice(
    deps: Deps,
    database: Database,
    org_id: UUID,
    clock: FakeClock,
    attempt_results: tuple[AttemptResult, AttemptResult],
    is_reversed: bool,
) -> None:
    """NT-05: results of one message that are recorded together, in either order, are one event; a yes counts."""
    message_id = await stored(deps, org_id)
    [first] = await claimed_now(database, clock())
    [second] = await claimed_now(database, clock() + LEASE)
    results = [
        result_of(claimed, attempt_result, clock())
        for claimed, attempt_result in zip((first, second), attempt_results, strict=True)
    ]
    assert 1 == await recorded(database, *(reversed(results) if is_reversed else results))
    assert State.SENT == (await row_of(database, org_id, message_id))["state"]
    assert ["queued", "sent"] == [event.WhichOneof("event") for event in await events_of(database, org_id)]


async def test_failure_after_another_claim_is_ignored(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-05: a failure that comes after the lease ran out does not touch the next sender's message."""
    await stored(deps, org_id)
    [first] = await claimed_now(database, clock())
    [second] = await claimed_now(database, clock() + LEASE)
    assert 0 == await recorded(database, result_of(first, REFUSED, clock()))
    assert 1 == await recorded(database, result_of(second, REFUSED, clock()))


async def test_unbegun_message_is_given_back(deps: Deps, database: Database, org_id: UUID, clock: FakeClock) -> None:
    """OP-05: what was claimed and not begun is given back as if it had not been claimed."""
    message_id = await stored(deps, org_id)
    [claimed] = await claimed_now(database, clock())
    given = {"org_id": [org_id], "id": [message_id], "version": [claimed.version], "due_time": clock()}
    assert 1 == await database.run(sending.RELEASE_MESSAGES, **given)
    row = await row_of(database, org_id, message_id)
    assert (State.QUEUED, 0) == (row["state"], row["attempt_count"])
    assert [1] == [message.attempt_count for message in await claimed_now(database, clock())]
    assert 0 == await database.run(sending.RELEASE_MESSAGES, **given)


async def test_superseded_message_is_seen_at_the_claim(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-01: the claim says of a message that a newer one takes its place, whichever of the two was stored first."""
    await stored(deps, org_id, reference="invitations/2", supersedes="invitations/1")
    await stored(deps, org_id, reference="invitations/1")
    await stored(deps, org_id, reference="invitations/1", requester="identity")
    await stored(deps, new_id(), reference="invitations/1")
    claimed = await claimed_now(database, clock())
    assert [("invitations/1", "applications")] == [(m.reference, "applications") for m in claimed if m.is_superseded]
    assert 4 == len(claimed)


async def test_superseded_message_that_waits_is_due_at_once(
    deps: Deps, database: Database, org_id: UUID, clock: FakeClock
) -> None:
    """NT-01: a superseded message that waits for a retry is looked at without waiting for it."""
    older = await stored(deps, org_id, reference="invitations/1")
    [claimed] = await claimed_now(database, clock())
    retry = AttemptResult(State.TEMPORARY_FAILURE, "451 later", due_time=clock() + timedelta(hours=3))
    await recorded(database, result_of(claimed, retry, clock()))
    await stored(deps, org_id, reference="invitations/2", supersedes="invitations/1")
    due = {message.id: message.is_superseded for message in await claimed_now(database, clock())}
    assert due[older]
