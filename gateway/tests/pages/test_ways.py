"""There is a way on from every page, and no way leads into the void."""

from __future__ import annotations

import pytest

from chassis.call import Role

from .case_managers import ANA, COMPANY, UNIT
from .cases import CASE, CASES, OWN_CASE, OWN_CASES
from .logins import LOGIN
from .neighbours import Neighbours
from .people import Browser, SignedIn
from .reading import Page
from .samples import APPLICATION, APPLICATION_ID, GUARDIAN, SUNRISE

OF_PEOPLE = {
    *("/companies", "/companies/new", COMPANY, f"{COMPANY}/deactivate", f"{COMPANY}/units/new", UNIT, f"{UNIT}/remove"),
    *("/case-managers", "/case-managers/new", ANA, f"{ANA}/deactivate", f"{ANA}/login", f"{ANA}/history"),
    *(CASES, f"{CASES}/new", CASE, f"{CASE}/edit", f"{CASE}/close"),
}
REACHED = {
    None: {"/", "/link", "/help", "/sign-in", "/family/sign-in", "/family/forgot", "/family/reset"},
    Role.FAMILY: {"/applications", f"/applications/{APPLICATION_ID}", "/account", "/help"},
    Role.STAFF: {
        "/start",
        "/staff/applications",
        "/staff/applications/new",
        APPLICATION,
        GUARDIAN,
        f"{GUARDIAN}/invite",
        *OF_PEOPLE,
        "/tasks",
    },
    Role.CASE_MANAGER: {
        *("/cm", "/cm/settings", "/account", "/help"),
        *(OWN_CASES, f"{OWN_CASES}/new", OWN_CASE, f"{OWN_CASE}/edit", f"{OWN_CASE}/close"),
    },
    Role.STAFF_ADMIN: {
        "/people",
        "/people/logins/new",
        LOGIN,
        f"{LOGIN}/disable",
        "/people/audit",
        *(f"/people/audit.{ending}" for ending in ("csv", "xlsx", "pdf")),
        "/settings",
        "/booking-settings",
        "/value-lists",
        "/value-lists/service-types",
        *OF_PEOPLE,
    },
}
"""Pages that are found by links alone, by who looks."""
_OF_ORGANIZATION = (f"tel:{SUNRISE.phone}", f"mailto:{SUNRISE.email}", SUNRISE.web_page)


def links(page: Page) -> list[str]:
    """Where the links of a page lead, without those that lead within it, and without how to reach its organization."""
    elsewhere = ("#", *_OF_ORGANIZATION)
    return [link["href"] for link in page.root.all("a") if not link["href"].startswith(elsewhere)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("role", REACHED)
async def test_every_link_leads_to_a_page(
    role: Role | None, language: str, anybody: Browser, signed_in: SignedIn
) -> None:
    """PO-01: whoever follows links, in whatever language, finds every page of theirs and never an error."""
    browser = signed_in(role) if role else anybody
    browser.cookies["language"] = language
    waiting, seen = ["/"], set()
    while waiting:
        address = waiting.pop()
        path = address.partition("?")[0]
        if path in seen:
            continue
        seen.add(path)
        page = await browser.get(address)
        assert page.status in {200, 303}, f"{address} is {page.status}"
        waiting += [page.goes_to] if page.goes_to else links(page)

    assert set() == REACHED[role] - seen


@pytest.mark.parametrize("address", ["/", "/help", "/nothing", "/applications", "/staff/applications"])
async def test_every_page_has_a_way_on(address: str, family: Browser, staff: Browser) -> None:
    """PO-01: also a page that refuses has links in it, and a way past the header for those who use no mouse."""
    for browser in (family, staff):
        page = await browser.get(address)
        page = await browser.follow(page) if page.goes_to else page
        assert page.main.all("a")
        first = page.root.one("body").all("a")[0]
        assert ("#main", "main") == (first["href"], page.main["id"])


async def test_the_first_page_is_for_everybody(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: families with a code, families with an account, and the people of an organization see where to go."""
    page = await anybody.get("/")

    assert ["I have an invitation", "I have an account", "I work here"] == [card.text for card in page.main.all("h2")]
    assert ["/link", "/family/sign-in", "/sign-in"] == [link["href"] for link in page.main.all("a", class_="button")]
    assert [] == neighbours.rpcs
