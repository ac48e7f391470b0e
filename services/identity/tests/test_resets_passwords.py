"""First, other and new passwords, on a real database."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from google.protobuf.empty_pb2 import Empty
from portico_errors.identity import (
    PasswordWeak,
    PasswordWrong,
    RefreshTokenInvalid,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from chassis.saves import write
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import Status
from identity.accounts.storage import SAVE_ACCOUNT, account_params
from identity.resets.deps import Deps
from identity.resets.domain import ChangePassword, ResetStatus, change_password
from identity.resets.usecases.passwords import activate_account, change_my_password, check_reset, reset_with_link
from identity.sessions.usecases import refresh_tokens
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_written
from services.identity.tests.world import (
    ADMIN,
    BETTER,
    GOOD,
    STRANGER,
    World,
)


async def test_activation_makes_a_login_usable(world: World) -> None:
    """ID-03: the link of the activation message sets the first password, once, and the person can sign in."""
    account, token = await world.invited()
    assert Status.PENDING_ACTIVATION is (await world.account(account)).status
    await activate_account(world.deps, STRANGER, token=token, password=BETTER)
    assert Status.ACTIVE is (await world.sign_in(account.username, BETTER)).account.status
    with pytest.raises(ResetTokenInvalid):
        await activate_account(world.deps, STRANGER, token=token, password=GOOD)
    assert "account.activated" in [subject for subject, _, _ in await world.events()]
    assert Action.ACCOUNT_ACTIVATED in await world.actions(account)


async def test_activation_lives_seven_days(world: World) -> None:
    """ID-03: an activation link of seven days ago says that it expired."""
    _, token = await world.invited()
    world.clock.advance(timedelta(days=7))
    with pytest.raises(ResetTokenExpired):
        await activate_account(world.deps, STRANGER, token=token, password=BETTER)


async def test_weak_password_uses_nothing_up(world: World) -> None:
    """ID-09: a weak password is refused with its reasons, and the link still works."""
    account, token = await world.invited()
    with pytest.raises(PasswordWeak) as refused:
        await activate_account(world.deps, STRANGER, token=token, password="Noor-sunrise")
    assert [("password", "PERSONAL_DATA")] == [(v.field, v.reason) for v in refused.value.violations]
    await activate_account(world.deps, STRANGER, token=token, password=BETTER)
    await world.sign_in(account.username, BETTER)


async def test_changed_password_ends_other_sessions(world: World) -> None:
    """ID-16: a changed password ends the other sessions, and the person is told."""
    laptop, phone = await world.sign_in(), await world.sign_in()
    await change_my_password(world.deps, world.call(laptop), current_password=GOOD, new_password=BETTER)
    await refresh_tokens(world.deps, STRANGER, refresh_token=laptop.refresh_token)
    with pytest.raises(RefreshTokenInvalid):
        await refresh_tokens(world.deps, STRANGER, refresh_token=phone.refresh_token)
    assert "PASSWORD_CHANGED" == (await world.messages())[-1].template
    assert [Action.PASSWORD_CHANGED, Action.SESSIONS_REVOKED] == (await world.actions(laptop.account))[-2:]
    await world.sign_in(password=BETTER)


async def test_change_needs_the_current_password(world: World) -> None:
    """ID-09: a wrong current password changes nothing, and a weak new one is refused with its reasons."""
    laptop = await world.sign_in()
    with pytest.raises(PasswordWrong):
        await change_my_password(world.deps, world.call(laptop), current_password=BETTER, new_password=BETTER)
    with pytest.raises(PasswordWeak) as refused:
        await change_my_password(world.deps, world.call(laptop), current_password=GOOD, new_password="password")
    assert [("new_password", "TOO_SHORT"), ("new_password", "TOO_COMMON")] == [
        (violation.field, violation.reason) for violation in refused.value.violations
    ]
    await world.sign_in()


async def test_change_kills_an_asked_reset(world: World) -> None:
    """ID-07: a link that was asked before the password was changed is dead afterwards."""
    token = await world.reset_token()
    laptop = await world.sign_in()
    await change_my_password(world.deps, world.call(laptop), current_password=GOOD, new_password=BETTER)
    with pytest.raises(ResetTokenInvalid):
        await reset_with_link(world.deps, STRANGER, token=token, new_password=GOOD)


async def test_one_of_many_changes_wins(world: World) -> None:
    """ID-09: of ten changes from the same current password at once exactly one is made."""
    laptop = await world.sign_in()
    changes = [
        change_my_password(world.deps, world.call(laptop), current_password=GOOD, new_password=f"{BETTER} {n}")
        for n in range(10)
    ]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert 1 == outcomes.count(Empty())
    assert {PasswordWrong} == {type(outcome) for outcome in outcomes if outcome != Empty()}


async def test_secrets_stand_nowhere(world: World) -> None:
    """NT-08: no row of identity's database holds a password, a link, a token or a code in the clear."""
    family, code = await world.family_with_code()
    _, activation = await world.invited()
    token = await world.reset_token()
    boss = await world.sign_in()
    secrets = [code, code.replace("-", ""), activation, token, boss.refresh_token, boss.access_token, GOOD]
    async with await world.deps.database.connect() as connection:
        for table in ("accounts", "sessions", "proofs", "code_tries", "audit", "refusals", "outbox", "requests"):
            rows = await connection.execute(f"SELECT {table}::text, * FROM {table}")
            for row in await rows.fetchall():
                for value in row:
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    assert not [secret for secret in secrets if secret.encode() in raw], table
    assert family.account.status is Status.ACTIVE


async def test_login_between_load_and_save_is_seen(world: World, deps: Deps) -> None:
    """ID-06: a change of the password that has not seen a newer session does not hit, so that none survives it."""
    boss = (await world.sign_in()).account
    loaded = await account_by_id(deps, org_id=boss.org_id, account_id=boss.id)
    assert loaded is not None
    await world.sign_in()
    command = ChangePassword(verified_hash=loaded.password_hash, password_hash="another", keep=None)
    change, now = change_password(loaded, command, world.clock()), world.clock()
    audit = audit_written(deps, STRANGER, change.actions, subject=boss.id, actor=None, now=now)
    params = {**account_params(change, now=now), **audit}
    assert 0 == await write(deps.database, SAVE_ACCOUNT, org_id=boss.org_id, params=params)


async def test_activation_and_reset_sign_the_person_in(world: World) -> None:
    """ID-03, ID-07: who has just set a password holds a session of this device, and needs not type it again."""
    account, token = await world.invited()
    first = (await activate_account(world.deps, STRANGER, token=token, password=BETTER)).tokens
    assert (account.username, str(account.id)) == (first.account.username, first.account.id)
    reset = (await reset_with_link(world.deps, STRANGER, token=await world.reset_token(), new_password=BETTER)).tokens
    kept = await refresh_tokens(world.deps, STRANGER, refresh_token=reset.refresh_token)
    assert world.organization.org_id == kept.account.org_id


async def test_a_link_is_looked_at_without_consuming_it(world: World) -> None:
    """CASE-A17, ID-07: the page behind a link learns what it is worth and whose it is, as often as it asks."""
    token = await world.reset_token()
    assert [(ResetStatus.VALID, "b•••@example.org")] * 2 == [await check_reset(world.deps, token=token) for _ in "ab"]
    _, activation = await world.invited()
    assert (ResetStatus.VALID, "n•••@example.org") == await check_reset(world.deps, token=activation)
    for nonsense in (token[:-4] + "AAAA", "nonsense", ""):
        assert (ResetStatus.UNKNOWN, "") == await check_reset(world.deps, token=nonsense)
    world.clock.advance(timedelta(hours=1))
    assert (ResetStatus.EXPIRED, "") == await check_reset(world.deps, token=token)


async def test_a_link_says_for_thirty_days_what_became_of_it(world: World) -> None:
    """CASE-A17, ID-07: a used link and an expired one say so when they are opened, until they are forgotten."""
    account, used = await world.invited()
    await activate_account(world.deps, STRANGER, token=used, password=BETTER)
    expired = await world.reset_token()
    world.clock.advance(timedelta(days=30, minutes=59))
    assert [ResetStatus.USED, ResetStatus.EXPIRED] == [
        (await check_reset(world.deps, token=token))[0] for token in (used, expired)
    ]
    world.clock.advance(timedelta(minutes=1))
    assert ResetStatus.UNKNOWN is (await check_reset(world.deps, token=expired))[0]
    boss = (await world.sign_in()).account
    assert {account.id: 1, boss.id: 1} == await _kept_proofs(world)
    await world.forget(ADMIN)
    assert {account.id: 1, boss.id: 1} == await _kept_proofs(world)


async def _kept_proofs(world: World) -> Counter[UUID]:
    """How many proofs each account of the organization has left in the table."""
    async with await world.deps.database.connect() as connection:
        rows = await connection.execute("SELECT account_id FROM proofs WHERE org_id = %s", [world.organization.org_id])
        return Counter(UUID(str(row[0])) for row in await rows.fetchall())
