"""Searching twenty thousand applications: what is found, in which order, and by which index."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from applications.domain.application import Application, Status
from applications.domain.link_state import LinkState
from applications.domain.names import name_query, number_query, plain, search_keys
from applications.positions import Position
from applications.storage.loading import applications_of
from applications.storage.search import Search, find, position_of
from applications.storage.search_statements import Sort, Text, search_statement
from chassis.db import Database, Executor
from chassis.ids import new_id
from chassis.testing.plugin import ServiceDatabase

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MANY = 20_000
_RANDOM = random.Random(20_000)
_WORDS = sorted({"".join(_RANDOM.choices("aeioulnrst", k=_RANDOM.randint(4, 9))).title() for _ in range(3000)})
NAMES = [word if at % 8 else f"{word} {_WORDS[-at - 1]}" for at, word in enumerate(_WORDS)]
"""Surnames that look like some: many begin alike, some are one letter apart, every eighth has two words."""

FILL = [
    "CREATE TEMPORARY TABLE names (at int PRIMARY KEY, name text, plain text, first_keys text[], keys text[])",
    (
        "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages)"
        " VALUES (%(org)s, 'big', 'Big', 'US', 'UTC', '{en}')"
    ),
    (
        "INSERT INTO applications (org_id, id, serial, number, status, children, answers, create_time, version)"
        " SELECT %(org)s, id(i), i, 'A-' || lpad(i::text, 6, '0'), CASE WHEN i %% 500 = 0 THEN 5 ELSE 1 END,"
        " '[]', '{}', %(now)s::timestamptz - i * interval '1 minute', 1 FROM generate_series(1, %(many)s) i"
    ),
    # Linked, invited, expired and never invited take turns; one in a thousand bounced, and one has no contact.
    (
        "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
        " preferred_method, language, account_id, account_username, link_time, offered_until, failure_reason,"
        " update_time, version)"
        " SELECT %(org)s, id(i), id(i), 0, 'Ana', name, CASE WHEN i %% 1000 = 9 THEN '' ELSE 'a@example.org' END,"
        " '', 1, 'en', CASE WHEN i %% 4 = 0 THEN id(i) END, CASE WHEN i %% 4 = 0 THEN 'a@example.org' END,"
        " CASE WHEN i %% 4 = 0 THEN %(now)s::timestamptz END,"
        " CASE i %% 4 WHEN 1 THEN %(now)s::timestamptz + interval '1 day'"
        " WHEN 2 THEN %(now)s::timestamptz - interval '1 day' END,"
        " CASE WHEN i %% 1000 = 17 THEN '550 unknown' ELSE '' END, %(now)s, 1"
        " FROM generate_series(1, %(many)s) i JOIN names ON at = i * 7 %% %(names)s"
    ),
    (
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, search_keys)"
        " SELECT %(org)s, id(i), id(i), 0, plain, first_keys"
        " FROM generate_series(1, %(many)s) i JOIN names ON at = i * 7 %% %(names)s"
    ),
    # Every fifth has a second guardian, with a name of their own.
    (
        "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
        " preferred_method, language, failure_reason, update_time, version)"
        " SELECT %(org)s, id(i + %(many)s), id(i), 1, 'Leo', name, '', '1', 1, 'en', '', %(now)s, 1"
        " FROM generate_series(5, %(many)s, 5) i JOIN names ON at = (i * 11 + 3) %% %(names)s"
    ),
    (
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, search_keys)"
        " SELECT %(org)s, id(i + %(many)s), id(i), 1, plain, keys"
        " FROM generate_series(5, %(many)s, 5) i JOIN names ON at = (i * 11 + 3) %% %(names)s"
    ),
    "ANALYZE",
]


def application_id(serial: int) -> UUID:
    return UUID(int=(1 << 100) + serial)


def first_name(serial: int) -> str:
    return plain(NAMES[serial * 7 % len(NAMES)])


def names_of(serial: int) -> list[str]:
    """The family names of an application's guardians."""
    return [first_name(serial)] + ([plain(NAMES[(serial * 11 + 3) % len(NAMES)])] if serial % 5 == 0 else [])


def serial_of(application: Application) -> int:
    return int(application.number.removeprefix("A-"))


@dataclass(frozen=True)
class Crowd:
    """An organization with many applications."""

    database: Database
    org_id: UUID

    async def find(self, search: Search, *, after: Position = (), most: int = MANY) -> list[int]:
        """The serials of what is found."""
        return [serial_of(application) for application in await self.page(search, after=after, most=most)]

    async def page(self, search: Search, *, after: Position, most: int) -> list[Application]:
        return applications_of(await find(self.database, search, org_id=self.org_id, now=NOW, after=after, most=most))

    async def plan(self, search: Search) -> str:
        """How PostgreSQL looks for the first page."""
        seen = _Explainer(self.database)
        await find(seen, search, org_id=self.org_id, now=NOW, after=(), most=51)
        return seen.plan


@dataclass
class _Explainer(Executor):
    """Asks how a statement would run instead of running it."""

    database: Database
    plan: str = ""

    async def first(self, stmt, /, **params):
        raise NotImplementedError  # a search reads all rows

    async def run(self, stmt, /, **params):
        raise NotImplementedError

    async def all(self, stmt, /, **params):
        async with await self.database.connect() as connection:
            cursor = psycopg.AsyncRawCursor(connection)
            await cursor.execute(f"EXPLAIN ANALYZE {stmt.sql}", stmt.values(params))
            self.plan = "\n".join(str(row[0]) for row in await cursor.fetchall())
        return []


@pytest.fixture(scope="module")
async def crowd(service_database: ServiceDatabase, postgres_url: str) -> Crowd:
    database = await service_database("applications", "applications.migrations")
    async with await database.connect() as connection:
        name = connection.info.dbname
    crowd = Crowd(database, new_id())
    values = {"org": crowd.org_id, "many": MANY, "names": len(NAMES), "now": NOW}
    # The service itself may not ANALYZE.
    admin = await psycopg.AsyncConnection.connect(make_conninfo(postgres_url, dbname=name), autocommit=True)
    async with admin:
        await admin.execute(
            "CREATE FUNCTION id(i int) RETURNS uuid IMMUTABLE LANGUAGE sql"
            " RETURN ('00000010-0000-0000-0000-' || lpad(to_hex(i), 12, '0'))::uuid"
        )
        await admin.execute(FILL[0])
        async with admin.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO names VALUES (%s, %s, %s, %s, %s)",
                [
                    (at, name, plain(name), search_keys(name, is_first=True), search_keys(name, is_first=False))
                    for at, name in enumerate(NAMES)
                ],
            )
        for statement in FILL[1:]:
            await admin.execute(statement, values)
    return crowd


def a_search(
    text: str = "",
    *,
    states: set[LinkState] | None = None,
    statuses: set[Status] | None = None,
    sort: Sort = Sort.CREATE_TIME,
    descending: bool = True,
) -> Search:
    return Search(
        text=number_query(text) or name_query(text),
        link_states=frozenset(states or ()),
        statuses=frozenset(statuses or ()),
        sort=sort,
        descending=descending,
    )


EXPECTED_ORDERS = {
    (Sort.CREATE_TIME, True): range(1, MANY + 1),
    (Sort.CREATE_TIME, False): range(MANY, 0, -1),
    (Sort.NUMBER, True): range(MANY, 0, -1),
    (Sort.NUMBER, False): range(1, MANY + 1),
    (Sort.FAMILY_NAME, False): sorted(range(1, MANY + 1), key=lambda i: (first_name(i), i)),
    (Sort.FAMILY_NAME, True): sorted(range(1, MANY + 1), key=lambda i: (first_name(i), i), reverse=True),
}


@pytest.mark.parametrize(("sort", "descending"), list(EXPECTED_ORDERS))
async def test_all_six_orders_page_by_page(crowd: Crowd, sort: Sort, descending: bool) -> None:
    """AP-02: the pages together are the whole list, in order, with nothing twice and nothing left out."""
    search, found, after = a_search(sort=sort, descending=descending), list[int](), list[str | int]()
    while len(found) < MANY:
        page = await crowd.page(search, after=after, most=3000)
        found += map(serial_of, page)
        after = list(position_of(page[-1], sort))
    assert found == list(EXPECTED_ORDERS[sort, descending])


@pytest.mark.parametrize(("sort", "descending"), list(EXPECTED_ORDERS))
@pytest.mark.parametrize(
    "typed", ["t", "tar", "Tar", NAMES[5], NAMES[77][1:], NAMES[99] + "x", NAMES[8], NAMES[8][:-1], "ZZZZ"]
)
async def test_a_name_finds_what_python_finds(crowd: Crowd, typed: str, sort: Sort, descending: bool) -> None:
    """AP-02: in every order, the beginning of any word or exactly one typo: as if each name was looked at in turn."""
    expected = [i for i in EXPECTED_ORDERS[sort, descending] if any(_is_meant(plain(typed), n) for n in names_of(i))]
    search = a_search(typed, sort=sort, descending=descending)
    assert await crowd.find(search) == expected
    first = await crowd.page(search, after=(), most=7)
    if first:
        second = await crowd.page(search, after=position_of(first[-1], sort), most=7)
        assert [serial_of(each) for each in (*first, *second)] == expected[:14]


def _is_meant(typed: str, name: str) -> bool:
    words = name.split()
    starts = [" ".join(words[at:]) for at in range(len(words))]
    if any(start.startswith(typed) for start in starts):
        return True
    parts = {" ".join(words[at:to]) for at in range(len(words)) for to in range(at + 1, len(words) + 1)}
    return len(typed) >= 3 and any(_becomes(typed, part, at) for part in parts for at in range(len(part) + 1))


def _becomes(typed: str, name: str, at: int) -> bool:
    before, after = name[:at], name[at:]
    swapped = before + after[1:2] + after[:1] + after[2:]
    one_less = before + after[1:]
    replaced = typed[:at] == before and typed[at + 1 :] == after[1:] and len(typed) == len(name)
    one_more = typed[:at] == before and typed[at + 1 :] == after
    return typed in {swapped, one_less} or replaced or one_more


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("A-000123", [123]),
        ("a-00012", range(120, 130)),
        ("123", [123]),
        ("A-0199", range(19900, 20000)),
        ("020000", [20000]),
        ("A-9", [9]),
        ("999999", []),
    ],
)
async def test_a_number_is_found_exactly_or_by_its_beginning(crowd: Crowd, typed: str, expected: range) -> None:
    """AP-02: by number, exact or prefix."""
    assert await crowd.find(a_search(typed, sort=Sort.NUMBER, descending=False)) == list(expected)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({LinkState.LINKED}, {0}),
        ({LinkState.INVITED}, {1}),
        ({LinkState.EXPIRED}, {2}),
        ({LinkState.NOT_INVITED}, {3}),
        ({LinkState.INVITED, LinkState.EXPIRED, LinkState.LINKED}, {0, 1, 2}),
    ],
)
async def test_link_states_filter(crowd: Crowd, states: set[LinkState], expected: set[int]) -> None:
    """AP-02: only guardians in one of the states; those that bounced or have no contact are others."""
    found = await crowd.find(a_search(states=states))
    others = LinkState.NOT_INVITED in states
    assert found == [
        i for i in range(1, MANY + 1) if (i % 4 in expected and i % 1000 not in {9, 17}) or (others and i % 5 == 0)
    ]


async def test_filters_hold_together(crowd: Crowd) -> None:
    """AP-02: name, link state and status at once."""
    search = a_search("t", states={LinkState.LINKED}, statuses={Status.CLOSED, Status.ENROLLED})
    expected = [i for i in range(500, MANY + 1, 500) if any(_is_meant("t", name) for name in names_of(i))]
    assert await crowd.find(search) == expected
    assert expected


async def test_another_organization_finds_nothing(crowd: Crowd) -> None:
    """AP-02: a search stays in its organization."""
    stranger = Crowd(crowd.database, new_id())
    for search in (a_search(), a_search("t"), a_search("A-0"), a_search(states={LinkState.LINKED})):
        assert await stranger.find(search) == []


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (a_search(), "applications_newest_idx"),
        (a_search(sort=Sort.NUMBER), "applications_org_id_serial_key"),
        (a_search(sort=Sort.FAMILY_NAME), "family_names_sorted_idx"),
        (a_search(NAMES[500]), "family_names_keys_idx"),
        (a_search(NAMES[500], sort=Sort.FAMILY_NAME), "family_names_keys_idx"),
        (a_search("A-000123"), "applications_org_id_number_key"),
        (a_search(states={LinkState.UNDELIVERABLE}), "guardians_standing_idx"),
        (a_search(states={LinkState.NO_CONTACT}, sort=Sort.FAMILY_NAME), "guardians_standing_idx"),
        (a_search(states={LinkState.LINKED}), "applications_newest_idx"),
    ],
)
async def test_an_index_leads_to_the_page(crowd: Crowd, search: Search, index: str) -> None:
    """AP-02: what is rare is found by an index on it, what is common by the order; no table is walked over."""
    plan = await crowd.plan(search)
    assert index in plan
    assert "Seq Scan on applications" not in plan
    assert "Seq Scan on guardians" not in plan
    assert "Seq Scan on family_names" not in plan


def test_statements_are_made_once() -> None:
    """AP-02: the same kind of search is the same statement, whatever is typed."""

    def made() -> object:
        return search_statement(
            text=Text.PREFIX,
            link_states=frozenset({LinkState.LINKED}),
            has_statuses=False,
            sort=Sort.NUMBER,
            descending=True,
            is_continued=False,
        )

    assert made() is made()
