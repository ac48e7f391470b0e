"""What the janitor removes, and what it leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, func, insert, select

from chassis.db import statement
from chassis.ids import new_id
from chassis.janitor import Janitor
from chassis.tables import dead_letters, inbox, outbox, requests
from chassis.testing import FakeClock

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BURIED = statement(insert(dead_letters))
NOTHING = {"outbox": 0, "inbox": 0, "requests": 0, "dead_letters": 0}
RECEIVED = statement(insert(inbox))
REQUESTED = statement(insert(requests))
WRITTEN = statement(
    insert(outbox).values({column.name: bindparam(column.name) for column in outbox.c if column.name != "position"})
)


async def received(database, org_id, at):
    await database.run(RECEIVED, org_id=org_id, event_id=new_id(), receive_time=at)


async def requested(database, org_id, at):
    key = {"caller": "c", "method": "m", "request_id": new_id(), "body_hash": b"", "reply": b""}
    await database.run(REQUESTED, org_id=org_id, create_time=at, **key)


async def published(database, org_id, at):
    event = {"subject": "a.b", "type": "t", "payload": b"", "version": 1, "traceparent": None}
    ids = {"id": new_id(), "aggregate_id": new_id()}
    await database.run(WRITTEN, org_id=org_id, event_time=NOW - timedelta(days=90), publish_time=at, **event, **ids)


async def buried(database, org_id, at):
    event = {"stream": "S", "subject": "a.b", "type": "t", "payload": b"Ana", "version": 1, "traceparent": None}
    ids = {"id": new_id(), "aggregate_id": new_id(), "reason": "r", "tries": 5}
    await database.run(BURIED, org_id=org_id, event_time=NOW - timedelta(days=90), fail_time=at, **event, **ids)


@pytest.mark.parametrize(
    ("write", "table", "age"),
    [
        (published, "outbox", timedelta(hours=72)),
        (received, "inbox", timedelta(hours=168)),
        (requested, "requests", timedelta(hours=24)),
        (buried, "dead_letters", timedelta(days=30)),
    ],
)
async def test_only_what_is_old_enough_goes(own_database, org_id, write, table, age):
    """OP-06, NT-08: replies for a day, events for three, the inbox longer than both, dead letters for 30 days."""
    await write(own_database, org_id, NOW - age - timedelta(seconds=1))
    await write(own_database, org_id, NOW - age + timedelta(seconds=1))
    janitor = Janitor(own_database, clock=FakeClock(NOW))
    assert NOTHING | {table: 1} == await janitor.sweep()
    assert NOTHING == await janitor.sweep()


async def test_an_unpublished_event_never_goes(own_database, org_id):
    """OP-06: however long NATS is away, the outbox forgets nothing that was not published."""
    await published(own_database, org_id, None)
    assert 0 == (await Janitor(own_database, clock=FakeClock(NOW)).sweep())["outbox"]


async def test_many_rows_go_in_pieces(own_database, org_id):
    """OP-11: a large backlog is removed to its end."""
    await own_database.run(
        statement(
            insert(inbox).from_select(
                ["org_id", "event_id", "receive_time"],
                select(
                    bindparam("org_id", type_=inbox.c.org_id.type), func.gen_random_uuid(), bindparam("at")
                ).select_from(func.generate_series(1, 12_000).table_valued("n")),
            )
        ),
        org_id=org_id,
        at=NOW - timedelta(days=30),
    )
    assert 12_000 == (await Janitor(own_database, clock=FakeClock(NOW)).sweep())["inbox"]
