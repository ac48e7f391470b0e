"""How a page of rows is found in a large batch."""

from dataclasses import replace
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest

from applications.batches.domain.batch import Kind, Outcome
from applications.batches.domain.listing import Delivery
from applications.batches.storage.preview import KNOWN_CONTACTS
from applications.batches.usecases.listing import Wanted, list_rows
from applications.deliveries.storage.many import NOTE_REPORTS, Newest, report_params
from applications.deliveries.storage.single import NOTE_DELIVERY
from chassis.testing.reads import Reads
from services.applications.tests.batched import Batched
from services.applications.tests.world import World

MANY = 2000
# One in a thousand failed, and one did not arrive.
_FILL = (
    (
        "CREATE TEMPORARY TABLE they AS"
        " SELECT i, gen_random_uuid() AS a, gen_random_uuid() AS g, gen_random_uuid() AS v"
        " FROM generate_series(0, %(many)s - 1) i"
    ),
    (
        "INSERT INTO applications (org_id, id, serial, number, status, children, answers, update_request, create_time,"
        " update_time, version) SELECT %(org)s, a, i + 1, 'A-' || lpad((i + 1)::text, 6, '0'), 1, '[]', '{}', '',"
        " %(now)s, %(now)s, 1 FROM they"
    ),
    (
        "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
        " preferred_method, language, failure_reason, update_time, version)"
        " SELECT %(org)s, g, a, 0, 'Ana', 'Name' || i, 'a@example.org', '', 1, 'en', '', %(now)s, 1 FROM they"
    ),
    (
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, spellings, search_keys)"
        " SELECT %(org)s, g, a, 0, 'name' || i, '', '{}' FROM they"
    ),
    (
        "INSERT INTO invitations (org_id, id, application_id, guardian_id, method, contact, token_hash, code_hash,"
        " by_family, create_time, expire_time, message_state, batch_id, batch_position)"
        " SELECT %(org)s, v, a, g, 1, 'a@example.org', uuid_send(v), '', false, %(now)s, %(now)s,"
        " CASE WHEN i %% 1000 = 7 THEN 7 ELSE 4 END, %(batch)s, i FROM they"
    ),
    "UPDATE guardians SET invitation_id = v FROM they WHERE org_id = %(org)s AND id = g",
    (
        "INSERT INTO batch_rows (org_id, batch_id, position, application_id, guardian_id, outcome, method, turn,"
        " reason, invitation_id, failed_before, suggested_domain) SELECT %(org)s, %(batch)s, i, a, g,"
        " CASE WHEN i %% 1000 = 3 THEN 9 ELSE 2 END, 1, 0, '', v, false, '' FROM they"
    ),
)


@pytest.fixture
async def batched(world: World, postgres_url: str) -> Batched:
    """A large batch that was sent, and that the planner knows of as it soon does of every large one."""
    batched = await Batched.over(world, [], kind=Kind.INVITE)
    values = {"org": world.org_id, "batch": batched.batch.id, "now": world.deps.clock(), "many": MANY}
    async with await world.deps.database.connect() as connection:
        await connection.execute("SET statement_timeout = '1min'")  # a busy machine takes its time to fill tables
        for each in _FILL:
            await connection.execute(each, values)
        name = connection.info.dbname
    # Without this it may know only of the many small organizations of other tests. The service itself may not do it.
    async with await psycopg.AsyncConnection.connect(postgres_url, dbname=name, autocommit=True) as superuser:
        await superuser.execute("ANALYZE applications, guardians, family_names, invitations, batch_rows")
    return batched


async def test_a_page_is_found_by_an_index(world: World, batched: Batched) -> None:
    """AP-12: a page of fifty rows reads what fifty rows need, wherever it is and however rare they are in the batch."""
    reads = Reads(world.deps.database)
    deps = replace(world.deps, database=cast("Any", reads))
    nothing = Wanted(batch_id=batched.batch.id, outcomes=[], deliveries=[], typed="")
    asked = {
        "all": (nothing, 51),
        "common": (replace(nothing, outcomes=[Outcome.INVITED]), 51),
        "rare": (replace(nothing, outcomes=[Outcome.FAILED]), 2),
        "sent": (replace(nothing, deliveries=[Delivery.SENT]), 51),
        "undeliverable": (replace(nothing, deliveries=[Delivery.UNDELIVERABLE]), 2),
        "number": (replace(nothing, typed="A-00012"), 10),
        "name": (replace(nothing, typed="name123"), 11),
    }
    found = {name: len(await list_rows(deps, world.org_id, each, -1, 51)) for name, (each, _) in asked.items()}
    late = await list_rows(deps, world.org_id, nothing, MANY - 10, 51)

    assert {name: count for name, (_, count) in asked.items()} == found
    assert 9 == len(late)
    assert max(reads.pages) < 1000


PLANNED = (
    "INSERT INTO batch_contacts (org_id, batch_id, contact_hash, turn, application_id)"
    " SELECT %(org)s, %(batch)s, sha256(i::text::bytea), 0, gen_random_uuid() FROM generate_series(0, %(many)s - 1) i"
)


@pytest.mark.parametrize("counted", [None, 0, 1, 3, 100, 300])
async def test_contacts_of_earlier_rows_are_looked_up_by_their_keys(
    world: World, postgres_url: str, counted: int | None
) -> None:
    """AP-12: a chunk of a large preview costs what the first one did, whatever was counted when the batch began."""
    small, large = [await Batched.over(world, [], kind=Kind.INVITE) for _ in range(2)]
    async with await world.deps.database.connect() as connection:
        await connection.execute("SET statement_timeout = '1min'")  # a busy machine takes its time to fill tables
        if counted is not None:
            name = connection.info.dbname
            async with await psycopg.AsyncConnection.connect(postgres_url, dbname=name, autocommit=True) as superuser:
                await superuser.execute("TRUNCATE batch_contacts")
                await superuser.execute(PLANNED, {"org": world.org_id, "batch": small.batch.id, "many": counted})
                await superuser.execute("ANALYZE batch_contacts")
        await connection.execute(PLANNED, {"org": world.org_id, "batch": large.batch.id, "many": 20 * MANY})
    reads = Reads(world.deps.database)
    hashes = [sha256(str(number * MANY).encode()).digest() for number in range(-5, 20)]
    known = await reads.all(KNOWN_CONTACTS, org_id=world.org_id, batch_id=large.batch.id, contact_hashes=hashes)

    assert set(hashes[5:]) == {each.contact_hash for each in known}
    assert reads.pages[0] < 200


async def test_the_guardians_of_reports_are_looked_up_by_their_keys(world: World, batched: Batched) -> None:
    """AP-12: reports about a few messages cost what a few guardians need, however many an organization has."""
    async with await world.deps.database.connect() as connection:
        rows = await connection.execute("SELECT id FROM invitations WHERE batch_id = %s LIMIT 10", [batched.batch.id])
        ids = [UUID(str(each)) for (each,) in await rows.fetchall()]
    now = world.deps.clock()
    newest = [
        Newest(
            invitation_id=each,
            message_version=9,
            message_state=4,
            failure_reason="550 unknown",
            revokes=False,
            event_time=now,
        )
        for each in ids
    ]
    reads = Reads(world.deps.database)
    await reads.count(NOTE_REPORTS, org_id=world.org_id, batch_id=batched.batch.id, **report_params(newest, []))
    one = {"invitation_id": ids[0], "reason": "550 again", "failure_time": now, "event_time": now}
    await reads.count(NOTE_DELIVERY, org_id=world.org_id, **one)
    many, single = reads.pages
    assert (True, True) == (many < 300, single < 80), reads.pages
