"""The sign-in of families and of the people of an organization."""

from __future__ import annotations

import pytest
from portico.identity.v1.resources_pb2 import SignInResult

from chassis.call import Role

from .neighbours import Neighbours, refusal
from .people import SIGN_IN, Browser, Registry, SignedIn

PASSWORD = "seventeen green umbrellas"


async def test_a_family_signs_in(anybody: Browser, registry: Registry, neighbours: Neighbours) -> None:
    """PO-03: username and password, to the letter, open the family's applications."""
    tokens = registry.tokens(Role.FAMILY, language="es")
    neighbours.answers["Login"] = SignInResult(tokens=tokens)
    page = await anybody.get("/family/sign-in")

    answer = await anybody.press(page, "Sign in", username=" lucia@example.org ", password=f" {PASSWORD} ")

    assert "/applications" == answer.goes_to
    login = neighbours.only("Login")
    assert ("family", "lucia@example.org", f" {PASSWORD} ") == (login.realm, login.username, login.password)
    page = await anybody.follow(answer)
    assert ("es", "Mis solicitudes", "Sunrise Childcare") == (
        page.language,
        page.heading,
        page.root.one("a", class_="brand").text,
    )
    assert "family" == anybody.cookies["realm"]


async def test_staff_sign_in_at_their_organization(
    anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-03: an organization's page has its name, signs into its realm, and what follows bears its name."""
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)
    page = await anybody.get("/o/sunrise/sign-in")
    assert "Sunrise Childcare Sign in" == page.text[:25]
    assert "sunrise" == neighbours.only("GetOrganization").slug

    answer = await anybody.press(page, "Sign in", username="ada@sunrise.example", password=PASSWORD)

    assert "/start" == answer.goes_to
    assert "sunrise" == neighbours.only("Login").realm
    page = await anybody.follow(answer)
    assert "Sunrise Childcare" == page.root.one("a", class_="brand").text
    assert page.root.one("title").text.endswith("· Sunrise Childcare")
    assert "America/New_York" == registry.opened(anybody).time_zone


@pytest.mark.parametrize("address", ["/family/sign-in?next=%2Faccount", "/o/sunrise/sign-in?next=%2Faccount"])
async def test_a_wrong_password_keeps_the_username(
    address: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-03, ID-04: after a failure the username is there, the password is not, and the way on is not forgotten."""
    neighbours.answers["Login"] = refusal("LOGIN_FAILED")
    page = await anybody.get(address)

    page = await anybody.press(page, "Sign in", username="ñandú@example.org", password=PASSWORD)

    assert (403, "The username or the password is not right.") == (page.status, page.problem)
    assert "alert" == page.main.one("div", class_="problem")["role"]
    assert "ñandú@example.org" == page.main.one("input", id="username")["value"]
    assert "value" not in page.main.one("input", id="password").attributes
    assert PASSWORD not in page.answer.text
    assert SIGN_IN not in anybody.cookies
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)
    assert "/account" == (await anybody.press(page, "Sign in", password=PASSWORD)).goes_to


async def test_what_is_missing_is_said_beside_its_field(anybody: Browser) -> None:
    """PO-03: an empty field is named, for those whose browser does not."""
    page = await anybody.press(await anybody.get("/family/sign-in"), "Sign in", username="", password="")

    assert (400, "This is needed.", "This is needed.") == (
        page.status,
        page.problem_of("username"),
        page.problem_of("password"),
    )
    long = "a" * 255
    page = await anybody.press(page, "Sign in", username=long, password=PASSWORD)
    assert "This is too long." == page.problem_of("username")
    assert "username-problem" == page.main.one("input", id="username")["aria-describedby"].strip()


async def test_too_many_people_is_a_page(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03, ID-10: a sign-in that is not even tried says that it can be tried again."""
    neighbours.answers["Login"] = refusal("OVERLOADED")

    page = await anybody.post("/family/sign-in", {"username": "lucia@example.org", "password": PASSWORD})

    assert 429 == page.status
    assert "Please try again in a few seconds." in page.text


@pytest.mark.parametrize("slug", ["nobody", "family", "x" * 63])
async def test_an_organization_that_is_not_there_has_no_sign_in(
    slug: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03: a wrong address says that there is no such organization, and asks for no password."""
    neighbours.answers["GetOrganization"] = refusal("ORGANIZATION_NOT_FOUND")
    for page in (
        await anybody.get(f"/o/{slug}/sign-in"),
        await anybody.post(f"/o/{slug}/sign-in", {"username": "ada@sunrise.example", "password": PASSWORD}),
        await anybody.get(f"/o/{slug}/forgot"),
        await anybody.get(f"/o/{slug}/reset/a-token"),
    ):
        assert 404 == page.status
        assert "There is no organization at this address." in page.text
    assert {"GetOrganization"} == set(neighbours.rpcs)


async def test_whoever_is_signed_in_already_goes_on(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-03: the sign-in of the own realm leads on, that of another one asks."""
    browser = signed_in(Role.STAFF)

    assert "/start" == (await browser.get("/o/sunrise/sign-in")).goes_to
    assert "/account" == (await browser.get("/o/sunrise/sign-in?next=%2Faccount")).goes_to
    assert "Sign in" == (await browser.get("/o/moonrise/sign-in")).heading
    assert "Sign in" == (await browser.get("/family/sign-in")).heading


async def test_another_sign_in_takes_the_place_of_the_first(
    signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-S13, PO-03: staff who are a family too sign in as one; then the first session ends."""
    browser = signed_in(Role.STAFF)
    old = registry.opened(browser)
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)

    page = await browser.press(
        await browser.get("/family/sign-in"), "Sign in", username="lucia@example.org", password=PASSWORD
    )

    assert "/applications" == page.goes_to
    session = registry.opened(browser)
    assert ("family", "") == (session.realm, session.organization)
    assert ["Login", "Logout"] == neighbours.rpcs
    assert f"Bearer {old.access_token}" == neighbours.received[-1].call.authorization
    assert "family" == browser.cookies["realm"]


@pytest.mark.parametrize("reason", ["SESSION_REVOKED", "OVERLOADED", "DEPENDENCY_UNAVAILABLE"])
async def test_a_session_that_cannot_be_ended_hinders_no_sign_in(
    reason: str, family: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-S13: the new session stands, also where the old one has ended already or cannot be ended now."""
    neighbours.answers |= {"Login": registry.signed_in(Role.FAMILY), "Logout": refusal(reason)}
    old = registry.opened(family)

    answer = await family.post("/family/sign-in", {"username": "lucia@example.org", "password": PASSWORD})

    assert "/applications" == answer.goes_to
    assert old.access_token != registry.opened(family).access_token
