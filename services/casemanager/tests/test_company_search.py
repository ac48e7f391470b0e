"""The list of companies: finding them by name, the filter, pages both ways, and what an older release has written."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from sqlalchemy import NullPool, create_engine, make_url

from casemanager import migrations
from casemanager.companies import listing
from casemanager.companies.domain import Status
from casemanager.companies.listing import Wanted, list_companies
from casemanager.shared import found_pages
from chassis.call import Role
from chassis.db import Database
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from chassis.name_search import search_entry
from chassis.testing.database import migrated_copy
from services.casemanager.tests.test_companies import deactivate, update
from services.casemanager.tests.world import World

NAMES = ("Northwind Insurance", "O’Brien & Söhne", "3M Claims", "Acme Mutual", "Harbour Law", "Zürich North")


async def page(world: World, **wanted: Any) -> pb.ListCompaniesResponse:
    answer: pb.ListCompaniesResponse = await world.stub.ListCompanies(
        pb.ListCompaniesRequest(**wanted), metadata=world.staff
    )
    return answer


async def found(world: World, **wanted: Any) -> list[str]:
    """The names that are listed, on one page."""
    return [company.name for company in (await page(world, page_size=200, **wanted)).companies]


async def turned(world: World, page_size: int, **wanted: Any) -> list[str]:
    """The names on all pages forth, which are the same ones back."""
    pages, token = [], ""
    while True:
        pages.append(await page(world, page_size=page_size, page_token=token, **wanted))
        if not (token := pages[-1].next_page_token):
            break
    back, token = [pages[-1]], pages[-1].previous_page_token
    while token:
        back.insert(0, await page(world, page_size=page_size, page_token=token, **wanted))
        token = back[0].previous_page_token
    assert [list(each.companies) for each in pages] == [list(each.companies) for each in back]
    assert all(len(each.companies) == page_size for each in pages[:-1])
    return [company.name for each in pages for company in each.companies]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("north", {"Northwind Insurance", "Zürich North"}),
        ("INSUR north", {"Northwind Insurance"}),
        ("zurich", {"Zürich North"}),
        ("Zürich", {"Zürich North"}),
        ("obrien", {"O’Brien & Söhne"}),
        ("o'brien sohne", {"O’Brien & Söhne"}),
        ("3m", {"3M Claims"}),
        ("northwnid", {"Northwind Insurance"}),
        ("wind", set()),
        ("acme law", set()),
        ("!!!", set()),
        ("", {*NAMES}),
        ("  ", {*NAMES}),
    ],
)
async def test_what_is_typed_finds_which(world: World, typed: str, expected: set[str]) -> None:
    """CM-01: beginnings of a name's words in any order, whatever their case and accents, and one typo."""
    for name in NAMES:
        await world.company(name)
    names = await found(world, query=typed)
    assert (expected, len(expected)) == ({*names}, len(names))


async def test_a_number_is_a_name_as_well(world: World) -> None:
    """CM-01: a company that is called by a number is found by it, and none by its phone."""
    numbered = await world.company("1300655506 Claims")
    await update(world, await world.company("Acme"), phone="(02) 9220 0000")
    assert [numbered.name] == await found(world, query="1300655506")
    assert [] == await found(world, query="(02) 9220 0000")


async def test_a_renamed_company_is_found_by_its_present_name(world: World) -> None:
    """CM-01: the name of before finds nothing; whatever else is written, the name stays found."""
    company = await world.company("Northwind")
    await update(world, company, name="Aardvark")
    await update(world, company, address="1 Harbour Street")
    assert ([], ["Aardvark"]) == (await found(world, query="northwind"), await found(world, query="aard"))


async def test_the_status_narrows_the_list(world: World) -> None:
    """CM-01: active ones, inactive ones, or both; with what was typed, too."""
    for name in ("North Law", "North Mutual"):
        await world.company(name)
    await deactivate(world, await world.company("North Old"))
    assert ["North Law", "North Mutual"] == await found(world, status=res.Company.ACTIVE)
    assert ["North Old"] == await found(world, status=res.Company.INACTIVE)
    assert ["North Old"] == await found(world, status=res.Company.INACTIVE, query="nor")
    assert ["North Law"] == await found(world, status=res.Company.ACTIVE, query="law")
    assert 3 == len(await found(world))


@pytest.mark.parametrize("looked_through", [0, 3, 500])
async def test_pages_both_ways(world: World, monkeypatch: pytest.MonkeyPatch, looked_through: int) -> None:
    """CM-01: each list by name, forth and back, whichever of the two ways finds it; none twice and none left out."""
    monkeypatch.setattr(found_pages, "LOOKED_THROUGH", looked_through)
    listing._list_statement.cache_clear()
    names = ["beta North", "Alpha", "ÉCOLE North", "alpha north", "Delta", "Zeta North", "Gamma North"]
    for name in names:
        await world.company(name)
    ordered = [company.name for company in (await page(world)).companies]
    assert {*names} == {*ordered}
    assert sorted(ordered, key=lambda name: name.casefold())[:4] == ordered[:4]
    for page_size in (1, 2, 7, 50):
        assert ordered == await turned(world, page_size)
        assert [name for name in ordered if "north" in name.lower()] == await turned(world, page_size, query="north")
        assert ordered == await turned(world, page_size, status=res.Company.ACTIVE)
    listing._list_statement.cache_clear()


async def test_a_token_is_of_one_list(world: World, people) -> None:
    """CM-01, CM-15: another filter, search or organization refuses the token; what cannot be asked is refused."""
    for name in ("North A", "North B"):
        await world.company(name)
    token = (await page(world, page_size=1, query="north")).next_page_token
    strange: tuple[dict[str, Any], ...] = ({}, {"query": "nor"}, {"query": "north", "status": res.Company.ACTIVE})
    for wanted in strange:
        with pytest.raises(InvalidArgument) as refused:
            await page(world, page_token=token, **wanted)
        assert "PAGE_TOKEN_INVALID" == refused.value.reason
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    request = pb.ListCompaniesRequest(query="north")
    assert pb.ListCompaniesResponse() == await world.stub.ListCompanies(request, metadata=elsewhere)
    strange = ({"query": "x" * 101}, {"status": 7})
    for wanted in strange:
        with pytest.raises(InvalidArgument):
            await page(world, **wanted)


ORG_ID, COUNT = new_id(), 20_000
RARE = {1234: "Zebra", 12999: "Quokka"}
_COLUMNS = "org_id, id, name, name_key, status, create_time, version, spellings, search_keys"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large(postgres_url: str) -> AsyncIterator[Database]:
    """A database of this file's own, with an organization of many companies, of which one in a thousand is inactive."""
    urls = migrated_copy(postgres_url, "casemanager", "casemanager.migrations")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as connection:
        async with connection.cursor() as cursor, cursor.copy(f"COPY companies ({_COLUMNS}) FROM STDIN") as rows:
            for number in range(COUNT):
                name = f"Company {number} {RARE.get(number, 'Law' if number % 2 else 'Mutual')}"
                entry, status = search_entry(name, is_first=True), 2 if number % 1000 == 999 else 1
                row = (ORG_ID, new_id(), name, name.casefold(), status, now, 1, entry.spellings, entry.keys)
                await rows.write_row(row)
        await connection.execute("ANALYZE companies")
    database = Database(urls.runtime, application="casemanager")
    await database.open()
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("status", "typed", "after", "count"),
    [
        (None, "", (), 26),
        (None, "", ("company 777 law", new_id()), 26),
        (Status.INACTIVE, "", (), COUNT // 1000),
        (Status.ACTIVE, "", ("company 777 law", new_id()), 26),
        (None, "company", (), 26),
        (None, "law", (), 26),
        (None, "zebra", (), 1),
        (None, "company zeb", (), 1),
        (Status.INACTIVE, "quok company", (), 1),
        (None, "aardvark", (), 0),
    ],
)
async def test_an_index_leads_to_the_page(
    large: Database, monkeypatch, status: Status | None, typed: str, after: tuple[Any, ...], count: int
) -> None:
    """CM-01: whatever is asked, no page of a large organization walks over its companies, and few of them are read."""
    asked: list[tuple[Any, dict[str, Any]]] = []
    all_ = type(large).all

    async def noted(database: Database, stmt: Any, /, **params: Any) -> Any:
        asked.append((stmt, params))
        return await all_(database, stmt, **params)

    monkeypatch.setattr(type(large), "all", noted)
    wanted = Wanted(status=status, typed=typed)
    assert count == len(await list_companies(large, wanted, org_id=ORG_ID, after=after, limit=26))
    [(stmt, params)] = asked
    async with await large.connect() as connection:
        cursor = psycopg.AsyncRawCursor(connection)
        await cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {stmt.sql}".encode(), stmt.values(params))
        # What a common name makes superfluous stands in the plan all the same.
        plan = "\n".join(str(row[0]) for row in await cursor.fetchall() if "(never executed)" not in str(row[0]))
    assert "Seq Scan on companies" not in plan
    assert 2000 > read_at_most(plan)


def read_at_most(plan: str) -> int:
    """How many rows the step that read most of them gave on."""
    return max(
        int(line.split("actual rows=")[1].split()[0].split(".")[0])
        for line in plan.splitlines()
        if "actual rows=" in line
    )


BEFORE, AT = "files_to_check_2026_12", "people_2026_12_b"


def upgraded(url: str, revision: str) -> None:
    """Brings a database to a revision."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_companies_of_the_release_before_are_found(postgres_url: str) -> None:
    """CM-01, OP-08: the migration enters the names of who is there, more than a batch; interrupted, it is run again."""
    url = migrated_copy(postgres_url, "casemanager", "casemanager.migrations").owner
    insert = """INSERT INTO companies (org_id, id, name, name_key, create_time, version)
                SELECT gen_random_uuid(), gen_random_uuid(), 'Söhne ' || n, 'söhne ' || n, now(), 1
                FROM generate_series(1, 1200) AS n"""
    found_by_name = "SELECT count(*) FROM companies WHERE search_keys @> ARRAY['soh'] AND spellings LIKE '% sohne%'"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        upgraded(url, BEFORE)
        connection.execute(insert)
        upgraded(url, AT)
        assert (1200,) == connection.execute(found_by_name).fetchone()
        connection.execute("UPDATE companies SET search_keys = '{}' WHERE name LIKE '%7'")
        connection.execute("UPDATE alembic_version SET version_num = %s", [BEFORE])
        upgraded(url, AT)
        assert (1200,) == connection.execute(found_by_name).fetchone()
