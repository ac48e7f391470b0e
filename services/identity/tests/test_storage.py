"""The tables as the migrations make them, and the statements on them."""

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from chassis.db import Database, Statement, cross_tenant_statements
from identity.accounts import storage as accounts
from identity.audit import storage as audit
from identity.login_users import storage as login_users
from identity.onboarding import storage as onboarding
from identity.organizations import storage as organizations
from identity.reminders import storage as reminders
from identity.resets import storage as resets
from identity.sessions import storage as sessions
from identity.shared.audit import refusals
from identity.shared.tables import metadata

STATEMENTS: dict[str, Statement[object]] = {
    name: value
    for module in (accounts, audit, login_users, onboarding, organizations, refusals, reminders, resets, sessions)
    for name, value in vars(module).items()
    if isinstance(value, Statement)
}


def test_migrations_make_the_tables(database: Database) -> None:
    """OP-08: the migrations make exactly the tables that the statements are written for."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.url))
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()


@pytest.mark.parametrize("change", ["UPDATE audit SET outcome = ''", "DELETE FROM audit", "TRUNCATE audit"])
async def test_audit_is_append_only(database: Database, change: str) -> None:
    """ID-15: the service's own database role can neither change nor remove an entry of the audit."""
    async with await database.connect() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(change)


@pytest.mark.parametrize("name", sorted(STATEMENTS))
async def test_every_statement_finds_its_rows_by_an_index(database: Database, name: str) -> None:
    """ID-04: no statement walks over a table, however many people there are."""
    async with await database.connect() as connection:
        await connection.execute("SET enable_seqscan = off")
        rows = await connection.execute(f"EXPLAIN (GENERIC_PLAN) {STATEMENTS[name].sql}")
        plan = "\n".join(str(row[0]) for row in await rows.fetchall())
    walked = [line for line in plan.splitlines() if "Seq Scan on" in line]
    assert [] == walked


def test_only_the_realm_is_found_across_organizations() -> None:
    """ID-01: what people ask is bound to an organization; but for the way to a sign-in, and what no person asks."""
    own = {table.name for table in metadata.sorted_tables} - {"outbox", "inbox", "requests", "dead_letters"}
    crossing = [crossing for crossing in cross_tenant_statements() if any(name in crossing.sql for name in own)]
    assert {
        "A realm is named by its slug before anybody is signed in.",
        "Strangers look for the organization of theirs among those that want to be found.",
        "Who forgot the organization is known by an address alone, and is told by that address alone.",
        "Finished minutes are written to the audit whosever they are.",
        "Counts are removed by their age alone.",
    } == {crossing.why for crossing in crossing}
