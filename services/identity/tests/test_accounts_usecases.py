"""Who is found, and by whom, on a real database."""

from dataclasses import replace

import pytest
from portico_errors.identity import AccountNotFound

from chassis.call import FAMILY_ORG, Role
from chassis.ids import new_id
from identity.accounts.domain import Colleague, Status
from identity.accounts.usecases import colleagues, family_account, family_exists, my_account
from services.identity.tests.world import ADMIN, World, an_email


async def test_staff_know_each_other_by_name(world: World) -> None:
    """ID-01, AP-17: the staff of the caller's organization, each once and as asked; never anybody else."""
    boss = await world.sign_in()
    noor, _ = await world.invited()
    specialist = (await world.invited(an_email(), Role.SPECIALIST))[0].id
    stranger = (await (await World.with_organization(world.deps, world.clock)).sign_in()).account.id
    family = (await world.family(an_email())).account.id
    asked = [stranger, noor.id, family, new_id(), boss.account.id, specialist, noor.id]
    found = await colleagues(world.deps, world.call(boss), account_ids=asked)
    assert [Colleague(noor.id, "Noor"), Colleague(boss.account.id, "Boss")] == found


@pytest.mark.parametrize("status", Status)
async def test_name_outlives_its_login(world: World, status: Status) -> None:
    """ID-01, AP-17: who did something keeps their name, also before the first sign-in and after the last."""
    boss, (noor, _) = await world.sign_in(), await world.invited()
    async with await world.deps.database.connect() as connection:
        await connection.execute("UPDATE accounts SET status = %s WHERE id = %s", [status.value, noor.id])
    found = await colleagues(world.deps, world.call(boss), account_ids=[noor.id])
    assert [Colleague(noor.id, "Noor")] == found


async def test_account_of_another_realm_is_not_found(world: World) -> None:
    """ID-01: an account is found in its own realm only; a malformed username belongs to nobody."""
    boss = await world.sign_in()
    with pytest.raises(AccountNotFound):
        await family_account(world.deps, account_id=boss.account.id)
    assert not await family_exists(world.deps, username=ADMIN)
    assert not await family_exists(world.deps, username="nobody")
    assert boss.account.id == (await my_account(world.deps, world.call(boss)))[0].id
    elsewhere = world.call(boss)
    elsewhere = replace(elsewhere, caller=replace(elsewhere.caller, org_id=FAMILY_ORG))
    with pytest.raises(AccountNotFound):
        await my_account(world.deps, elsewhere)
