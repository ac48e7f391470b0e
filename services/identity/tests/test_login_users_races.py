"""Administrators and people who act on one login at the same moment, on a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from portico.identity.v1.resources_pb2 import Account as AccountReply
from portico.identity.v1.resources_pb2 import SignInResult
from portico_errors.identity import ActionNotAllowed, LastAdministrator, LoginFailed, ResetTokenInvalid

from chassis.call import Role
from chassis.db import Database
from chassis.errors import Aborted
from chassis.testing import eventually
from identity.accounts.domain import Account, Status
from identity.login_users.domain import Action
from identity.resets.usecases.passwords import activate_account
from identity.sessions.domain import SignedIn
from services.identity.tests.desks import Desk
from services.identity.tests.world import GOOD, STRANGER, World

REPETITIONS = 20
_A_DAY = timedelta(days=1)


async def _two(world: World) -> tuple[Desk, Desk]:
    """The organization's administrators, of whom there are two."""
    boss = await Desk.of(world)
    second = await boss.active("second@example.org", Role.STAFF_ADMIN)
    return boss, await Desk.of(world, await world.sign_in(second.username))


async def _taken_from(desk: Desk, account: Account, way: Action) -> AccountReply:
    if way is Action.DISABLE:
        return await desk.act(Action.DISABLE, account)
    reply: AccountReply = await desk.ask("SetLoginUserRole", account_id=str(account.id), role=Role.STAFF)
    return reply


async def _given_back(desk: Desk, account: Account) -> None:
    if account.status is Status.DISABLED:
        await desk.act(Action.ENABLE, account)
    elif account.role is Role.STAFF:
        await desk.act(Action.SET_ROLE, account)


async def _deadlocks(database: Database) -> int:
    async with await database.connect() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        rows = await connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        row = await rows.fetchone()
    assert row
    return int(str(row[0]))


@pytest.mark.parametrize(
    "ways",
    [(Action.DISABLE, Action.DISABLE), (Action.SET_ROLE, Action.SET_ROLE), (Action.DISABLE, Action.SET_ROLE)],
)
async def test_of_two_administrators_one_stays(world: World, database: Database, ways: tuple[Action, Action]) -> None:
    """ID-13: of two who take each other's place at the same moment one does, the other is told that it is last."""
    before = await _deadlocks(database)
    boss, second = desks = await _two(world)
    for _ in range(REPETITIONS):
        accounts = [await world.account((await _signed_in(world, desk)).account) for desk in desks]
        outcomes = await asyncio.gather(
            _taken_from(boss, accounts[1], ways[0]),
            _taken_from(second, accounts[0], ways[1]),
            return_exceptions=True,
        )
        assert {AccountReply, LastAdministrator} == {type(outcome) for outcome in outcomes}
        winner = desks[0 if isinstance(outcomes[0], AccountReply) else 1]
        for account in accounts:
            await _given_back(winner, await world.account(account))
    assert before == await _deadlocks(database)


async def test_the_second_sees_what_the_first_has_taken(world: World, database: Database) -> None:
    """ID-13: also when both have decided before either one saves, one administrator is left."""
    boss, second = await _two(world)
    accounts = [(await _signed_in(world, desk)).account for desk in (boss, second)]
    async with await database.connect() as connection:
        await connection.set_autocommit(False)
        await connection.execute(
            "SELECT FROM accounts WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [[account.id for account in accounts]]
        )
        rivals = asyncio.gather(
            boss.act(Action.DISABLE, accounts[1]), second.act(Action.DISABLE, accounts[0]), return_exceptions=True
        )
        await eventually(lambda: _are_waiting(database, 2))
        await connection.rollback()
    assert {AccountReply, LastAdministrator} == {type(outcome) for outcome in await rivals}
    states = [(await world.account(account)).status for account in accounts]
    assert [Status.ACTIVE, Status.DISABLED] == sorted(states)


async def _are_waiting(database: Database, rivals: int) -> bool:
    async with await database.connect() as connection:
        rows = await connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        row = await rows.fetchone()
    return row == (rivals,)


async def _signed_in(world: World, desk: Desk) -> SignedIn:
    """The administrator at this desk, signed in once more."""
    boss = await world.sign_in()
    return boss if boss.account.id == desk.call.account_id else await world.sign_in("second@example.org")


async def _until_done(attempt: Callable[[], Awaitable[object]]) -> None:
    # Each sign-in that succeeds meanwhile makes it decide again; after three it says ABORTED: try again.
    while True:
        with suppress(Aborted):
            await attempt()
            return


@pytest.mark.parametrize("action", [Action.DISABLE, Action.REVOKE_SESSIONS, Action.SET_ROLE])
async def test_signing_in_meanwhile_leaves_no_older_session(world: World, action: Action) -> None:
    """ID-06, ID-14: whoever signs in while the sessions end is signed out with them, or has signed in after that."""
    desk = await Desk.of(world)
    account = await desk.active()
    for _ in range(5):
        sign_ins = [world.sign_in(account.username) for _ in range(6)]
        ending = _until_done(lambda: desk.act(action, account))
        outcomes = await asyncio.gather(*sign_ins[:3], ending, *sign_ins[3:], return_exceptions=True)
        assert {SignedIn, LoginFailed, type(None)} >= {type(outcome) for outcome in outcomes}
        after, revoked = await world.account(account), await world.revoked()
        opened = {
            world.deps.refresh_tokens.read(outcome.refresh_token).session_id
            for outcome in outcomes
            if isinstance(outcome, SignedIn)
        }
        assert opened == (opened & revoked) | {*after.live_sessions}
        assert not revoked & {*after.live_sessions}
        if action is Action.DISABLE:
            assert ((), Status.DISABLED) == (after.live_sessions, after.status)
            await desk.act(Action.ENABLE, after)
        elif action is Action.SET_ROLE:
            await desk.ask("SetLoginUserRole", account_id=str(account.id), role=Role.STAFF)


async def test_activating_meanwhile_leaves_no_session(world: World) -> None:
    """ID-14: who activates at the moment of being disabled has no session, whoever came first."""
    desk = await Desk.of(world)
    for number in range(10):
        account, token = await world.invited(f"new-{number}@example.org")
        outcomes = await asyncio.gather(
            activate_account(world.deps, STRANGER, token=token, password=GOOD),
            _until_done(lambda account=account: desk.act(Action.DISABLE, account)),  # type: ignore[misc]
            return_exceptions=True,
        )
        assert {SignInResult, ResetTokenInvalid, type(None)} >= {type(outcome) for outcome in outcomes}
        await _assert_is_out(world, account)


async def test_resetting_meanwhile_leaves_no_session(world: World) -> None:
    """ID-14: who sets a new password at the moment of being disabled has no session, whoever came first."""
    desk = await Desk.of(world)
    account = await desk.active()
    for _ in range(5):
        token = await world.reset_token(account.username)
        outcomes = await asyncio.gather(
            world.reset_by_link(token),
            _until_done(lambda: desk.act(Action.DISABLE, account)),
            return_exceptions=True,
        )
        assert {type(None), ResetTokenInvalid} >= {type(outcome) for outcome in outcomes}
        await _assert_is_out(world, account)
        await desk.act(Action.ENABLE, account)
        world.clock.advance(_A_DAY)


async def test_of_many_disablings_one_is_done(world: World) -> None:
    """ID-13: of ten administrators' clicks at once one disables, and the others are told that it is done."""
    desk = await Desk.of(world)
    account = await desk.active()
    outcomes = await asyncio.gather(*(desk.act(Action.DISABLE, account) for _ in range(10)), return_exceptions=True)
    assert [AccountReply.__name__] == [type(one).__name__ for one in outcomes if isinstance(one, AccountReply)]
    assert {ActionNotAllowed, AccountReply} == {type(outcome) for outcome in outcomes}
    assert 1 == len([subject for subject, _, _ in await world.events() if subject == "account.disabled"])


async def _assert_is_out(world: World, account: Account) -> None:
    after = await world.account(account)
    assert ((), Status.DISABLED) == (after.live_sessions, after.status)
    told: set[UUID] = await world.revoked()
    async with await world.deps.database.connect() as connection:
        rows = await connection.execute(
            "SELECT id FROM sessions WHERE account_id = %s AND revoke_time IS NULL", [account.id]
        )
        assert [] == await rows.fetchall()
        rows = await connection.execute("SELECT id FROM sessions WHERE account_id = %s", [account.id])
        assert told >= {row[0] for row in await rows.fetchall()}
