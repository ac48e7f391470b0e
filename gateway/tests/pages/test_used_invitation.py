"""An invitation that was used leads whoever used it to the application."""

from __future__ import annotations

import pytest

from chassis.call import Role

from .neighbours import Neighbours, refusal
from .people import SIGN_IN, Browser, Registry, SignedIn
from .reading import Page
from .samples import APPLICATION_ID, TOKEN, invitation

LINKED = f"/applications/{APPLICATION_ID}"
TYPED = {"code": "ab12c-de34f", "application_number": "a-7"}
PASSWORD = "seventeen green umbrellas"
by_link_and_code = pytest.mark.parametrize("how", ["link", "code"])


@pytest.fixture
def neighbours(neighbours: Neighbours, registry: Registry) -> Neighbours:
    """Both services, with an invitation that was used."""
    neighbours.answers |= {"CheckInvitation": invitation("USED"), "Login": registry.signed_in(Role.FAMILY)}
    return neighbours


async def opened(browser: Browser, how: str) -> Page:
    """What comes for the invitation, by its link or by its code."""
    if how == "link":
        return await browser.get(f"/i/{TOKEN}")
    return await browser.press(await browser.get("/link"), "Go on", **TYPED)


@by_link_and_code
async def test_who_used_it_is_led_to_the_application(how: str, family: Browser, neighbours: Neighbours) -> None:
    """CASE-A12: a family that is signed in and opens its invitation again, or goes back, is at its application."""
    answer = await opened(family, how)

    assert LINKED == answer.goes_to
    assert ["CheckInvitation", "AcceptInvitation"] == neighbours.rpcs
    assert "" == (await family.follow(answer)).notice


@by_link_and_code
async def test_who_is_signed_out_signs_in_right_there(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A12: the page says where the invitation went, asks for the sign-in, and leads to the application."""
    page = await opened(anybody, how)
    assert (200, "This invitation was used already") == (page.status, page.heading)
    assert "The invitation went to l•••@example.org." in page.text
    assert "/family/forgot" == page.link("Forgot password")

    login, neighbours.answers["Login"] = neighbours.answers["Login"], refusal("LOGIN_FAILED")
    page = await anybody.press(page, "Sign in", username="lucia@example.org", password="not this one")
    assert (403, "The username or the password is not right.") == (page.status, page.problem)
    neighbours.answers["Login"] = login
    assert LINKED == (await anybody.press(page, "Sign in", username="lucia@example.org", password=PASSWORD)).goes_to


@by_link_and_code
async def test_another_family_is_told_that_it_is_another(how: str, family: Browser, neighbours: Neighbours) -> None:
    """CASE-A12: who did not use it reads so, and which account that is, and can take another one."""
    neighbours.answers["AcceptInvitation"] = refusal("INVITATION_USED")

    page = await opened(family, how)

    assert (200, "This invitation was used already") == (page.status, page.heading)
    assert "The application belongs to another account. You are signed in as lucia@example.org." in page.text
    expected = {"link": f"/i/{TOKEN}", "code": "/link"}[how]
    assert expected == (await family.press(page, "Use another account")).goes_to


async def test_a_form_that_goes_out_twice_ends_at_the_application(
    anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A12, CASE-A14: the second press on the form for a new account finds the first's sign-in, and leads on."""
    neighbours.answers |= {"CheckInvitation": invitation(), "RegisterFamily": registry.signed_in(Role.FAMILY)}
    page = await anybody.get(f"/i/{TOKEN}")
    first = await anybody.press(page, "Make my account", password=PASSWORD)
    neighbours.answers["CheckInvitation"] = invitation("USED")

    second = await anybody.press(page, "Make my account", password=PASSWORD)

    assert [LINKED, LINKED] == [first.goes_to, second.goes_to]
    assert 1 == neighbours.rpcs.count("RegisterFamily")


async def test_who_was_signed_out_meanwhile_signs_in(family: Browser, neighbours: Neighbours) -> None:
    """CASE-A12: a session that has ended is no detour, and the link's token stands in no other address."""
    neighbours.answers["AcceptInvitation"] = refusal("SESSION_REVOKED")

    page = await family.get(f"/i/{TOKEN}")

    assert (200, "This invitation was used already") == (page.status, page.heading)
    assert "Sign in" in page.buttons()
    assert SIGN_IN not in family.cookies


async def test_staff_can_sign_in_as_the_family(signed_in: SignedIn) -> None:
    """CASE-A12: staff in whose browser a used link is opened read what somebody reads who is signed out."""
    page = await signed_in(Role.STAFF).get(f"/i/{TOKEN}")

    assert "Sign in" in page.buttons()


async def test_a_refusal_of_another_kind_is_a_page(family: Browser, neighbours: Neighbours) -> None:
    """CASE-A12: where the application cannot be looked up now, the page says so and not that it is another's."""
    neighbours.answers["AcceptInvitation"] = refusal("OVERLOADED")

    assert 429 == (await family.get(f"/i/{TOKEN}")).status
