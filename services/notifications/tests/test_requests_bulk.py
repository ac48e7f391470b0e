"""Many messages that are asked for at once."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.db import Database
from chassis.ids import new_id
from chassis.testing import FakeClock
from notifications.dead_letters.deps import Deps
from notifications.messages.domain import FIRST_VERSION, REFUSED_VERSION, State
from notifications.shared.domain import Channel, Urgency
from services.notifications.tests.bulk import Batch, Inside, batch_of
from services.notifications.tests.claims import claimed_now
from services.notifications.tests.world import SEALER, a_phone_number, events_of, groups_of, introduce, row_of, stored

pytestmark = pytest.mark.usefixtures("empty_queue")


@pytest.fixture
def batch(deps: Deps, org_id: UUID) -> Batch:
    return batch_of(deps, org_id)


async def test_requests_become_messages_of_their_group(batch: Batch, woken: list[Channel]) -> None:
    """AP-12: each request of an event is one message, and the group is told of at most 500 of them at once."""
    requests = batch.requests(600)
    await batch.store(requests)
    assert Counter({(State.QUEUED, batch.group): 600}) == Counter((r.state, r.group) for r in await batch.rows())
    assert [(batch.group, 500), (batch.group, 100)] == await groups_of(batch.deps.database, batch.org_id)
    told = await events_of(batch.deps.database, batch.org_id)
    assert [("queued", request.reference, FIRST_VERSION) for request in requests] == [
        (event.WhichOneof("event"), event.reference, event.version) for event in told
    ]
    assert [Channel.EMAIL] == woken


async def test_one_that_is_refused_stops_no_other(batch: Batch) -> None:
    """AP-12, NT-01: a request that cannot be sent answers for its reference, and the others are stored."""
    good, nameless, template, boxed, misplaced = batch.requests(5)
    asked = [
        replace(nameless, address="nowhere"),
        good,
        replace(template, template="NO_SUCH"),
        replace(boxed, sealed_values=b"garbage"),
        replace(misplaced, urgency=Urgency.URGENT),
    ]
    await batch.store(asked, event_id=(event_id := new_id()))
    told = {event.reference: event for event in await events_of(batch.deps.database, batch.org_id)}
    assert {
        nameless.reference: "RECIPIENT_INVALID",
        template.reference: "TEMPLATE_NOT_FOUND",
        boxed.reference: "SEALED_VALUES_UNREADABLE",
        misplaced.reference: "INVALID_REQUEST",
    } == {reference: event.failed.reason for reference, event in told.items() if event.HasField("failed")}
    assert told[good.reference].HasField("queued")
    failed = told[nameless.reference]
    assert (str(event_id), REFUSED_VERSION, False) == (failed.message_id, failed.version, failed.failed.retrying)
    assert 1 == len(await batch.rows())


async def test_same_requests_make_no_second_message(batch: Batch) -> None:
    """NT-07: asked for again, by the same body, nothing is stored and nothing is told."""
    requests = batch.requests(3)
    sample = batch.deps.composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL).sample
    await batch.store(requests)
    sealed_anew = SEALER.seal({"link": sample["link"], "code": sample["code"]})
    await batch.store([replace(request, sealed_values=sealed_anew) for request in requests])
    await batch.store([requests[0], requests[0]])
    assert 3 == len(await batch.rows()) == len(await events_of(batch.deps.database, batch.org_id))


async def test_key_with_another_body_is_refused_alone(batch: Batch) -> None:
    """NT-07: another body under a key that is taken, before or in the same event, is refused for that row only."""
    first, second, third = batch.requests(3)
    await batch.store([first])
    others = [replace(request, reference=f"invitations/{new_id()}") for request in (first, second)]
    await batch.store([second, *others, third])
    told = await events_of(batch.deps.database, batch.org_id)
    assert {other.reference: "IDEMPOTENCY_KEY_REUSED" for other in others} == {
        event.reference: event.failed.reason for event in told if event.HasField("failed")
    }
    assert 3 == len(await batch.rows())


async def test_two_events_at_once_make_one_message(batch: Batch) -> None:
    """NT-07: the same requests in two events that are handled in the same moment are stored once, and told once."""
    requests = batch.requests(50)
    await asyncio.gather(*(batch.store(requests) for _ in range(4)))
    told = await events_of(batch.deps.database, batch.org_id)
    assert 50 == len(await batch.rows()) == len(told)
    assert {"queued"} == {event.WhichOneof("event") for event in told}


async def test_all_hold_or_fall_together(batch: Batch) -> None:
    """NT-07: the messages of an event are stored with its inbox row, or none of them is."""
    with suppress(RuntimeError):
        async with batch.deps.database.transaction() as tx:
            inside = replace(batch, deps=replace(batch.deps, database=Inside(tx)))  # type: ignore[arg-type]
            await inside.store(batch.requests(3))
            raise RuntimeError
    assert ([], []) == (await batch.rows(), await events_of(batch.deps.database, batch.org_id))


async def test_texts_of_one_event_count_against_each_other(batch: Batch, woken: list[Channel]) -> None:
    """CASE-S8, NT-10: the sixth text to a phone is refused, also when all of them come in one event."""
    phone = a_phone_number()
    await stored(batch.deps, batch.org_id, channel=Channel.SMS, address=phone)
    texts = batch.requests(6, Channel.SMS, address=phone)
    abroad, other = batch.requests(2, Channel.SMS)
    await batch.store([*texts, replace(abroad, address="+447400123456"), other])
    failed = {
        e.reference: e.failed.reason for e in await events_of(batch.deps.database, batch.org_id) if e.HasField("failed")
    }
    late = dict.fromkeys((text.reference for text in texts[4:]), "RECIPIENT_LIMIT_REACHED")
    assert {**late, abroad.reference: "REGION_NOT_ALLOWED"} == failed
    assert 1 + 4 + 1 == len(await batch.rows())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2), max_size=14), st.lists(st.integers(0, 2), max_size=14))
async def test_limit_is_the_same_however_texts_are_asked_for(deps: Deps, first: list[int], second: list[int]) -> None:
    """NT-10: over any two events, each phone gets its first five texts, and no other is refused."""
    batch, phones = batch_of(deps, new_id()), [a_phone_number() for _ in range(3)]
    asked = [[batch.request(Channel.SMS, address=phones[which]) for which in event] for event in (first, second)]
    for requests in asked:
        if requests:
            await batch.store(requests)
    expected = [
        reference
        for phone in phones
        for reference in [r.reference for event in asked for r in event if r.address == phone][5:]
    ]
    told = await events_of(deps.database, batch.org_id)
    assert sorted(expected) == sorted(event.reference for event in told if event.HasField("failed"))


async def test_no_attempt_is_made_before_its_time(batch: Batch, clock: FakeClock) -> None:
    """AP-12: a message waits for its first attempt until `not_before`, and its day of retries begins there."""
    later = clock() + timedelta(hours=3)
    await batch.store([batch.request(not_before=later), batch.request(not_before=clock() - timedelta(hours=3))])
    rows = [await row_of(batch.deps.database, batch.org_id, row.id) for row in await batch.rows()]
    assert [(later, later), (clock(), clock())] == [(row["due_time"], row["retry_since"]) for row in rows]
    assert [clock()] * 2 == [row["create_time"] for row in rows]


async def test_text_in_bulk_waits_for_the_day(batch: Batch, database: Database, clock: FakeClock) -> None:
    """NT-13: a text in bulk that comes at night is due at 8:00 where its organization is; nothing else waits."""
    await introduce(database, batch.org_id, time_zone="Pacific/Honolulu")  # 2:00 there
    await batch.store([batch.request(Channel.SMS), batch.request()])
    await stored(batch.deps, batch.org_id, channel=Channel.SMS)
    assert [clock() + timedelta(hours=6), clock(), clock()] == [row.due_time for row in await batch.rows()]


async def test_message_of_no_group_tells_alone(batch: Batch) -> None:
    """NT-01: a message without a group tells of itself, also when it was asked for among others."""
    alone, grouped = batch.request(group=""), batch.request()
    await batch.store([alone, grouped])
    assert [(batch.group, 1)] == await groups_of(batch.deps.database, batch.org_id)
    assert {alone.reference, grouped.reference} == {
        event.reference for event in await events_of(batch.deps.database, batch.org_id)
    }


async def test_superseded_message_is_due_at_once(batch: Batch, database: Database, clock: FakeClock) -> None:
    """NT-01: a message of an event that takes the place of one that waits for a retry wakes it."""
    older = await stored(batch.deps, batch.org_id, reference="invitations/older")
    await claimed_now(database, clock())
    await batch.store([batch.request(supersedes="invitations/older")])
    [claimed] = [m for m in await claimed_now(database, clock() + timedelta(hours=1)) if m.id == older]
    assert claimed.is_superseded
