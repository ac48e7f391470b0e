"""The tables as the migrations make them, and the statements on them."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert

from chassis.call import FAMILY_ORG
from chassis.db import Database, Statement, cross_tenant_statements, statement
from chassis.ids import new_id
from identity.accounts import storage as accounts
from identity.accounts.domain import SESSION_LIFE
from identity.accounts.storage import sessions as sessions_table
from identity.accounts.usecases import account_by_id, change_written
from identity.onboarding import storage as onboarding
from identity.organizations import storage as organizations
from identity.resets import storage as resets
from identity.resets.deps import Ports
from identity.resets.domain import change_password
from identity.sessions import storage as sessions
from identity.sessions.storage import ROTATE_SESSION
from identity.shared.deps import save
from identity.shared.tables import metadata
from services.identity.tests.world import STRANGER, World

STATEMENTS: dict[str, Statement[object]] = {
    name: value
    for module in (accounts, onboarding, organizations, resets, sessions)
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
    """ID-01: the one statement of identity that no organization is bound to looks a realm up by its slug."""
    own = {table.name for table in metadata.sorted_tables} - {"outbox", "inbox", "requests", "dead_letters"}
    crossing = [crossing for crossing in cross_tenant_statements() if any(name in crossing.sql for name in own)]
    assert ["A realm is named by its slug before anybody is signed in."] == [crossing.why for crossing in crossing]


async def test_session_cannot_belong_to_a_strangers_account(world: World, database: Database) -> None:
    """ID-06: the database itself refuses a session of an account in another organization."""
    add = statement(insert(sessions_table))
    boss = (await world.sign_in()).account
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await database.run(
            add,
            org_id=FAMILY_ORG,
            id=new_id(),
            account_id=boss.id,
            generation=0,
            device="",
            address="",
            created_at=world.clock(),
            rotated_at=world.clock(),
            revoked_at=None,
        )


async def test_one_of_many_rotations_hits(world: World, ports: Ports) -> None:
    """ID-05: of twenty rotations from the same generation at once, one hits."""
    token = ports.refresh_tokens.read((await world.sign_in()).refresh_token)
    rotations = [
        ports.database.run(
            ROTATE_SESSION,
            org_id=token.org_id,
            session_id=token.session_id,
            presented=token.generation,
            now=world.clock(),
            seen_at="192.0.2.8",
        )
        for _ in range(20)
    ]
    assert [0] * 19 + [1] == sorted(await asyncio.gather(*rotations))


async def test_login_between_load_and_save_is_seen(world: World, ports: Ports) -> None:
    """ID-06: a change of the password that has not seen a newer session does not hit, so that none survives it."""
    boss = (await world.sign_in()).account
    loaded = await account_by_id(ports, org_id=boss.org_id, account_id=boss.id)
    assert loaded is not None
    await world.sign_in()
    change = change_password(loaded, correct=True, password_hash="another", keep=None)
    params = change_written(ports, STRANGER, change, actor=None, now=world.clock())
    assert 0 == await save(ports, STRANGER, accounts.CHANGE_ACCOUNT, org_id=boss.org_id, params=params, events=[])


async def test_dead_sessions_are_forgotten_at_the_next_login(world: World, database: Database) -> None:
    """ID-06: what is over for good leaves no rows behind: the next login removes the account's expired sessions."""
    first = await world.sign_in()
    world.clock.advance(SESSION_LIFE + timedelta(seconds=1))
    second = await world.sign_in()
    async with await database.connect() as connection:
        rows = await connection.execute("SELECT id FROM sessions WHERE account_id = %s", [first.account.id])
        kept = [row[0] for row in await rows.fetchall()]
    assert [world.ports.refresh_tokens.read(second.refresh_token).session_id] == kept
