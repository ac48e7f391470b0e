"""Finding bookings where there are thousands."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from portico.casemanager.v1 import booking_resources_pb2 as res

from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.search import sought
from casemanager.bookings.storage.listing import Shape, Wanted, _list_statement, list_bookings
from casemanager.bookings.storage.sorts import Order, Sort
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


_COPY_FOR_OTHERS = """
INSERT INTO bookings
SELECT (jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'number', one.number || '-' || n, 'create_time', one.create_time + n * interval '1 hour',
    'company_id', md5('company ' || n %% 100)::uuid, 'specialist_id', md5('specialist ' || n %% 100)::uuid))).*
FROM bookings AS one, generate_series(1, 5000) AS n WHERE one.id = %s
"""


@pytest.fixture
async def large(desk: Desk, postgres_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Where an organization has thousands of bookings in a hundred companies, and the planner knows it.

    In small tables it takes any index for as good as any other.
    """
    booking = await desk.confirmed()
    async with await desk.world.deps.database.connect() as connection:
        name = connection.info.dbname
    async with await psycopg.AsyncConnection.connect(postgres_url, dbname=name) as superuser:
        await superuser.execute("SET session_replication_role = replica")  # there are no such companies
        await superuser.execute(_COPY_FOR_OTHERS, [UUID(booking.id)])
        await superuser.execute("ANALYZE bookings")
        await superuser.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        await superuser.execute("SET LOCAL enable_bitmapscan = off")
        yield superuser
        await superuser.rollback()
        await superuser.set_autocommit(True)
        await superuser.execute("VACUUM ANALYZE bookings")


@pytest.mark.parametrize(
    ("filters", "sort", "index"),
    [
        ((), Sort.CREATE_TIME, "bookings_create_idx"),
        ((), Sort.START_TIME, "bookings_start_idx"),
        ((), Sort.NUMBER, "bookings_number_idx"),
        (("company_id",), Sort.CREATE_TIME, "bookings_company_idx"),
        (("specialist_id",), Sort.CREATE_TIME, "bookings_with_idx"),
    ],
)
async def test_staffs_lists_follow_an_index(
    large: psycopg.AsyncConnection, filters: tuple[str, ...], sort: Sort, index: str
) -> None:
    """CM-14: the first of each order, and of a company and a specialist, come by an index in that order."""
    stmt = _list_statement(
        Shape(Scope.ALL, (), filters, sought("").shape), Order(sort=sort, descending=True, is_continued=True)
    )
    rows = await (await large.execute(f"EXPLAIN (GENERIC_PLAN) {stmt.sql}".encode())).fetchall()
    plan = "\n".join(str(row[0]) for row in rows)
    assert f"Index Scan Backward using {index}" in plan or f"Index Only Scan Backward using {index}" in plan
