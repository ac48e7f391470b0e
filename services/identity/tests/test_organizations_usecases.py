"""Organizations that are looked for, on a real database."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from portico_errors.identity import OrganizationNotFound

from chassis.db import Database
from identity.organizations.storage import ORGANIZATION_BY_SLUG, OrganizationDirectory
from identity.organizations.usecases import get_organization
from services.identity.tests.world import Counting, World


async def test_organization_is_found_by_its_slug(world: World) -> None:
    """ID-01, PO-03: one statement a minute finds an organization, however often its sign-in page is looked at."""
    counting = Counting(world.deps.database)
    directory = OrganizationDirectory(cast("Database", counting), world.clock)
    deps = replace(world.deps, organizations=directory)
    for _ in range(3):
        assert world.organization == await get_organization(deps, slug=world.organization.slug)
    assert [ORGANIZATION_BY_SLUG] == counting.ran
    world.clock.advance(timedelta(minutes=1))
    await get_organization(deps, slug=world.organization.slug)
    assert [ORGANIZATION_BY_SLUG] * 2 == counting.ran


@pytest.mark.parametrize("slug", ["nowhere", "family", "no\0where", "", "x" * 64, "Sunrise"])
async def test_other_slugs_are_not_found(world: World, slug: str) -> None:
    """ID-01, PO-03: an unknown slug, what can be none, and the families' reserved realm are not found."""
    with pytest.raises(OrganizationNotFound):
        await get_organization(world.deps, slug=slug)
