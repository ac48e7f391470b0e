"""What administrators do with a login, on a real database: events, messages, the audit, and who is kept out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.events_pb2 import AccountEvent
from portico.identity.v1.login_users_pb2 import LoginUser
from portico.notifications.v1.events_pb2 import MessageRequest
from portico.options.v1 import options_pb2
from portico_errors.identity import (
    AccountNotFound,
    ActionNotAllowed,
    LoginFailed,
    RefreshTokenInvalid,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
    UsernameInvalid,
    UsernameTaken,
)

from chassis.aggregate import RequestIdReused
from chassis.call import Role
from chassis.db import Database
from identity.accounts.domain import Account, Status
from identity.login_users.domain import Action
from identity.login_users.storage import LOAD_LOGIN_USER, SAVE_LOGIN_USER
from identity.resets.usecases.passwords import activate_account
from identity.sessions.usecases import login, refresh_tokens
from identity.shared.audit.domain import Action as Audited
from services.identity.tests.desks import Desk, request_key
from services.identity.tests.world import ADMIN, BETTER, GOOD, STRANGER, Counting, World, at, token_in

ENDING = (Action.DISABLE, Action.REVOKE_SESSIONS, Action.SET_ROLE)
"""What ends the sessions of a login."""


@dataclass(frozen=True)
class Trace:
    """What an action leaves behind: events of the account, lines of the audit, messages."""

    events: Sequence[str]
    audit: Sequence[Audited]
    messages: Sequence[str] = ()


TRACES = {
    Action.RESET_PASSWORD: Trace([], [Audited.RESET_ASKED], ["RESET_PASSWORD"]),
    Action.RESEND_ACTIVATION: Trace(["activation_sent"], [Audited.ACTIVATION_ASKED], ["STAFF_ACTIVATION"]),
    Action.CHANGE_USERNAME: Trace(
        ["username_changed", "activation_sent"],
        [Audited.USERNAME_CHANGED, Audited.ACTIVATION_ASKED],
        ["STAFF_ACTIVATION"],
    ),
    Action.DISABLE: Trace(["disabled"], [Audited.ACCOUNT_DISABLED, Audited.SESSIONS_REVOKED]),
    Action.ENABLE: Trace(["enabled"], [Audited.ACCOUNT_ENABLED]),
    Action.UNLOCK: Trace(["unlocked"], [Audited.ACCOUNT_UNLOCKED]),
    Action.REVOKE_SESSIONS: Trace([], [Audited.SESSIONS_REVOKED]),
    Action.SET_ROLE: Trace(["role_changed"], [Audited.ADMINISTRATOR_GRANTED, Audited.SESSIONS_REVOKED]),
}


async def _ready(desk: Desk, action: Action) -> Account:
    """A login with which this can be done."""
    if action in (Action.RESEND_ACTIVATION, Action.CHANGE_USERNAME):
        return (await desk.world.invited())[0]
    account = await desk.active()
    if action is Action.ENABLE:
        await desk.act(Action.DISABLE, account)
    return await desk.world.account(account)


@pytest.mark.parametrize("action", Action)
async def test_what_an_action_leaves_behind(world: World, action: Action) -> None:
    """ID-13, ID-15: each action is told to the others, audited with the administrator, and sends its message."""
    desk = await Desk.of(world)
    account = await _ready(desk, action)
    known, read = len(await world.events()), len(await world.audit())
    await desk.act(action, account)
    trace, after = TRACES[action], await world.account(account)
    new = (await world.events())[known:]
    told = [(subject, version) for subject, version, _ in new if subject.startswith("account.")]
    first = after.version - len(trace.events) + 1
    assert [(f"account.{name}", first + at) for at, name in enumerate(trace.events)] == told
    assert max(1, len(trace.events)) == after.version - account.version
    for _, version, message in new:
        if isinstance(message, AccountEvent):
            assert (str(account.id), version, after.role) == (message.account_id, message.version, Role(message.role))
    entries = (await world.audit())[read:]
    assert trace.audit == [entry.action for entry in entries]
    assert {(account.id, desk.call.account_id, "192.0.2.7", "SUCCEEDED")} == {
        (entry.subject_id, entry.actor_id, entry.address, entry.outcome) for entry in entries
    }
    assert [*trace.messages] == [message.template for _, _, message in new if isinstance(message, MessageRequest)]


@pytest.mark.parametrize("action", Action)
async def test_a_repeated_call_does_nothing_twice(world: World, action: Action) -> None:
    """ID-13: a repeated request id gets the same answer and sends nothing again; with another body it is refused."""
    desk, request = await Desk.of(world), request_key()
    account = await _ready(desk, action)
    first = await desk.act(action, account, request)
    told, read = await world.events(), await world.audit()
    assert first == await desk.act(action, account, request)
    assert (told, read) == (await world.events(), await world.audit())
    with pytest.raises(RequestIdReused):
        await desk.act(action, account, replace(request, body_hash=b"another"))


@pytest.mark.parametrize("action", Action)
async def test_another_organizations_login_is_not_there(world: World, action: Action) -> None:
    """ID-13: an id of another organization is not found, and nothing happens to it."""
    desk = await Desk.of(world)
    stranger = await Desk.of(await World.with_organization(world.deps, world.clock))
    account = await _ready(desk, action)
    told = await world.events()
    for lost in (stranger.act(action, account), stranger.see(account)):
        with pytest.raises(AccountNotFound):
            await lost
    assert (account, told) == (await world.account(account), await world.events())


@pytest.mark.parametrize("action", ENDING)
async def test_sessions_end_with_the_change(world: World, action: Action) -> None:
    """ID-06, ID-13: all sessions end, and everybody is told of them by the statement that changes the login."""
    desk = await Desk.of(world)
    account = await desk.active()
    laptop = await world.sign_in(account.username)
    before = await world.account(account)
    counting = Counting(world.deps.database)
    counted = replace(world, deps=replace(world.deps, database=cast("Database", counting)))
    await replace(desk, world=counted).act(action, account)
    assert [LOAD_LOGIN_USER, SAVE_LOGIN_USER] == counting.ran
    assert (2, {*before.live_sessions}) == (len(before.live_sessions), await world.revoked())
    assert () == (await world.account(account)).live_sessions
    with pytest.raises(RefreshTokenInvalid):
        await refresh_tokens(world.deps, STRANGER, refresh_token=laptop.refresh_token)


async def test_a_disabled_login_gets_nowhere(world: World) -> None:
    """ID-14: who is disabled neither signs in nor resets, and gets no message; enabled, the password is the old one."""
    desk = await Desk.of(world)
    account = await desk.active()
    token = await world.reset_token(account.username)
    await desk.act(Action.DISABLE, account)
    sent = len(await world.messages())
    world.clock.advance(timedelta(minutes=10))
    await world.forget(account.username)
    assert sent == len(await world.messages())
    with pytest.raises(LoginFailed):
        await world.sign_in(account.username)
    with pytest.raises(ActionNotAllowed):
        await desk.act(Action.RESET_PASSWORD, account)
    await desk.act(Action.ENABLE, account)
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_link(token)
    await world.sign_in(account.username)


async def test_enabling_who_never_activated_sends_the_activation(world: World) -> None:
    """ID-13: an enabled login without a password gets a new link; the one from before it was disabled is dead."""
    desk = await Desk.of(world)
    account, first = await world.invited()
    await desk.act(Action.DISABLE, account)
    with pytest.raises(ResetTokenInvalid):
        await activate_account(world.deps, STRANGER, token=first, password=GOOD)
    enabled = await desk.act(Action.ENABLE, account)
    assert Status.PENDING_ACTIVATION is Status(enabled.status)
    enabling, sending = [message for subject, _, message in await world.events() if subject.startswith("account.")][-2:]
    assert isinstance(enabling, AccountEvent)
    assert isinstance(sending, AccountEvent)
    assert (True, False) == (enabling.HasField("enabled"), enabling.enabled.activated)
    message = (await world.messages())[-1]
    activation = sending.activation_sent.activation
    assert (f"activations/{activation.id}", activation.expire_time) == (message.reference, message.not_after)
    await activate_account(world.deps, STRANGER, token=token_in(message), password=GOOD)
    await world.sign_in(account.username)


@pytest.mark.parametrize("action", [Action.RESEND_ACTIVATION, Action.CHANGE_USERNAME])
async def test_a_new_activation_takes_the_place_of_the_older(world: World, action: Action) -> None:
    """ID-03, ID-13: after a resend, or to another address, the older link is dead and its message is withdrawn."""
    desk = await Desk.of(world)
    account, first = await world.invited()
    older = (await world.messages())[-1]
    [created] = [message for subject, _, message in await world.events() if subject == "account.created"][-1:]
    assert isinstance(created, AccountEvent)
    assert f"activations/{created.created.activation.id}" == older.reference
    world.clock.advance(timedelta(days=1))
    answer = await desk.act(action, account)
    newer = (await world.messages())[-1]
    assert (answer.username, older.reference) == (newer.recipient.address, newer.supersedes)
    assert ("eva@example.org" if action is Action.CHANGE_USERNAME else account.username) == answer.username
    shown = await desk.see(account)
    assert world.clock() + timedelta(days=7) == shown.activation_expire_time.ToDatetime(world.clock().tzinfo)
    with pytest.raises(ResetTokenInvalid):
        await activate_account(world.deps, STRANGER, token=first, password=GOOD)
    await activate_account(world.deps, STRANGER, token=token_in(newer), password=GOOD)


async def test_another_address_is_checked(world: World) -> None:
    """ID-13: the new address must be one, and nobody else's in the realm; nothing changes otherwise."""
    desk = await Desk.of(world)
    account, _ = await world.invited()
    for username, error in (("nowhere", UsernameInvalid), (ADMIN.upper(), UsernameTaken)):
        with pytest.raises(error):
            await desk.ask("ChangePendingUsername", account_id=str(account.id), username=username)
    assert account == await world.account(account)


async def test_an_administrators_reset_lives_a_day(world: World) -> None:
    """ID-08: a reset that an administrator sends is good for 24 hours, three an hour, whatever strangers have asked."""
    desk = await Desk.of(world)
    account = await desk.active()
    for _ in range(3):
        await desk.act(Action.RESET_PASSWORD, account)
    with pytest.raises(ResetLimitReached):
        await desk.act(Action.RESET_PASSWORD, account)
    *_, earlier, last = await world.messages(to=account.username)
    assert ("RESET_PASSWORD", str(24 * 3600)) == (last.template, last.values["valid_for"])
    world.clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    await world.reset_by_link(token_in(last))
    await world.sign_in(account.username, BETTER)
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_link(token_in(earlier))
    await desk.act(Action.RESET_PASSWORD, account)
    world.clock.advance(timedelta(hours=24))
    with pytest.raises(ResetTokenExpired):
        await world.reset_by_link(token_in((await world.messages(to=account.username))[-1]))


async def test_unlocking_lets_new_devices_in(world: World) -> None:
    """ID-10, ID-13: a locked login says until when; an administrator lifts it, and the right password is good again."""
    desk = await Desk.of(world)
    account = await desk.active()
    for number in range(50):
        with pytest.raises(LoginFailed):
            await _sign_in(world, account, "wrong password", f"198.51.100.{number // 10}")
    locked = next(message for subject, _, message in await world.events() if subject == "account.locked")
    assert isinstance(locked, AccountEvent)
    shown, end = await desk.see(account), world.clock() + timedelta(minutes=15)
    assert (LoginUser.LOCKED, end, end) == (
        shown.state,
        shown.lock_expire_time.ToDatetime(end.tzinfo),
        locked.locked.expire_time.ToDatetime(end.tzinfo),
    )
    with pytest.raises(LoginFailed):
        await _sign_in(world, account, GOOD, "203.0.113.1")
    await desk.act(Action.UNLOCK, account)
    shown = await desk.see(account)
    assert (LoginUser.ACTIVE, False) == (shown.state, LoginUser.UNLOCK in shown.actions)
    await _sign_in(world, account, GOOD, "198.51.100.1")


async def test_a_login_is_shown(world: World) -> None:
    """ID-13: a login is shown with its state, its devices and what can be done; the last one stands out."""
    desk = await Desk.of(world)
    boss = (await world.sign_in()).account
    shown = await desk.see(boss)
    assert (True, LoginUser.ACTIVE, 2, options_pb2.STAFF_ADMIN) == (
        shown.last_administrator,
        shown.state,
        shown.session_count,
        shown.account.role,
    )
    assert [LoginUser.RESET_PASSWORD, LoginUser.REVOKE_SESSIONS] == [*shown.actions]
    await desk.active("second@example.org", Role.STAFF_ADMIN)
    assert not (await desk.see(boss)).last_administrator


async def _sign_in(world: World, account: Account, password: str, address: str) -> None:
    realm = world.organization.slug
    await login(world.deps, at(address), realm=realm, username=account.username, password=password)
