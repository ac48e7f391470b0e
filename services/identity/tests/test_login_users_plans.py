"""How PostgreSQL finds the logins of a large organization, and what is in its audit."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from chassis.db import Database, Statement
from chassis.ids import new_id
from chassis.testing.database import migrated_copy
from identity.accounts.domain import Status
from identity.audit.storage import LIST_AUDIT, LIST_AUDIT_BACK, NEWEST_FIRST, Filter
from identity.login_users.storage import (
    BY_KEY,
    FIND_LOGIN_USERS,
    FIND_LOGIN_USERS_BACK,
    LIST_LOGIN_USERS,
    LIST_LOGIN_USERS_BACK,
    LOAD_LOGIN_USER_BY_USERNAME,
    LOAD_LOGIN_USER_OF_PERSON,
    first_key,
    word_ranges,
)
from identity.login_users.usecases import LISTED_ROLES

ORG_ID, PERSON_ID, ACCOUNT_ID = new_id(), new_id(), new_id()
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = Filter(actor_id=None, subject_id=None, actions=(), outcome=None, start_time=None, end_time=None).params()
_COMMON: Mapping[str, object] = {"org_id": ORG_ID, "now": NOW, "lock_since": NOW - timedelta(minutes=15)}
_LIST: Mapping[str, object] = {
    **_COMMON,
    "roles": list(LISTED_ROLES),
    "statuses": list(Status),
    "with_locked": True,
    "key": BY_KEY.first[0],
    "position_id": BY_KEY.first[1],
    "limit": 26,
}
_AUDIT: Mapping[str, object] = {
    "org_id": ORG_ID,
    **NOBODY,
    "time": NEWEST_FIRST.first[0],
    "id": NEWEST_FIRST.first[1],
    "limit": 51,
}
LARGE = ("accounts", "account_words", "audit")
FILLED = (
    """INSERT INTO organizations (org_id, slug, name, country, time_zone, languages, create_time, version)
       VALUES (%(org_id)s, 'large', 'Large', 'US', 'UTC', '{en}', now(), 1)""",
    """INSERT INTO accounts
           (org_id, id, role, username, display_name, language, status, create_time, version, person_id)
       SELECT %(org_id)s, CASE n WHEN 1 THEN %(account_id)s ELSE gen_random_uuid() END,
              CASE WHEN n < 4 THEN 1 ELSE 2 + n %% 3 END,
              'login-' || n || '@example.org', 'Ana Lima ' || n %% 100, 'en', 1 + (n %% 10 > 0)::int, now(), 1,
              CASE n WHEN 1 THEN %(person_id)s WHEN 2 THEN gen_random_uuid() END
       FROM generate_series(1, 20000) AS n""",
    """INSERT INTO account_words SELECT org_id, id, word FROM accounts,
       unnest(ARRAY['ana', 'lima', 'login', username]) AS word WHERE org_id = %(org_id)s""",
    """INSERT INTO audit (org_id, id, action, outcome, subject_id, actor_id, address, user_agent, event_time)
       SELECT org_id, gen_random_uuid(), 'SIGNED_IN', 'SUCCEEDED', id, id, '', '', now() - n * interval '1 day'
       FROM accounts, generate_series(1, 3) AS n WHERE org_id = %(org_id)s""",
    "ANALYZE accounts, account_words, audit",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def large(postgres_url: str) -> AsyncIterator[Database]:
    """A database of this file's own, with an organization of 20,000 logins."""
    urls = migrated_copy(postgres_url, "identity", "identity.migrations")
    ids = {"org_id": ORG_ID, "account_id": ACCOUNT_ID, "person_id": PERSON_ID}
    # The service itself may not ANALYZE.
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as connection:
        for command in FILLED:
            await connection.execute(command, ids)
    database = Database(urls.runtime, application="identity")
    await database.open()
    yield database
    await database.close()


@pytest.mark.parametrize(
    ("stmt", "asked", "index"),
    [
        (LIST_LOGIN_USERS, _LIST, "accounts_list_idx"),
        (LIST_LOGIN_USERS_BACK, {**_LIST, "key": "ana lima 5"}, "accounts_list_idx"),
        (FIND_LOGIN_USERS, {**_LIST, **word_ranges(["login-777@example.org"])}, "account_words_word_idx"),
        (FIND_LOGIN_USERS, {**_LIST, **word_ranges(["lima", "ana"])}, "account_words_word_idx"),
        (FIND_LOGIN_USERS_BACK, {**_LIST, "key": "lima", **word_ranges(["li", "an"])}, "account_words_word_idx"),
        # Of the two by username either: one names the organization first, the other leads to a handful.
        (LOAD_LOGIN_USER_BY_USERNAME, {**_COMMON, "username": "login-7@example.org"}, "username_"),
        (LOAD_LOGIN_USER_OF_PERSON, {**_COMMON, "person_id": PERSON_ID}, "accounts_person_idx"),
        (LIST_AUDIT, _AUDIT, "audit_time_idx"),
        (LIST_AUDIT_BACK, {**_AUDIT, "time": NOW - timedelta(days=2)}, "audit_time_idx"),
        (LIST_AUDIT, {**_AUDIT, "subject_id": ACCOUNT_ID}, "audit_subject_idx"),
        (LIST_AUDIT, {**_AUDIT, "actor_id": ACCOUNT_ID}, "audit_actor_idx"),
    ],
)
async def test_an_index_leads_to_the_page(
    large: Database, stmt: Statement[object], asked: Mapping[str, object], index: str
) -> None:
    """ID-13, ID-15: no page of a large organization walks over its logins, their words or its audit."""
    async with await large.connect() as connection:
        cursor = psycopg.AsyncRawCursor(connection)
        await cursor.execute(f"EXPLAIN {stmt.sql}".encode(), stmt.values(dict(asked)))
        plan = "\n".join(str(row[0]) for row in await cursor.fetchall())
    assert index in plan
    walked = [line for line in plan.splitlines() if "Seq Scan on" in line]
    # What is empty here, like the wrong passwords of the last minutes, may be looked through.
    assert [] == [line for line in walked if any(f"Seq Scan on {table}" in line for table in LARGE)]


async def test_a_search_reads_no_other_words(large: Database) -> None:
    """ID-13: whoever is looked for, wherever the word stands in the alphabet, little is read."""
    words = ["login-777@example.org"]
    asked = {**_LIST, "key": first_key(words, BY_KEY.first[0]), **word_ranges(words)}
    async with await large.connect() as connection:
        cursor = psycopg.AsyncRawCursor(connection)
        await cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {FIND_LOGIN_USERS.sql}".encode(), FIND_LOGIN_USERS.values(asked)
        )
        rows: Any = await cursor.fetchall()
    plan = rows[0][0][0]["Plan"]
    read = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert 100 > read
