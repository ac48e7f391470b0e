"""Asking for a new password, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from portico_errors.identity import (
    AccountNotFound,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from chassis.call import FAMILY_ORG
from chassis.db import Database
from chassis.errors import Exhausted
from chassis.ids import new_id
from identity.accounts.storage import LOAD_ACCOUNT, LOAD_ACCOUNT_BY_USERNAME, SAVE_ACCOUNT
from identity.resets.usecases.passwords import activate_account, reset_with_link
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords, send_family_password_reset
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import Actor
from services.identity.tests.world import (
    ADMIN,
    BETTER,
    GOOD,
    STRANGER,
    Counting,
    World,
    an_email,
    at,
    opened,
    token_in,
)


async def test_up_to_three_links_live_until_one_is_used(world: World) -> None:
    """CASE-S6, ID-07: asking again leaves the link alone that the person just got; when one is used, all are dead."""
    tokens = []
    for number in range(4):
        tokens.append(await world.reset_token(call=at(f"192.0.2.{number}")))
        world.clock.advance(timedelta(minutes=2))
    messages = await world.messages(to=ADMIN)
    assert ["", "", "", messages[0].reference] == [message.supersedes for message in messages]
    with pytest.raises(ResetTokenInvalid):
        await reset_with_link(world.deps, STRANGER, token=tokens[0], new_password=BETTER)
    await reset_with_link(world.deps, STRANGER, token=tokens[1], new_password=BETTER)
    for token in tokens:
        with pytest.raises(ResetTokenInvalid):
            await reset_with_link(world.deps, STRANGER, token=token, new_password=GOOD)


async def test_the_two_newest_codes_live(world: World) -> None:
    """CASE-S6, ID-07: of three codes the newest and the one before it reset, until one is used."""
    family, first = await world.family_with_code()
    username, codes = family.account.username, [first]
    for _ in range(2):
        world.clock.advance(timedelta(minutes=2))
        await world.forget(username, "family")
        codes.append(opened((await world.messages(FAMILY_ORG, to=username))[-1])["code"])
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_code(family.account, codes[0])
    await world.reset_by_code(family.account, codes[1])
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_code(family.account, codes[2])


async def test_of_asks_at_once_one_is_sent(world: World) -> None:
    """CASE-S6, ID-07: of ten asks at the same moment one sends a message; within two minutes no other does."""
    await asyncio.gather(*(world.forget(ADMIN, call=at(f"192.0.2.{number}")) for number in range(10)))
    world.clock.advance(timedelta(seconds=119))
    await world.forget(ADMIN)
    assert 1 == len(await world.messages(to=ADMIN))
    world.clock.advance(timedelta(seconds=1))
    await world.forget(ADMIN)
    assert 2 == len(await world.messages(to=ADMIN))


async def test_strangers_do_not_use_up_what_staff_may_send(world: World) -> None:
    """CASE-S6, ID-07: strangers get 3 an hour by network and 6 a day, and staff send theirs all the same."""
    family = (await world.family(an_email())).account
    for network, sent in (("2001:db8::", 3), ("198.51.100.", 6), ("203.0.113.", 6)):
        for host in range(5):
            await world.forget(
                family.username, "family", call=at(f"{network}{host}" if ":" in network else f"{network}7")
            )
            world.clock.advance(timedelta(minutes=2))
        assert sent == len(await world.messages(FAMILY_ORG, to=family.username))
    actor = Actor(account_id=new_id(), org_id=world.organization.org_id)
    await send_family_password_reset(world.deps, STRANGER, account_id=family.id, actor=actor)
    requests = await world.messages(FAMILY_ORG, to=family.username)
    assert 7 == len(requests)
    world.clock.advance(timedelta(hours=23, minutes=31))
    await world.forget(family.username, "family")
    assert 8 == len(await world.messages(FAMILY_ORG, to=family.username))


async def test_forgotten_before_it_was_activated(world: World) -> None:
    """CASE-A20, ID-03, ID-07: "forgot" by a login never activated sends its activation again, and the newest works."""
    account, first = await world.invited("pending@example.org")
    await world.forget(account.username)
    assert 1 == len(await world.messages(to=account.username))
    for _ in range(5):
        world.clock.advance(timedelta(minutes=10))
        await world.forget(account.username)
    messages = await world.messages(to=account.username)
    assert ["STAFF_ACTIVATION"] * 4 == [message.template for message in messages]
    assert ["", *(message.reference for message in messages[:-1])] == [message.supersedes for message in messages]
    for token in (first, token_in(messages[-2])):
        with pytest.raises(ResetTokenInvalid):
            await activate_account(world.deps, STRANGER, token=token, password=BETTER)
    world.clock.advance(timedelta(days=7))
    with pytest.raises(ResetTokenExpired):
        await activate_account(world.deps, STRANGER, token=token_in(messages[-1]), password=BETTER)
    await world.forget(account.username)
    await activate_account(
        world.deps, STRANGER, token=token_in((await world.messages(to=account.username))[-1]), password=BETTER
    )
    assert Action.ACTIVATION_ASKED in await world.actions(account)


async def test_an_old_invitation_is_not_sent_again(world: World) -> None:
    """CASE-A20: a login that has waited for more than 30 days gets nothing by "forgot"."""
    account, _ = await world.invited("pending@example.org")
    world.clock.advance(timedelta(days=30, seconds=1))
    await world.forget(account.username)
    assert 1 == len(await world.messages(to=account.username))


async def test_an_ask_is_one_load_and_one_save(world: World) -> None:
    """CASE-S6: proofs are loaded and saved in the statements of their account."""
    counting = Counting(world.deps.database)
    watched = replace(world, deps=replace(world.deps, database=cast("Database", counting)))
    await watched.forget(ADMIN)
    assert [LOAD_ACCOUNT_BY_USERNAME, LOAD_ACCOUNT, SAVE_ACCOUNT] == counting.ran


@pytest.mark.parametrize("username", ["nobody@example.org", "neither", "+19995550100"])
async def test_nobody_is_written_to(world: World, username: str) -> None:
    """ID-07: for an unknown and a malformed username nothing is sent and nothing fails."""
    before = len(await world.messages())
    await world.forget(username)
    await world.forget(username, realm="nowhere")
    assert before == len(await world.messages())


async def test_asking_does_no_work_before_it_answers(world: World) -> None:
    """ID-07: whether the account exists cannot show in the answer's time: nothing is looked up before the answer."""
    desk = ForgottenPasswords(world.deps)
    for username in (ADMIN, "nobody@example.org"):
        desk.ask(Forgotten(call=STRANGER, realm=world.organization.slug, username=username))
    assert [] == await world.messages()
    work = asyncio.create_task(desk.run())
    assert "RESET_PASSWORD" == (await world.awaited_message(to=ADMIN)).template
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_staff_send_a_family_its_reset(world: World) -> None:
    """ID-07: staff send a family the reset that it would get itself; the audit names who asked."""
    family = await world.family(an_email())
    boss = (await world.sign_in()).account
    actor = Actor(account_id=boss.id, org_id=boss.org_id)
    for _ in range(3):
        await send_family_password_reset(world.deps, STRANGER, account_id=family.account.id, actor=actor)
    with pytest.raises(ResetLimitReached) as refused:
        await send_family_password_reset(world.deps, STRANGER, account_id=family.account.id, actor=actor)
    assert timedelta(hours=1) == refused.value.retry_after
    world.clock.advance(timedelta(hours=1))
    await send_family_password_reset(world.deps, STRANGER, account_id=family.account.id, actor=actor)
    asked = [entry for entry in await world.audit(FAMILY_ORG) if entry.subject_id == family.account.id][-1]
    assert (Action.RESET_ASKED, boss.id, boss.org_id) == (asked.action, asked.actor_id, asked.actor_org_id)
    request = (await world.messages(FAMILY_ORG, to=family.account.username))[-1]
    token = opened(request)["link"].rpartition("/")[2]
    await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)
    await world.sign_in(family.account.username, BETTER, realm="family")


async def test_staff_reset_only_families(world: World) -> None:
    """ID-07: an account of an organization is no family's, so that it is not found."""
    boss = (await world.sign_in()).account
    with pytest.raises(AccountNotFound):
        await send_family_password_reset(
            world.deps, STRANGER, account_id=boss.id, actor=Actor(account_id=boss.id, org_id=boss.org_id)
        )


async def test_stop_does_the_last_ones_first(world: World) -> None:
    """OP-05: what was acknowledged before an orderly stop is still done."""
    desk = ForgottenPasswords(world.deps)
    work = asyncio.create_task(desk.run())
    await asyncio.sleep(0)
    await world.invited("pending@example.org")
    world.clock.advance(timedelta(minutes=10))
    for username in (ADMIN, "pending@example.org"):
        desk.ask(Forgotten(call=STRANGER, realm=world.organization.slug, username=username))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert (1, 2) == (len(await world.messages(to=ADMIN)), len(await world.messages(to="pending@example.org")))


def test_too_many_that_wait_are_refused(world: World) -> None:
    """ID-07: a flood of forgotten passwords is refused for a moment instead of filling the memory."""
    desk = ForgottenPasswords(world.deps)
    forgotten = Forgotten(call=STRANGER, realm=world.organization.slug, username=ADMIN)

    def flood() -> None:
        for _ in range(100_000):
            desk.ask(forgotten)

    with pytest.raises(Exhausted):
        flood()


async def test_a_familys_messages_name_its_account(world: World) -> None:
    """CASE-U5: messages to a family name its account, so that its agency speaks; those to staff have their own."""
    family, code = await world.family_with_code()
    await world.reset_by_code(family.account, code)
    told = await world.messages(FAMILY_ORG, to=family.account.username)
    assert {("RESET_PASSWORD", str(family.account.id)), ("PASSWORD_CHANGED", str(family.account.id))} == {
        (message.template, message.account_id) for message in told
    }
    await world.forget(ADMIN)
    assert "" == (await world.messages(to=ADMIN))[-1].account_id
