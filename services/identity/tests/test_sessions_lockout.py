"""Wrong passwords lock out who sends them, and never the person's own device, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.events_pb2 import AccountEvent
from portico_errors.identity import LoginFailed, PasswordWrong, TooManyTries

from chassis.call import Call
from chassis.db import Database
from identity.accounts.domain import Account
from identity.lockout.domain import MAX_FAILURES, MAX_FAILURES_OF_STRANGERS
from identity.lockout.storage import COUNT_FAILURE
from identity.login_users import domain as login_users
from identity.login_users.usecases import by_id, change, send_activation
from identity.resets.usecases.passwords import activate_account, change_my_password
from identity.sessions.domain import SignedIn
from identity.sessions.usecases import login
from identity.shared.audit.domain import Action
from services.identity.tests.world import ADMIN, BETTER, GOOD, STRANGER, Counting, World


def caller_from(address: str) -> Call:
    return replace(STRANGER, caller=replace(STRANGER.caller, address=address))


async def sign_in(
    world: World, password: str = GOOD, *, address: str = "192.0.2.7", device: str = "", username: str = ADMIN
) -> SignedIn:
    """Signs the administrator in from an address and, where it has one, a known device."""
    return await login(
        world.deps,
        caller_from(address),
        realm=world.organization.slug,
        username=username,
        password=password,
        device_tokens=[device] if device else [],
    )


async def fail(world: World, times: int, **source: str) -> None:
    for _ in range(times):
        with pytest.raises(LoginFailed):
            await sign_in(world, "wrong password", **source)


async def fail_from_everywhere(world: World) -> None:
    """As many wrong passwords as lock the account for new devices."""
    for number in range(MAX_FAILURES_OF_STRANGERS // MAX_FAILURES):
        await fail(world, MAX_FAILURES, address=f"198.51.100.{number}")


async def admin(world: World) -> Account:
    return (await sign_in(world)).account


@pytest.mark.parametrize(
    ("address", "is_locked_out"),
    [("2001:db8::1", True), ("2001:db8::ffff:1", True), ("2001:db8:0:1::1", False), ("192.0.2.9", False)],
)
async def test_ten_failures_lock_out_the_network(world: World, address: str, *, is_locked_out: bool) -> None:
    """CASE-S1, ID-10: after ten wrong passwords the right one is refused like them, from that network alone."""
    await fail(world, MAX_FAILURES, address="2001:db8::1")
    if is_locked_out:
        await fail_with_the_right_password(world, address=address)
    else:
        await sign_in(world, address=address)


async def fail_with_the_right_password(world: World, **source: str) -> None:
    with pytest.raises(LoginFailed):
        await sign_in(world, **source)


async def test_nine_failures_lock_out_nobody(world: World) -> None:
    """ID-10: nine wrong passwords are forgiven by the right one, and then again."""
    for _ in range(3):
        await fail(world, MAX_FAILURES - 1)
        await sign_in(world)


async def test_a_lock_ends_by_itself(world: World) -> None:
    """ID-10: fifteen minutes after the tenth failure the right password is right again, whoever went on trying."""
    await fail(world, MAX_FAILURES)
    world.clock.advance(timedelta(minutes=14, seconds=59))
    await fail(world, 1)
    await fail_with_the_right_password(world)
    world.clock.advance(timedelta(seconds=1))
    await sign_in(world)


async def test_old_failures_do_not_count(world: World) -> None:
    """ID-10: failures count together for fifteen minutes."""
    await fail(world, MAX_FAILURES - 1)
    world.clock.advance(timedelta(minutes=15))
    await fail(world, MAX_FAILURES - 1)
    await sign_in(world)


async def test_strangers_lock_the_account_for_new_devices_only(world: World) -> None:
    """CASE-S1, ID-10: fifty failures from everywhere lock every new device out, but not one that is known."""
    known = (await sign_in(world)).device_token
    await fail_from_everywhere(world)
    await fail_with_the_right_password(world, address="203.0.113.99")
    await sign_in(world, address="203.0.113.99", device=known)


async def test_a_person_is_told_once_of_a_lock(world: World) -> None:
    """CASE-S1, ID-10: the lock is an event, an audit row and one message; the pairs before it are audit rows."""
    account = await admin(world)
    await fail_from_everywhere(world)
    await fail(world, 5, address="203.0.113.99")
    assert ["ACCOUNT_LOCKED"] == [message.template for message in await world.messages(to=ADMIN)]
    assert ["account.locked"] == [subject for subject, *_ in await world.events() if subject.endswith("locked")]
    actions = await world.actions(account)
    assert (5, 1) == (actions.count(Action.SIGN_IN_LOCKED), actions.count(Action.ACCOUNT_LOCKED))


@pytest.mark.parametrize("state", ["pending", "disabled"])
async def test_what_no_password_opens_is_not_locked(world: World, state: str) -> None:
    """CASE-S1, ID-10: its person is not written to, nobody is told of a lock, and once it opens there is none."""
    new, token = await world.invited()
    who = by_id(new.org_id, new.id)
    if state == "disabled":
        await activate_account(world.deps, STRANGER, token=token, password=BETTER)
        await change(world.deps, world.call(await sign_in(world)), who, login_users.disable, None)
    events, mails = await world.events(), await world.messages(to=new.username)
    for number in range(MAX_FAILURES_OF_STRANGERS // MAX_FAILURES):
        await fail(world, MAX_FAILURES, address=f"198.51.100.{number}", username=new.username)
    assert (events, mails) == (await world.events(), await world.messages(to=new.username))
    actions = await world.actions(new)
    assert (5, 0) == (actions.count(Action.SIGN_IN_LOCKED), actions.count(Action.ACCOUNT_LOCKED))
    if state == "disabled":
        await send_activation(world.deps, world.call(await sign_in(world)), who, login_users.enable)
    else:
        await activate_account(world.deps, STRANGER, token=token, password=BETTER)
    await sign_in(world, BETTER, address="203.0.113.99", username=new.username)


async def test_a_known_device_has_its_own_count(world: World) -> None:
    """CASE-S1, ID-10: ten wrong passwords on a known device lock that device out, and nobody else."""
    known = (await sign_in(world)).device_token
    await fail(world, MAX_FAILURES, device=known)
    await fail_with_the_right_password(world, device=known)
    await sign_in(world)


async def test_a_device_is_known_for_its_account_and_for_half_a_year(world: World) -> None:
    """ID-10: another person's device is not known, nor a forged one, nor one that was not used for 180 days."""
    boss = await sign_in(world)
    family = await world.family("someone-with-a-device@example.org")
    await fail(world, MAX_FAILURES)
    for token in (family.device_token, boss.device_token[:-4] + "AAAA", "é"):
        await fail_with_the_right_password(world, device=token)
    world.clock.advance(timedelta(days=180))
    await fail(world, MAX_FAILURES)
    await fail_with_the_right_password(world, device=boss.device_token)


async def test_a_reset_ends_every_lock(world: World) -> None:
    """ID-07, ID-10: who has proven to be the person gets in at once, from everywhere."""
    await fail_from_everywhere(world)
    token = await world.reset_token()
    await world.reset_by_link(token)
    await sign_in(world, BETTER)
    await sign_in(world, BETTER, address="198.51.100.0")


async def test_others_hear_whether_a_new_password_ended_the_locks(world: World) -> None:
    """ID-10: a reset has, and who changes it because they know the one before has not."""
    me = await sign_in(world)
    await change_my_password(world.deps, world.call(me), current_password=GOOD, new_password=BETTER)
    await world.reset_by_link(await world.reset_token(), "a third long password")
    told = [message for subject, _, message in await world.events() if subject == "account.password_changed"]
    assert [False, True] == [cast("AccountEvent", each).password_changed.by_reset for each in told]


async def test_a_burst_learns_no_more_than_one_after_the_other(world: World) -> None:
    """CASE-S1, ID-10: of forty wrong passwords at once none makes the next ones worth anything."""
    await asyncio.gather(*(fail(world, 1) for _ in range(40)))
    await fail_with_the_right_password(world)
    await sign_in(world, address="192.0.2.8")  # the rest of the burst did not count against everybody


async def test_an_unknown_username_is_counted_the_same(world: World) -> None:
    """CASE-S1, ID-04: what is written and told of an unknown username is what a known one gets."""
    await fail(world, MAX_FAILURES, username="nobody@example.org")
    refusals = [entry.action for entry in await world.audit() if entry.subject_id is None]
    assert [Action.SIGN_IN_LOCKED] == [action for action in refusals if action is Action.SIGN_IN_LOCKED]
    await sign_in(world)


async def test_a_locked_account_runs_what_an_unknown_one_does(world: World) -> None:
    """CASE-S1, ID-04: the statements of a refusal are the same, or their time would tell that the account exists."""
    ran = []
    for username in (ADMIN, "nobody@example.org"):
        await fail(world, MAX_FAILURES, username=username)
        counting = Counting(world.deps.database)
        watched = replace(world, deps=replace(world.deps, database=cast("Database", counting)))
        await fail(watched, 1, username=username)
        ran.append(counting.ran)
    known, unknown = ran
    assert known == unknown
    assert COUNT_FAILURE in known


async def test_a_session_guesses_the_password_ten_times(world: World) -> None:
    """CASE-S1: who is signed in and tries passwords has to wait, also for the right one; other sessions do not."""
    laptop, phone = await sign_in(world), await sign_in(world)
    guess = {"current_password": "wrong password", "new_password": BETTER}
    right = {"current_password": GOOD, "new_password": BETTER}
    guesses = [change_my_password(world.deps, world.call(laptop), **guess) for _ in range(40)]
    refusals = [type(error) for error in await asyncio.gather(*guesses, return_exceptions=True)]
    assert PasswordWrong in refusals
    assert {TooManyTries, PasswordWrong} >= set(refusals)
    with pytest.raises(TooManyTries) as refused:
        await change_my_password(world.deps, world.call(laptop), **right)
    assert timedelta(minutes=15) == refused.value.retry_after
    await change_my_password(world.deps, world.call(phone), **right)
