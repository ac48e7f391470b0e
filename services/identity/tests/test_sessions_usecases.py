"""Refreshing and ending sessions, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from portico_errors.identity import RefreshTokenInvalid, SessionNotFound

from chassis.ids import new_id
from chassis.secrets import KeyedHash
from identity.resets.usecases.passwords import change_my_password
from identity.sessions.domain import SignedIn
from identity.sessions.tokens import RefreshToken, RefreshTokens
from identity.sessions.usecases import (
    list_my_sessions,
    logout,
    refresh_tokens,
    revoke_my_other_sessions,
    revoke_my_session,
)
from identity.shared.audit.domain import Action
from services.identity.tests.world import ADMIN, BETTER, GOOD, STRANGER, World


async def _refresh(world: World, token: str) -> SignedIn:
    return await refresh_tokens(world.deps, STRANGER, refresh_token=token)


def _session(world: World, person: SignedIn) -> UUID:
    return world.deps.refresh_tokens.read(person.refresh_token).session_id


async def test_refresh_token_rotates(world: World) -> None:
    """ID-05: a refresh gives the next pair for the same session and account, for 12 hours from now."""
    boss = await world.sign_in()
    world.clock.advance(timedelta(hours=11))
    refreshed = await _refresh(world, boss.refresh_token)
    assert refreshed.refresh_token != boss.refresh_token
    assert (_session(world, boss), boss.account.id) == (_session(world, refreshed), refreshed.account.id)
    assert world.clock() + timedelta(hours=12) == refreshed.refresh_expire_time
    world.clock.advance(timedelta(hours=11))
    await _refresh(world, refreshed.refresh_token)


async def test_two_tabs_get_the_same_successor(world: World) -> None:
    """ID-05: twenty refreshes of one token at once, and one 20 seconds later, get the same successor."""
    boss = await world.sign_in()
    at_once = await asyncio.gather(*(_refresh(world, boss.refresh_token) for _ in range(20)))
    world.clock.advance(timedelta(seconds=20))
    late = await _refresh(world, boss.refresh_token)
    assert 1 == len({person.refresh_token for person in (*at_once, late)})
    assert set() == await world.revoked()


async def test_reuse_ends_the_session(world: World) -> None:
    """CASE-A18, ID-05: a token of the time before the last ends its session; audit and person are told."""
    boss = await world.sign_in()
    current = await _refresh(world, (await _refresh(world, boss.refresh_token)).refresh_token)
    world.clock.advance(timedelta(seconds=21))
    with pytest.raises(RefreshTokenInvalid):
        await _refresh(world, boss.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await _refresh(world, current.refresh_token)
    assert {_session(world, boss)} == await world.revoked()
    assert [Action.REFRESH_TOKEN_REUSED, Action.SESSIONS_REVOKED] == (await world.actions(boss.account))[-2:]
    assert ["SESSION_ENDED"] == [message.template for message in await world.messages(to=ADMIN)]


async def test_a_lost_answer_is_no_theft(world: World) -> None:
    """CASE-A18: who refreshes again after 22 seconds or hours gets a new pair, and the audit says so."""
    boss = await world.sign_in()
    lost = await _refresh(world, boss.refresh_token)
    for later in (timedelta(seconds=22), timedelta(hours=1)):
        world.clock.advance(later)
        found = await _refresh(world, boss.refresh_token)
    assert found.refresh_token != lost.refresh_token
    assert [Action.REFRESH_TOKEN_RENEWED] * 2 == (await world.actions(boss.account))[-2:]
    await _refresh(world, found.refresh_token)
    assert set() == await world.revoked()


async def test_session_ends_unless_it_is_used(world: World) -> None:
    """CASE-S13, ID-05: 12 hours after the last rotation a staff member's refresh token is worth nothing."""
    boss = await world.sign_in()
    world.clock.advance(timedelta(hours=12))
    with pytest.raises(RefreshTokenInvalid):
        await _refresh(world, boss.refresh_token)


async def test_forged_token_is_refused(world: World) -> None:
    """ID-05: a token of another key, a changed, a cut and an empty one are refused alike."""
    boss = await world.sign_in()
    genuine = world.deps.refresh_tokens.read(boss.refresh_token)
    forged = RefreshTokens(KeyedHash(b"\2" * 32)).write(genuine)
    other_org = world.deps.refresh_tokens.write(replace(genuine, org_id=new_id()))
    unknown = world.deps.refresh_tokens.write(RefreshToken(org_id=new_id(), session_id=new_id(), generation=0))
    changed = boss.refresh_token[:-3] + ("AAA" if not boss.refresh_token.endswith("AAA") else "BBB")
    for token in (forged, other_org, unknown, changed, boss.refresh_token[:60], "", "é", "=" * 91):
        with pytest.raises(RefreshTokenInvalid):
            await _refresh(world, token)
    await _refresh(world, boss.refresh_token)


async def test_sessions_are_listed_last_used_first(world: World) -> None:
    """ID-06: a person sees their live sessions with device, address and last use, the last used first."""
    laptop = await world.sign_in()
    world.clock.advance(timedelta(minutes=1))
    phone = await world.sign_in()
    world.clock.advance(timedelta(minutes=1))
    elsewhere = replace(STRANGER, caller=replace(STRANGER.caller, address="192.0.2.99"))
    await refresh_tokens(world.deps, elsewhere, refresh_token=laptop.refresh_token)
    listed = await list_my_sessions(world.deps, world.call(phone))
    assert [_session(world, laptop), _session(world, phone)] == [session.id for session in listed]
    assert ["192.0.2.99", "192.0.2.7"] == [session.address for session in listed]


async def test_logout_ends_the_asking_session(world: World) -> None:
    """ID-06: logging out ends one session, tells everybody in the same statement, and may be repeated."""
    laptop, phone = await world.sign_in(), await world.sign_in()
    await logout(world.deps, world.call(laptop))
    await logout(world.deps, world.call(laptop))
    assert [_session(world, phone)] == [session.id for session in await list_my_sessions(world.deps, world.call(phone))]
    with pytest.raises(RefreshTokenInvalid):
        await _refresh(world, laptop.refresh_token)
    revocations = [subject for subject, _, _ in await world.events() if subject == "revocation.revoked"]
    assert (1, {_session(world, laptop)}) == (len(revocations), await world.revoked())


async def test_one_session_is_revoked(world: World) -> None:
    """ID-06: a person ends one of their sessions; a second time there is none."""
    laptop, phone = await world.sign_in(), await world.sign_in()
    await revoke_my_session(world.deps, world.call(laptop), session_id=_session(world, phone))
    with pytest.raises(RefreshTokenInvalid):
        await _refresh(world, phone.refresh_token)
    with pytest.raises(SessionNotFound):
        await revoke_my_session(world.deps, world.call(laptop), session_id=_session(world, phone))
    last = (await world.audit())[-1]
    assert (Action.SESSIONS_REVOKED, laptop.account.id) == (last.action, last.actor_id)


async def test_strangers_session_does_not_exist(world: World, deps: object) -> None:
    """ID-06: another person's session is not found, be it in the same organization or in another one."""
    boss = await world.sign_in()
    family = await world.family("+1213555" + str(new_id().int % 9000 + 1000))
    for victim in (_session(world, family), new_id()):
        with pytest.raises(SessionNotFound):
            await revoke_my_session(world.deps, world.call(boss), session_id=victim)
    await _refresh(world, family.refresh_token)


async def test_all_others_are_revoked(world: World) -> None:
    """ID-06: a person ends all sessions but the one that asks, and hears how many these were."""
    laptop = await world.sign_in()
    others = {_session(world, await world.sign_in()) for _ in range(3)}
    assert 3 == await revoke_my_other_sessions(world.deps, world.call(laptop))
    assert others == await world.revoked()
    assert 0 == await revoke_my_other_sessions(world.deps, world.call(laptop))
    await _refresh(world, laptop.refresh_token)


async def test_refresh_and_revocation_at_once(world: World) -> None:
    """ID-06: whoever wins, after a password change no token that a refresh handed out at that moment works on."""
    for _ in range(5):
        laptop, phone = await world.sign_in(), await world.sign_in()
        passwords = {"current_password": GOOD, "new_password": BETTER}
        outcome, _ = await asyncio.gather(
            _refresh(world, phone.refresh_token),
            change_my_password(world.deps, world.call(laptop), **passwords),
            return_exceptions=True,
        )
        newest = outcome if isinstance(outcome, SignedIn) else phone
        with pytest.raises(RefreshTokenInvalid):
            await _refresh(world, newest.refresh_token)
        assert _session(world, phone) in await world.revoked()
        await change_my_password(world.deps, world.call(laptop), current_password=BETTER, new_password=GOOD)
