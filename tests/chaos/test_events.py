"""Events come twice, in the wrong order, from another release, or are rubbish, among those that are well.

Anomalies looked for: a second effect; an older report that replaces a newer one; a stream that an unreadable event
blocks; an event that disappears without a word.
"""

from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest

from chassis.bus import MAX_EVENT_BYTES
from chassis.testing.eventually import eventually
from tests.chaos.checker import unread
from tests.chaos.seeds import seeds
from tests.chaos.workload import Workload

REPORT = "portico.notifications.v1.MessageEvent"
HEARERS = ("applications", "casemanager")
"""Who reads the reports of notifications, each with dead letters of its own."""
LETTERS = "SELECT reason FROM dead_letters"
POISON = {
    "garbage": (b"\xff\xff\xff\xff", REPORT, "DecodeError"),
    "oversize": (bytes(MAX_EVENT_BYTES + 1), REPORT, "bytes are more than"),
    "no headers": (b"", None, "Not an event of ours"),
}


def headers(kind, *, event_id, aggregate_id, version, event_time):
    """As the relay writes them, without the id by which NATS itself would know a duplicate."""
    return {
        "ce-id": str(event_id),
        "ce-type": kind,
        "ce-time": event_time.isoformat(),
        "portico-aggregate": str(aggregate_id),
        "portico-version": str(version),
    }


async def letters_of(scene, service):
    """The dead letters of one who has read everything that came behind them."""
    await eventually(lambda: not unread(scene, "notifications", service, "MessageEvent"))
    return await eventually(lambda: scene.rows(service, LETTERS))


@seeds
async def test_everything_comes_again_in_another_order(scene, judge, seed):
    """NT-07: reports that come twice, shuffled, behind newer ones, have no effect."""
    history = await Workload(scene, seed).run()
    first = await judge(history)
    query = "SELECT org_id, id, subject, type, payload, aggregate_id, version, event_time FROM outbox"
    rows = scene.rows("notifications", query)
    Random(seed).shuffle(rows)
    async with scene.nats("notifications") as client:
        for org_id, event_id, subject, kind, payload, aggregate_id, version, event_time in rows:
            event_headers = headers(
                kind, event_id=event_id, aggregate_id=aggregate_id, version=version, event_time=event_time
            )
            target = f"portico.{org_id}.notifications.{subject}"
            await client.jetstream().publish(target, bytes(payload), headers=event_headers)
    await judge(await Workload(scene, seed).run())  # whose reports come behind them
    assert first == await judge(history)


@pytest.mark.parametrize("kind", sorted(POISON))
async def test_rubbish_among_the_events(scene, judge, kind):
    """OP-06, NT-06: what cannot be read is one dead letter of each reader, with the reason; its neighbours go on."""
    payload, type_name, reason = POISON[kind]
    [(org_id,)] = scene.rows("applications", "SELECT org_id FROM organizations LIMIT 1")
    written = {"event_id": uuid4(), "aggregate_id": uuid4(), "version": 1, "event_time": datetime.now(UTC)}
    async with scene.nats("notifications") as client:
        marks = {} if type_name is None else headers(type_name, **written)
        for _ in range(2):
            await client.jetstream().publish(f"portico.{org_id}.notifications.message.sent", payload, headers=marks)
    await judge(await Workload(scene, seed=0).run())
    expected = 2 if type_name is None else 1  # without an id each place in the stream is an event
    for service in HEARERS:
        found = await letters_of(scene, service)
        assert all(reason in told for (told,) in found), found
        assert expected == len(found)
        scene.run(service, "DELETE FROM dead_letters")


async def test_events_of_a_later_release(scene, judge):
    """OP-08: a type, and a variant of a type, that this release does not know are passed over without a word."""
    [(org_id,)] = scene.rows("applications", "SELECT org_id FROM organizations LIMIT 1")
    async with scene.nats("notifications") as client:
        for kind in ("portico.notifications.v9.Unheard", REPORT):
            marks = headers(kind, event_id=uuid4(), aggregate_id=uuid4(), version=1, event_time=datetime.now(UTC))
            await client.jetstream().publish(f"portico.{org_id}.notifications.message.sent", b"", headers=marks)
    await judge(await Workload(scene, seed=1).run())
    for service in HEARERS:
        assert [] == scene.rows(service, LETTERS)
