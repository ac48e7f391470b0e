"""Finding an organization by a part of its name."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.organizations_pb2 import FindOrganizationsRequest, FoundOrganization

from chassis.db import Database
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from identity.organizations.search import ListedOrganization, find, listed_organization
from identity.organizations.storage import LIST_LISTED, OrganizationDirectory
from identity.organizations.usecases import find_organizations, update_organization
from services.identity.tests.served import GATEWAY, Served, refused
from services.identity.tests.world import Counting, World

MAPLE = listed_organization("maple-county", "Maple County Childcare")
GARCIA = listed_organization("nandu", "Guardería García-Ñandú")
KAAHUMANU = listed_organization("kaahumanu-24", "Kaʻahumanu Keiki")
LISTED = [MAPLE, GARCIA, KAAHUMANU]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *((query, MAPLE) for query in ("maple", "MAP", " ounty ", "childcare maple", "maple-county", "Maple  Co.")),
        *((query, GARCIA) for query in ("guarderia", "GARCÍA", "nandu", "Ñandú garcía", "ＧＡＲＣ")),
        *((query, KAAHUMANU) for query in ("kaahumanu", "Ka'ahumanu", "umanu-24", "k 24")),
    ],
)
def test_words_of_a_name_find_it(query: str, expected: ListedOrganization) -> None:
    """CASE-U4, ID-01: parts of the name or the slug find an organization; case, accents and signs do not count."""
    assert [expected] == find(LISTED, query).organizations


@pytest.mark.parametrize("query", ["maple garcia", "mapel", "childcares", "mapla"])
def test_other_words_find_nothing(query: str) -> None:
    """CASE-U4: each word has to stand in the name or the slug as it was typed."""
    assert ([], False) == ((found := find(LISTED, query)).organizations, found.has_more)


@pytest.mark.parametrize("query", ["", "ma", " m a ", "--- ma", "...", "ña"])
def test_a_short_query_is_refused(query: str) -> None:
    """CASE-U4: with fewer than three letters or digits nobody leafs through all organizations."""
    with pytest.raises(InvalidArgument) as wrong:
        find(LISTED, query)
    assert [("query", "QUERY_TOO_SHORT")] == [(v.field, v.reason) for v in wrong.value.violations]
    assert all(v.localized["es"] for v in wrong.value.violations)


def test_at_most_five_are_found_and_the_best_first() -> None:
    """CASE-U4: five are told, those first that begin with what was typed, and that there are more."""
    many = [listed_organization(f"agency-{number}", f"The Maple {number}") for number in range(9, 3, -1)]
    found = find([*many, MAPLE], "maple")
    assert ["maple-county", *(f"agency-{number}" for number in range(4, 8))] == [o.slug for o in found.organizations]
    assert found.has_more
    assert not find([*many[2:], MAPLE], "maple").has_more


async def _named(world: World, **settings: str) -> str:
    """The organization, with a name that no other has, and these settings: that name."""
    name = f"Maple {new_id().hex}"
    call, org_id = world.call(await world.sign_in()), world.organization.org_id
    await update_organization(world.deps, call, org_id=org_id, written={"name": name, **settings})
    return name


async def _slugs(world: World, query: str) -> list[str]:
    return [each.slug for each in (await find_organizations(world.deps, query=query)).organizations]


async def test_only_what_is_listed_is_found(world: World) -> None:
    """CASE-U4, ID-01: an organization is found until its administrators say otherwise, and at once again after that."""
    name = await _named(world)
    assert [world.organization.slug] == await _slugs(world, name.upper())
    assert [world.organization.slug] == await _slugs(world, world.organization.slug)
    name = await _named(world, listed="false")
    assert [] == await _slugs(world, name)
    name = await _named(world, listed="true")
    assert [world.organization.slug] == await _slugs(world, name)


@pytest.mark.parametrize("query", ["family", "Portico"])
async def test_the_realm_of_the_families_is_not_found(world: World, query: str) -> None:
    """ID-01: the reserved organization is none that anybody looks for."""
    assert "family" not in await _slugs(world, query)


async def test_a_search_asks_the_database_once_a_minute(world: World) -> None:
    """CASE-U4: however often strangers search, one statement a minute answers, and then shows a change."""
    counting = Counting(world.deps.database)
    directory = OrganizationDirectory(cast("Database", counting), world.clock)
    elsewhere = replace(world, deps=replace(world.deps, organizations=directory))
    await _slugs(elsewhere, "sunrise")
    name = await _named(world)
    assert [] == await _slugs(elsewhere, name)
    assert [LIST_LISTED] == counting.ran
    world.clock.advance(timedelta(minutes=1))
    assert [world.organization.slug] == await _slugs(elsewhere, name)


async def test_anybody_finds_it(served: Served, sunrise: World) -> None:
    """CASE-U4, PO-03: without signing in, a part of the name gives name and slug, and a short one says so."""
    name = await _named(sunrise)
    request = FindOrganizationsRequest(query=name.swapcase())
    answer = await served.public.FindOrganizations(request, metadata=GATEWAY)
    assert [FoundOrganization(slug=sunrise.organization.slug, name=name)] == list(answer.organizations)
    assert not answer.has_more
    request.query = "m-a"
    wrong = await refused(
        served.public.FindOrganizations(request, metadata=GATEWAY), InvalidArgument, "INVALID_REQUEST"
    )
    assert ["QUERY_TOO_SHORT"] == [violation.reason for violation in wrong.violations]
