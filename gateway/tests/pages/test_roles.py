"""Who may come to which page."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from chassis.call import Role
from portal.app import PAGES
from portal.core.labels import ROLES
from portal.core.pages import Page

from .addresses import EVERYBODY, POSTED, SHOWN, address_of, name_of, roles_of
from .neighbours import Neighbours
from .people import Browser, SignedIn

FOR_SOME_SHOWN = [page for page in SHOWN if roles_of(page)]
FOR_SOME_POSTED = [page for page in POSTED if roles_of(page)]
OTHERS_SHOWN = [(page, role) for page in FOR_SOME_SHOWN for role in sorted(EVERYBODY - roles_of(page))]
OTHERS_POSTED = [(page, role) for page in FOR_SOME_POSTED for role in sorted(EVERYBODY - roles_of(page))]
SIGN_IN_OF = {
    "family": "/family/sign-in",
    "sunrise": "/o/sunrise/sign-in",
    "": "/sign-in",
    "../..": "/sign-in",
    "//evil.example": "/sign-in",
    "Sunrise": "/sign-in",
    "s" * 64: "/sign-in",
}
"""By what the browser remembers of the realm."""


def who(case: object) -> str:
    """How a case is called."""
    return case.path if isinstance(case, Page) else case.name if isinstance(case, Role) else str(case)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_for_whom_its_address_says(page: Page) -> None:
    """PO-04, PO-05: staff's pages are for staff, the family's for families, the account for everybody signed in."""
    assert roles_of(page) == page.roles


@pytest.mark.parametrize("page", FOR_SOME_SHOWN, ids=name_of)
async def test_a_page_is_shown_to_those_it_is_for(page: Page, signed_in: SignedIn) -> None:
    """PO-04, PO-05: everybody whom a page is for gets it."""
    for role in roles_of(page):
        assert 200 == (await signed_in(role).get(address_of(page))).status


@pytest.mark.parametrize(("page", "role"), OTHERS_SHOWN, ids=who)
async def test_a_page_is_refused_to_others(page: Page, role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-01: somebody whom a page is not for reads so, keeps the sign-in, gets a way on, and no service is asked."""
    browser = signed_in(role)
    answer = await browser.get(address_of(page))

    assert (403, "This is for others") == (answer.status, answer.heading)
    assert "Your account may not do this." in answer.text
    assert (await browser.get("/")).goes_to == answer.link("Go to the start page")
    assert [] == [*neighbours.rpcs, *browser.set_cookies]


@pytest.mark.parametrize(("page", "role"), OTHERS_POSTED, ids=who)
async def test_a_form_is_refused_to_others(page: Page, role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-01: somebody whom a form is not for reads so, and no service is asked."""
    answer = await signed_in(role).post(address_of(page), {})

    assert (403, "This is for others") == (answer.status, answer.heading)
    assert [] == neighbours.rpcs


@pytest.mark.parametrize(("realm", "sign_in"), SIGN_IN_OF.items())
@pytest.mark.parametrize("page", FOR_SOME_SHOWN, ids=name_of)
async def test_nobody_is_led_to_the_sign_in_that_the_browser_remembers(
    page: Page, realm: str, sign_in: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03: who is not signed in gets to the sign-in of the last time, knowing where to go on, and is told why."""
    anybody.cookies["realm"] = realm
    answer = await anybody.get(f"{address_of(page)}?a=b%26c")

    assert f"{sign_in}?next={quote(address_of(page) + '?a=b%26c', safe='')}" == answer.goes_to
    assert [] == neighbours.rpcs
    assert "Please sign in first." == (await anybody.follow(answer)).notice


@pytest.mark.parametrize("page", FOR_SOME_POSTED, ids=name_of)
async def test_nobody_who_sends_a_form_is_led_to_the_sign_in(
    page: Page, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03: who is not signed in and sends a form gets to the sign-in, and not to an address that only takes forms."""
    anybody.cookies["realm"] = "sunrise"

    assert "/o/sunrise/sign-in" == (await anybody.post(address_of(page), {})).goes_to
    assert [] == neighbours.rpcs


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.STAFF_ADMIN, "/start"),
        (Role.STAFF, "/start"),
        (Role.CASE_MANAGER, "/cm"),
        (Role.SPECIALIST, "/sp"),
        (Role.FAMILY, "/applications"),
    ],
)
async def test_everybody_has_a_first_page(role: Role, home: str, signed_in: SignedIn) -> None:
    """PO-01, PO-13: who is signed in begins at their work; the header names them, their role and what is theirs."""
    browser = signed_in(role)

    assert home == (await browser.get("/")).goes_to
    page = await browser.get(home)
    areas = {
        Role.FAMILY: ["My applications"],
        Role.CASE_MANAGER: ["Overview", "Bookings", "Cases", "Find a time", "Tasks", "Reports", "History"],
        Role.SPECIALIST: ["Today", "Availability", "Bookings", "Tasks", "Reports", "History"],
        Role.STAFF: ["Start", "Applications", "Batches", "Bookings", "Cases", "Scheduling", "People"],
        Role.STAFF_ADMIN: ["Start", "Applications", "Batches", "Bookings", "Cases", "Scheduling", "People", "Settings"],
    }.get(role, [])
    header = page.root.one("header")
    navs = header.all("nav", **{"aria-label": "Pages"})
    assert [areas] * bool(areas) == [[link.text for link in nav.all("a")] for nav in navs]
    menu = header.one("details", class_="menu")
    own = ["My account", "My profile"] if role is Role.CASE_MANAGER else ["My account"]
    assert [*areas, *own, "Sign out"] == [each.text for each in menu if each.tag in {"a", "button"}]
    assert {home} == {link["href"] for link in page.root.all("a", **{"aria-current": "page"})}
    assert ROLES[role] in menu.one("summary").text
