"""Who is found, and by whom, on a real database."""

from dataclasses import replace

import pytest
from portico_errors.identity import AccountNotFound

from chassis.call import FAMILY_ORG, Role
from chassis.ids import new_id
from identity.accounts.domain import Colleague, Status
from identity.accounts.storage import COLLEAGUES_BY_NAME
from identity.accounts.usecases import active_staff, colleagues, family_account, family_exists, my_account, staff
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


async def test_only_active_staff_get_work(world: World) -> None:
    """AP-16: by name, page by page; not who has never signed in, no other role, and nobody of another organization."""
    boss = (await world.sign_in()).account
    await world.invited(an_email(), Role.SPECIALIST)
    noor, _ = await world.invited()
    first = COLLEAGUES_BY_NAME.first
    assert [Colleague(boss.id, "Boss")] == await active_staff(world.deps, world.organization.org_id, first, 10)
    async with await world.deps.database.connect() as connection:
        await connection.execute("UPDATE accounts SET status = %s WHERE id = %s", [Status.ACTIVE.value, noor.id])
    (one,) = await active_staff(world.deps, world.organization.org_id, first, 1)
    (two,) = await active_staff(world.deps, world.organization.org_id, COLLEAGUES_BY_NAME.of(one), 10)
    assert ["Boss", "Noor"] == [one.display_name, two.display_name]
    found = await staff(world.deps, org_id=world.organization.org_id, account_id=noor.id)
    assert (two.id, two.display_name) == (found.id, found.display_name)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", [Role.STAFF, Role.SPECIALIST])
async def test_work_goes_to_nobody_else(world: World, status: Status, role: Role) -> None:
    """AP-16: an account is staff only while it is active, and only in its own organization."""
    person, _ = await world.invited(an_email(), role)
    async with await world.deps.database.connect() as connection:
        await connection.execute("UPDATE accounts SET status = %s WHERE id = %s", [status.value, person.id])
    for org_id, account_id in ((new_id(), person.id), (FAMILY_ORG, person.id), (world.organization.org_id, new_id())):
        with pytest.raises(AccountNotFound):
            await staff(world.deps, org_id=org_id, account_id=account_id)
    if (status, role) == (Status.ACTIVE, Role.STAFF):
        assert person.id == (await staff(world.deps, org_id=world.organization.org_id, account_id=person.id)).id
    else:
        with pytest.raises(AccountNotFound):
            await staff(world.deps, org_id=world.organization.org_id, account_id=person.id)


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
