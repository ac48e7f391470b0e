"""Organizations, on a real database."""

import asyncio
from dataclasses import replace

import pytest
from portico_errors.identity import PasswordWeak

from chassis.call import Role
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from identity.accounts.domain import NewLogin, Status
from identity.onboarding.usecases import create_organization
from identity.organizations.domain import OrganizationDiffers
from services.identity.tests.world import ADMIN, GOOD, STRANGER, World


async def test_first_administrator_signs_in_at_once(world: World) -> None:
    """ID-01: an organization comes with an active administrator, and the other services hear of it all."""
    boss = await world.sign_in()
    assert (Role.STAFF_ADMIN, Status.ACTIVE, world.clock()) == (
        boss.account.role,
        boss.account.status,
        boss.account.activate_time,
    )
    created = [("organization.created", 1), ("account.created", 1), ("account.activated", 2)]
    expected = [*created, ("account.signed_in", 3)]
    assert expected == [(subject, version) for subject, version, _ in await world.events()]


async def test_creating_an_organization_again_changes_nothing(world: World) -> None:
    """ID-01: the same words again give the same organization; other words under the slug are refused."""
    boss = NewLogin(role=Role.STAFF_ADMIN, username=ADMIN, display_name="Boss", language="en")
    repeated = replace(world.organization, org_id=new_id())
    existing = await create_organization(world.deps, STRANGER, organization=repeated, administrator=boss, password=GOOD)
    assert world.organization.org_id == existing.org_id
    assert [] == await world.events(repeated.org_id)
    for organization, administrator in (
        (replace(repeated, name="Sunset"), boss),
        (repeated, replace(boss, username="other@example.org")),
    ):
        with pytest.raises(OrganizationDiffers):
            await create_organization(
                world.deps, STRANGER, organization=organization, administrator=administrator, password=GOOD
            )


async def test_organization_is_created_once(world: World) -> None:
    """ID-01: of ten creations at once one makes the organization, and all return it."""
    boss = NewLogin(role=Role.STAFF_ADMIN, username=ADMIN, display_name="Boss", language="en")
    slug = f"org-{new_id().hex}"
    made = await asyncio.gather(
        *(
            create_organization(
                world.deps,
                STRANGER,
                organization=replace(world.organization, org_id=new_id(), slug=slug),
                administrator=boss,
                password=GOOD,
            )
            for _ in range(10)
        )
    )
    assert 1 == len({organization.org_id for organization in made})


async def test_organization_is_checked(world: World) -> None:
    """ID-01: an unknown country or zone, and the families' slug, are refused; so is a guessable password."""
    boss = NewLogin(role=Role.STAFF_ADMIN, username=ADMIN, display_name="Boss", language="en")
    new = replace(world.organization, org_id=new_id(), slug=f"org-{new_id().hex}")
    for wrong in (replace(new, country="XX"), replace(new, time_zone="Mars"), replace(new, slug="family")):
        with pytest.raises(InvalidArgument):
            await create_organization(world.deps, STRANGER, organization=wrong, administrator=boss, password=GOOD)
    with pytest.raises(PasswordWeak):
        await create_organization(world.deps, STRANGER, organization=new, administrator=boss, password="boss-sunrise")
