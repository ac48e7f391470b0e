"""An organization with twenty thousand applications, and how a test searches in it."""

import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from applications.application.domain.application import Application
from applications.search.storage.counts import Counts, count
from applications.search.storage.search import Search, find
from chassis.db import Database, Executor
from chassis.pagination import Key
from chassis.text import plain

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MANY = 20_000
_RANDOM = random.Random(20_000)
_WORDS = sorted({"".join(_RANDOM.choices("aeioulnrst", k=_RANDOM.randint(4, 9))).title() for _ in range(3000)})
NAMES = [word if at % 8 else f"{word} {_WORDS[-at - 1]}" for at, word in enumerate(_WORDS)]
"""Surnames that look like some: many begin alike, some are one letter apart, every eighth has two words."""

FILL = [
    (
        "CREATE TEMPORARY TABLE names (at int PRIMARY KEY, name text, plain text, spellings text, keys text[],"
        " other_spellings text, other_keys text[])"
    ),
    (
        "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages)"
        " VALUES (%(org)s, 'big', 'Big', 'US', 'UTC', '{en}')"
    ),
    (
        "INSERT INTO applications (org_id, id, serial, number, status, children, answers, update_request,"
        " assignee_id, create_time, update_time, version)"
        " SELECT %(org)s, id(i), i, 'A-' || lpad(i::text, 6, '0'), CASE WHEN i %% 500 = 0 THEN 5 ELSE 1 END,"
        " '[]', '{}', '', CASE WHEN i %% 1000 = 7 THEN %(org)s::uuid END,"
        " %(now)s::timestamptz - i * interval '1 minute', %(now)s, 1"
        " FROM generate_series(1, %(many)s) i"
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
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, spellings, search_keys)"
        " SELECT %(org)s, id(i), id(i), 0, plain, spellings, keys"
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
        "INSERT INTO family_names (org_id, guardian_id, application_id, position, plain, spellings, search_keys)"
        " SELECT %(org)s, id(i + %(many)s), id(i), 1, plain, other_spellings, other_keys"
        " FROM generate_series(5, %(many)s, 5) i JOIN names ON at = (i * 11 + 3) %% %(names)s"
    ),
    "ANALYZE",
]


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

    async def find(self, search: Search, *, after: tuple[Key, ...] = (), limit: int = MANY) -> list[int]:
        """The serials of what is found."""
        return [serial_of(application) for application in await self.page(search, after=after, limit=limit)]

    async def page(self, search: Search, *, after: tuple[Key, ...], limit: int) -> list[Application]:
        return await find(self.database, search, org_id=self.org_id, now=NOW, after=after, limit=limit)

    async def count(self, search: Search) -> Counts:
        return await count(self.database, search, org_id=self.org_id, now=NOW)

    async def plan_of_count(self, search: Search) -> str:
        """How PostgreSQL counts."""
        seen = _Explainer(self.database)
        with suppress(ValueError):  # it counts nothing
            await count(seen, search, org_id=self.org_id, now=NOW)
        return seen.plan

    async def plan(self, search: Search) -> str:
        """How PostgreSQL looks for the first page."""
        seen = _Explainer(self.database)
        await find(seen, search, org_id=self.org_id, now=NOW, after=(), limit=51)
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
