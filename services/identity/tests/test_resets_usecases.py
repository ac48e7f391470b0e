"""Forgotten passwords, on a real database."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.resources_pb2 import SignInResult
from portico_errors.identity import (
    AccountNotFound,
    LoginFailed,
    RefreshTokenInvalid,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from chassis.call import FAMILY_ORG
from chassis.errors import Aborted, Exhausted, ServiceError
from chassis.ids import new_id
from chassis.secrets import CROCKFORD, opaque_token, read_code
from identity.resets.usecases.passwords import activate_account, reset_with_code, reset_with_link
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords, send_family_password_reset
from identity.sessions.domain import SignedIn
from identity.sessions.usecases import list_my_sessions, refresh_tokens
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import Actor
from services.identity.tests.world import ADMIN, BETTER, GOOD, STRANGER, World, an_email, opened


async def test_tokens_do_not_pass_for_each_other(world: World) -> None:
    """ID-07: an activation's token resets nothing, a reset's token activates nothing, and no invented one does."""
    _, activation = await world.invited()
    reset = await world.reset_token()
    invented = opaque_token(world.organization.org_id)
    for token in (activation, invented, "", "x" * 46, "é", reset[:-1]):
        with pytest.raises(ResetTokenInvalid):
            await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)
    for token in (reset, invented, ""):
        with pytest.raises(ResetTokenInvalid):
            await activate_account(world.deps, STRANGER, token=token, password=BETTER)


async def test_forgotten_password_by_email(world: World) -> None:
    """ID-07: a link good for an hour comes by email, sealed; it resets once, ends all sessions and sends a notice."""
    boss = await world.sign_in()
    await world.forget(ADMIN.upper())
    request = (await world.messages())[-1]
    assert ("RESET_PASSWORD", ADMIN, "en", {"link"}) == (
        request.template,
        request.recipient.address,
        request.recipient.language,
        set(opened(request)),
    )
    assert {
        "display_name": "Boss",
        "organization_name": "Sunrise Childcare",
        "expire_time": "2026-01-15T13:00:00Z",
        "time_zone": "America/New_York",
    } == dict(request.values)
    link = opened(request)["link"]
    assert link.startswith(f"https://portico.example/o/{world.organization.slug}/reset/")
    await reset_with_link(world.deps, STRANGER, token=link.rpartition("/")[2], new_password=BETTER)
    with pytest.raises(RefreshTokenInvalid):
        await refresh_tokens(world.deps, STRANGER, refresh_token=boss.refresh_token)
    with pytest.raises(LoginFailed):
        await world.sign_in()
    await world.sign_in(password=BETTER)
    with pytest.raises(ResetTokenInvalid):
        await reset_with_link(world.deps, STRANGER, token=link.rpartition("/")[2], new_password=GOOD)
    notice = (await world.messages())[-1]
    assert ("PASSWORD_CHANGED", "2026-01-15T12:00:00Z") == (notice.template, notice.values["change_time"])
    assert {world.deps.refresh_tokens.read(boss.refresh_token).session_id} == await world.revoked()
    expected = [Action.RESET_ASKED, Action.PASSWORD_RESET, Action.SESSIONS_REVOKED]
    assert [action for action in await world.actions(boss.account) if action in expected] == expected


async def test_forgotten_password_by_sms(world: World) -> None:
    """ID-07: a code of 8 Crockford characters comes by SMS and resets, however it is typed."""
    family, code = await world.family_with_code()
    request = (await world.messages(FAMILY_ORG, to=family.account.username))[-1]
    assert ("Portico", {"code"}) == (request.values["organization_name"], set(opened(request)))
    read = read_code(code, 8)
    assert read
    assert set(read) <= set(CROCKFORD)
    await world.reset_by_code(family.account, f" {code.lower()} ")
    await world.sign_in(family.account.username, BETTER, realm="family")


async def test_reset_lives_an_hour(world: World) -> None:
    """ID-07: after an hour a link and a code say that they expired."""
    token = await world.reset_token()
    family, code = await world.family_with_code()
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(ResetTokenExpired):
        await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)
    with pytest.raises(ResetTokenExpired):
        await world.reset_by_code(family.account, code)


async def test_newest_reset_wins(world: World) -> None:
    """ID-07: asking again kills the older link, and takes its message's place where that is not sent yet."""
    older = await world.reset_token()
    newer = await world.reset_token()
    with pytest.raises(ResetTokenInvalid):
        await reset_with_link(world.deps, STRANGER, token=older, new_password=BETTER)
    first, second = await world.messages(to=ADMIN)
    assert ("", first.reference) == (first.supersedes, second.supersedes)
    await reset_with_link(world.deps, STRANGER, token=newer, new_password=BETTER)


async def test_newest_of_resets_at_once_wins(world: World) -> None:
    """ID-07: of three resets at the same moment each names the one before it, and only the newest link resets."""
    family = (await world.family(an_email())).account
    actor = Actor(account_id=new_id(), org_id=world.organization.org_id)
    asking = [
        send_family_password_reset(world.deps, STRANGER, account_id=family.id, actor=actor),
        world.forget(family.username, realm="family"),
        send_family_password_reset(world.deps, STRANGER, account_id=family.id, actor=actor),
    ]
    await asyncio.gather(*asking)
    first, second, third = await world.messages(FAMILY_ORG, to=family.username)
    assert ["", first.reference, second.reference] == [first.supersedes, second.supersedes, third.supersedes]
    tokens = [opened(request)["link"].rpartition("/")[2] for request in (first, second, third)]
    for token in tokens[:-1]:
        with pytest.raises(ResetTokenInvalid):
            await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)
    await reset_with_link(world.deps, STRANGER, token=tokens[-1], new_password=BETTER)


async def test_three_resets_an_hour(world: World) -> None:
    """ID-07: the fourth request within an hour sends nothing, and after the hour one is sent again."""
    for _ in range(5):
        await world.forget(ADMIN)
    assert 3 == len(await world.messages(to=ADMIN))
    world.clock.advance(timedelta(hours=1))
    await world.forget(ADMIN)
    assert 4 == len(await world.messages(to=ADMIN))


@pytest.mark.parametrize("username", ["nobody@example.org", "neither", "+19995550100", "pending@example.org"])
async def test_nobody_is_written_to(world: World, username: str) -> None:
    """ID-07: for an unknown, a malformed and a pending username nothing is sent and nothing fails."""
    await world.invited("pending@example.org")
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


async def test_fifth_wrong_code_kills_the_right_one(world: World) -> None:
    """ID-07: four wrong codes leave the right one alive, the fifth kills it."""
    for wrong_tries, survives in ((4, True), (5, False)):
        family, code = await world.family_with_code()
        for _ in range(wrong_tries):
            with pytest.raises(ResetTokenInvalid):
                await world.reset_by_code(family.account, "0000-0000")
        if survives:
            await world.reset_by_code(family.account, code)
        else:
            with pytest.raises(ResetTokenInvalid):
                await world.reset_by_code(family.account, code)


async def test_many_wrong_codes_at_once_are_all_counted(world: World) -> None:
    """ID-07: fifty wrong codes at the same moment kill the right one, too."""
    family, code = await world.family_with_code()
    tries = [world.reset_by_code(family.account, f"{n:04}-0000") for n in range(50)]
    assert {ResetTokenInvalid} == {type(outcome) for outcome in await asyncio.gather(*tries, return_exceptions=True)}
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_code(family.account, code)
    assert 50 == Counter(await world.actions(family.account))[Action.RESET_REFUSED] - 1


async def test_strangers_cannot_kill_a_link(world: World) -> None:
    """ID-07: codes for an account that got a link change nothing about the link."""
    token = await world.reset_token()
    for _ in range(6):
        with pytest.raises(ResetTokenInvalid):
            await reset_with_code(
                world.deps,
                STRANGER,
                realm=world.organization.slug,
                username=ADMIN,
                code="0000-0000",
                new_password=BETTER,
            )
    await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)


@pytest.mark.parametrize(
    ("realm", "username"), [("nowhere", "+12135550100"), ("family", "+12135550100"), ("family", "x")]
)
async def test_code_of_nobody_is_refused(world: World, realm: str, username: str) -> None:
    """ID-07: a code for an unknown realm, an unknown person or no username at all gets the answer of a wrong code."""
    with pytest.raises(ResetTokenInvalid):
        await reset_with_code(
            world.deps, STRANGER, realm=realm, username=username, code="0000-0000", new_password=BETTER
        )


async def test_one_of_twenty_resets_wins(world: World) -> None:
    """ID-07: of twenty uses of one token at once exactly one sets its password."""
    token = await world.reset_token()
    passwords = [f"{BETTER} {n}" for n in range(20)]
    outcomes = await asyncio.gather(
        *(reset_with_link(world.deps, STRANGER, token=token, new_password=password) for password in passwords),
        return_exceptions=True,
    )
    winners = [
        password for password, outcome in zip(passwords, outcomes, strict=True) if isinstance(outcome, SignInResult)
    ]
    losers = [outcome for outcome in outcomes if not isinstance(outcome, SignInResult)]
    assert (1, {"RESET_TOKEN_INVALID"}) == (len(winners), {cast("ServiceError", loser).reason for loser in losers})
    await world.sign_in(password=winners[0])
    assert 1 == len([message for message in await world.messages() if message.template == "PASSWORD_CHANGED"])


async def test_login_with_the_old_password_does_not_survive_a_reset(world: World) -> None:
    """ID-06: however logins and a reset interleave, no session of the old password is left."""
    token = await world.reset_token()
    logins = [world.sign_in() for _ in range(10)]

    async def reset() -> SignInResult:
        # Each login that succeeds meanwhile makes it decide again; after three it says ABORTED: try again.
        while True:
            with suppress(Aborted):
                return await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)

    outcomes = await asyncio.gather(*logins[:5], reset(), *logins[5:], return_exceptions=True)
    assert {SignedIn, LoginFailed, SignInResult} >= {type(outcome) for outcome in outcomes}
    boss = await world.sign_in(password=BETTER)
    assert 2 == len(await list_my_sessions(world.deps, world.call(boss)))  # this one, and the one of the reset


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
    for _ in range(2):
        desk.ask(Forgotten(call=STRANGER, realm=world.organization.slug, username=ADMIN))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert 2 == len(await world.messages(to=ADMIN))


def test_too_many_that_wait_are_refused(world: World) -> None:
    """ID-07: a flood of forgotten passwords is refused for a moment instead of filling the memory."""
    desk = ForgottenPasswords(world.deps)
    forgotten = Forgotten(call=STRANGER, realm=world.organization.slug, username=ADMIN)

    def flood() -> None:
        for _ in range(100_000):
            desk.ask(forgotten)

    with pytest.raises(Exhausted):
        flood()
