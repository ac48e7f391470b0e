from collections import Counter

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from chassis.db import Database, Statement, cross_tenant_statements
from chassis.testing.plugin import ServiceDatabase
from notifications.dead_letters import storage as dead_letters
from notifications.messages import storage as messages
from notifications.messages.storage import metadata
from notifications.requests import storage as requests
from notifications.sending import storage as sending
from notifications.sending import turns


@pytest.fixture(scope="module")
async def untouched(service_database: ServiceDatabase) -> Database:
    """A database of this file's own: what other tests have stored would sway the planner."""
    return await service_database("notifications", "notifications.migrations")


def test_tables_are_those_of_the_migrations(database: Database) -> None:
    """OP-08: the migrations make exactly the tables that the code describes."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.url))
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()


@pytest.mark.parametrize(
    ("stmt", "index"),
    [
        (sending.CLAIM_MESSAGES, "messages_due_idx"),
        (sending.CLAIM_MESSAGES, "messages_supersedes_idx"),
        (turns.CLAIM_BULK, "messages_bulk_idx"),
        (requests.CANCEL_WAITING, "messages_bulk_idx"),
        (messages.FORGET_CONTENT, "messages_content_idx"),
        (requests.STORE_MESSAGE, "messages_reference_idx"),
        (messages.LIST_MESSAGES_ABOUT, "messages_reference_idx"),
        (messages.LIST_MESSAGES_ABOUT, "messages_about_idx"),
        (dead_letters.LIST_DEAD_LETTERS, "messages_dead_idx"),
    ],
)
async def test_statement_finds_its_rows_by_an_index(untouched: Database, stmt: Statement[object], index: str) -> None:
    """OP-11: what runs all the time does not read the whole table, whatever its parameters are."""
    async with await untouched.connect() as connection:
        await connection.execute("SET enable_seqscan = off")
        plan = await (await connection.execute(f"EXPLAIN (GENERIC_PLAN) {stmt.sql}".encode())).fetchall()
    assert index in str(plan)


async def test_organization_is_part_of_every_key(database: Database) -> None:
    """OP-11: every table's key begins with the organization."""
    assert ["org_id"] * len(metadata.tables) == [
        next(iter(table.primary_key.columns)).name for table in metadata.tables.values()
    ]


async def test_runtime_role_changes_no_table(database: Database) -> None:
    """OP-08: the role that the service runs as cannot change the schema."""
    connection = await database.connect()
    async with connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("ALTER TABLE messages ADD COLUMN x int")


def test_statements_over_all_tenants_are_known() -> None:
    """OP-11: these statements of the service, and no others, touch more than one organization's rows."""
    ours = [s.why for s in cross_tenant_statements() if "messages" in s.sql and "Tests" not in s.why]
    assert {
        "A sender works for every organization.": 4,
        "Families, whose realm has no country, belong to the organizations of all countries.": 1,
        "Texts are dropped after 30 days, whoever's they are.": 1,
        "The secret of a dead letter is dropped when it opens nothing any more, whoever's it is.": 1,
        "Staff of the platform look after the dead letters of all organizations.": 1,
    } == Counter(ours)
