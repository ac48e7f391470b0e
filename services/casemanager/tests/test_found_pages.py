"""The pages of a search are the same, whichever of the two ways finds them."""

from itertools import product

import pytest

from casemanager.case_managers import listing
from casemanager.shared import found_pages
from services.casemanager.tests.test_case_manager_lists import ORDERS, in_order, turned
from services.casemanager.tests.world import World

GIVEN, FAMILY = ("Ana", "Bartholomew", "Ximena"), ("Abbott", "Quintero", "Villanueva", "Zimmermann")
QUERIES = ("quint", "ana", "bartholomew villa", "zimmerman", "wolfe", "an")


@pytest.fixture
async def crowd(world: World) -> World:
    """A company with everybody of these names, and another one with each of them once more."""
    for name in ("North", "South"):
        company = await world.company(name)
        for given_name, family_name in product(GIVEN, FAMILY):
            await world.case_manager(company.id, given_name=given_name, family_name=family_name)
            world.later(seconds=1)
    return world


def is_meant(query: str, given_name: str, family_name: str) -> bool:
    """Whether each word begins a name; `zimmerman` is one letter away from its name, which it begins as well."""
    return all(any(name.casefold().startswith(word) for name in (given_name, family_name)) for word in query.split())


@pytest.mark.parametrize("looked_through", [0, 5, 1000])
async def test_few_or_all(crowd: World, monkeypatch: pytest.MonkeyPatch, looked_through: int) -> None:
    """CM-02: rare or common, near the beginning or far from it: each page of each order holds who was meant."""
    monkeypatch.setattr(found_pages, "LOOKED_THROUGH", looked_through)
    listing._list_statement.cache_clear()
    everybody = await turned(crowd, 50)
    for query, order_by in product(QUERIES, ORDERS):
        meant = [person for person in everybody if is_meant(query, person.given_name, person.family_name)]
        found = await turned(crowd, 3, query=query, order_by=order_by)
        assert in_order(meant, order_by) == [person.id for person in found]
    company_id = everybody[0].company_id
    found = await turned(crowd, 3, query="quint", company_id=company_id)
    assert {company_id} == {person.company_id for person in found}
    assert len(GIVEN) == len(found)
    listing._list_statement.cache_clear()
