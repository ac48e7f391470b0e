"""Finding the bookings of somebody who has thousands of them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res

from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.listing import Wanted, list_bookings
from casemanager.bookings.storage.walks import Scope
from casemanager.shared.found_pages import LOOKED_THROUGH
from chassis.testing.reads import Reads
from services.casemanager.tests.desk import Desk
from services.casemanager.tests.matters import open_case

_MANY = 2_000
_COPY = """
INSERT INTO bookings
SELECT (jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'number', one.number || '-' || n,
    'create_time', one.create_time + (%(hours)s + n) * interval '1 hour'))).*
FROM bookings AS one, generate_series(1, %(count)s) AS n WHERE one.id = %(id)s
"""


@pytest.fixture
async def crowd(desk: Desk, postgres_url: str) -> AsyncIterator[Sequence[res.Booking]]:
    """Of somebody with one booking, of somebody with thousands, and the latest ones, which fill the window."""
    rare, _ = await desk.colleague(given_name="Bartholomew", family_name="Quintero")
    frequent, _ = await desk.colleague(given_name="Ximena", family_name="Villanueva")
    few, many, latest = [
        await desk.request(desk.staff, case=await open_case(desk.world, person, subject={"given_name": "Noah"}))
        for person in (rare, frequent, desk.ana)
    ]
    async with await desk.world.deps.database.connect() as connection:
        await connection.execute("SET statement_timeout = '1min'")  # a busy machine takes its time to fill tables
        for booking, count, hours in ((many, _MANY, 0), (latest, LOOKED_THROUGH, _MANY)):
            await connection.execute(_COPY, {"id": UUID(booking.id), "count": count, "hours": hours})
        name = connection.info.dbname
    # The planner knows of them as it soon does of every large organization, and afterwards of none: tests of its plans
    # expect small tables. The service itself may not do it.
    async with await psycopg.AsyncConnection.connect(postgres_url, dbname=name, autocommit=True) as superuser:
        await superuser.execute("ANALYZE bookings, cases, case_managers")
        yield few, many
        await superuser.execute("DELETE FROM bookings WHERE number LIKE '%-%-%'")
        await superuser.execute("VACUUM ANALYZE bookings")


async def test_who_has_thousands_is_found_as_soon_as_who_has_one(desk: Desk, crowd: Sequence[res.Booking]) -> None:
    """CM-14: neither a case nor a person with thousands of bookings is read to the end for a page of a search."""
    few, many = crowd
    for of_one, of_thousands in (("quintero", "villanueva"), (few.case_number, many.case_number)):
        one, thousands = await _pages(desk, of_one), await _pages(desk, of_thousands)
        assert thousands < 1.5 * one


async def _pages(desk: Desk, typed: str) -> int:
    """How many pages of the database a page of 25 that somebody looks for costs."""
    reads = Reads(desk.world.deps.database)
    found = await list_bookings(
        cast("Any", reads),
        desk.world.org_id,
        Caller(account_id=None, is_staff=True),
        Wanted(scope=Scope.ALL, typed=typed),
        now=desk.world.deps.clock(),
        after=(),
        limit=25,
    )
    assert len(found) in (1, 25)
    return reads.pages[0]
