"""The statements on sessions, on a real database."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import insert

from chassis.call import FAMILY_ORG
from chassis.db import Database, statement
from chassis.ids import new_id
from identity.accounts.storage import sessions as sessions_table
from identity.resets.deps import Deps
from identity.sessions.storage import ROTATE_SESSION
from services.identity.tests.world import World


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
            method="PASSWORD",
            generation=0,
            presented_generation=-1,
            device="",
            address="",
            create_time=world.clock(),
            rotate_time=world.clock(),
            expire_time=world.clock(),
            revoke_time=None,
        )


async def test_one_of_many_rotations_hits(world: World, deps: Deps) -> None:
    """ID-05: of twenty rotations from the same generation at once, one hits."""
    token = deps.refresh_tokens.read((await world.sign_in()).refresh_token)
    rotations = [
        deps.database.run(
            ROTATE_SESSION,
            org_id=token.org_id,
            session_id=token.session_id,
            generation=token.generation + 1,
            presented_generation=token.generation,
            device="Firefox",
            address="192.0.2.8",
            rotate_time=world.clock(),
            expire_time=world.clock() + timedelta(hours=12),
        )
        for _ in range(20)
    ]
    assert [0] * 19 + [1] == sorted(await asyncio.gather(*rotations))


async def test_dead_sessions_are_forgotten_at_the_next_login(world: World, database: Database) -> None:
    """ID-06: what is over for good leaves no rows behind: the next login removes the account's expired sessions."""
    first = await world.sign_in()
    world.clock.advance(timedelta(hours=12))
    second = await world.sign_in()
    async with await database.connect() as connection:
        rows = await connection.execute("SELECT id FROM sessions WHERE account_id = %s", [first.account.id])
        kept = [row[0] for row in await rows.fetchall()]
    assert [world.deps.refresh_tokens.read(second.refresh_token).session_id] == kept
