"""Forgotten passwords, on a real database."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.resets_pb2 import PasswordCode
from portico.identity.v1.resources_pb2 import SignInResult
from portico_errors.identity import (
    LoginFailed,
    RefreshTokenInvalid,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from chassis.call import FAMILY_ORG
from chassis.errors import Aborted, ServiceError
from chassis.secrets import CROCKFORD, opaque_token, read_code
from identity.resets.usecases.passwords import activate_account, reset_with_code, reset_with_link
from identity.sessions.domain import SignedIn
from identity.sessions.usecases import list_my_sessions, refresh_tokens
from identity.shared.audit.domain import Action
from services.identity.tests.world import (
    ADMIN,
    BETTER,
    GOOD,
    STRANGER,
    World,
    opened,
)


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
    """CASE-A11, ID-07: a sealed link, valid for an hour, comes by email, resets once and ends all sessions."""
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
        "valid_for": "3600",
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
    """CASE-A11, ID-07: a code of 8 Crockford characters, valid for an hour, comes by SMS and resets as it is typed."""
    family, code = await world.family_with_code()
    request = (await world.messages(FAMILY_ORG, to=family.account.username))[-1]
    assert ("Portico", "3600", {"code"}) == (
        request.values["organization_name"],
        request.values["valid_for"],
        set(opened(request)),
    )
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


async def test_strangers_cannot_kill_a_link(world: World) -> None:
    """ID-07: codes for an account that got a link change nothing about the link."""
    token = await world.reset_token()
    typed = PasswordCode(realm=world.organization.slug, username=ADMIN, code="0000-0000")
    for _ in range(6):
        with pytest.raises(ResetTokenInvalid):
            await reset_with_code(world.deps, STRANGER, typed=typed, new_password=BETTER)
    await reset_with_link(world.deps, STRANGER, token=token, new_password=BETTER)


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
