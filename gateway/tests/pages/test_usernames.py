"""Families type their phone number as it is written in their country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.call import Role
from portal.core.i18n import best_region

from .neighbours import Neighbours
from .people import SIGN_IN, Browser, Registry
from .samples import TOKEN, invitation

PASSWORD = "seventeen green umbrellas"
ASK = "Please type the phone number with + and its country code: +1 202 555 0123."
NATIONAL = [
    ("en-GB,en;q=0.9", "07400 123456", "+447400123456"),
    ("es-MX,es;q=0.9,en-US;q=0.8", "55 1234 5678", "+525512345678"),
    ("es,en-US;q=0.8", "(202) 555-0123", "+12025550123"),
    ("en-US", "202.555.0123", "+12025550123"),
    ("en-GB", "+1 202 555 0123", "+1 202 555 0123"),
    ("en-GB", "lucia@example.org", "lucia@example.org"),
    ("en-GB", "lucia", "lucia"),
]


async def asked(page: str, browser: Browser, neighbours: Neighbours, typed: str) -> str:
    """What identity gets when this was typed on a page of families."""
    match page:
        case "sign-in":
            await browser.press(await browser.get("/family/sign-in"), "Sign in", username=typed, password=PASSWORD)
            return str(neighbours.only("Login").username)
        case "invitation":
            neighbours.answers["CheckInvitation"] = invitation(account_exists=True)
            page_shown = await browser.get(f"/i/{TOKEN}")
            await browser.press(page_shown, "Sign in and add it", username=typed, password=PASSWORD)
            return str(neighbours.only("Login").username)
        case "forgot":
            await browser.press(await browser.get("/family/forgot"), "Send the message", username=typed)
            return str(neighbours.only("ForgotPassword").username)
        case _:
            form = await browser.get("/family/reset")
            await browser.press(form, "Set the new password", username=typed, code="ABCDE", new_password=PASSWORD)
            return str(neighbours.only("ResetPassword").code.username)


@pytest.fixture
def neighbours(neighbours: Neighbours, registry: Registry) -> Neighbours:
    """Both services, where everybody can sign in."""
    neighbours.answers |= dict.fromkeys(("Login", "ResetPassword"), registry.signed_in(Role.FAMILY))
    return neighbours


@pytest.mark.parametrize("page", ["sign-in", "invitation", "forgot", "reset"])
@pytest.mark.parametrize(("accepted", "typed", "expected"), NATIONAL, ids=[typed for _, typed, _ in NATIONAL])
async def test_a_national_number_is_read_with_the_browsers_region(
    accepted: str, typed: str, expected: str, page: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-A8: `07400 123456` is +44 7400 123456 in a British browser; what says its country itself stays."""
    anybody.headers["accept-language"], anybody.cookies["language"] = accepted, "en"

    assert expected == await asked(page, anybody, neighbours, typed)


async def test_a_device_in_chicago_types_numbers_of_the_us(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A8: where the device's clock is counts before its language; what is no number there is read by that."""
    anybody.headers["accept-language"] = "es-MX"
    anybody.cookies |= {"language": "en", "zone": "America/Chicago"}
    for typed, expected in (("(202) 555-0123", "+12025550123"), ("81 1234 5678", "+528112345678")):
        assert expected == await asked("sign-in", anybody, neighbours, typed)
        neighbours.received.clear()
        del anybody.cookies[SIGN_IN]


@pytest.mark.parametrize("accepted", ["", "en", "es-419,es;q=0.9", "fr-FR"])
async def test_a_number_of_no_known_country_is_asked_for_with_it(
    accepted: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-A8: where the region is unknown, or the number is none of it, the page asks for + and the country code."""
    anybody.headers["accept-language"], anybody.cookies["language"] = accepted, "en"
    sent = {"username": "(202) 555-0123", "password": PASSWORD, "code": "ABCDE", "new_password": PASSWORD}
    for address in ("/family/sign-in", "/family/forgot", "/family/reset"):
        page = await anybody.post(address, sent)
        assert (400, ASK) == (page.status, page.problem_of("username"))
        assert "(202) 555-0123" == page.main.one("input", id="username")["value"]
    page = await anybody.post(f"/i/{TOKEN}", {**sent, "do": "sign-in"})
    assert (400, ASK) == (page.status, page.problem_of("username"))
    assert {"CheckInvitation"} == set(neighbours.rpcs)


async def test_an_organization_reads_its_numbers_itself(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A8: on an organization's page the number goes as typed; identity reads it with its own country."""
    anybody.headers["accept-language"] = "en-GB"
    await anybody.post("/o/sunrise/sign-in", {"username": "(202) 555-0123", "password": PASSWORD})

    assert "(202) 555-0123" == neighbours.only("Login").username


@pytest.mark.parametrize(
    ("accepted", "region"),
    [
        ("es-MX", "MX"),
        ("en-gb;q=0.5, es-MX", "GB"),
        ("zh-Hant-TW,zh;q=0.9", "TW"),
        ("de,fr-ch", "CH"),
        ("sl-SI-nedis", "SI"),
        ("es-419", ""),
        ("en-Latn", ""),
        ("*", ""),
    ],
)
def test_the_region_is_the_first_that_is_named(accepted: str, region: str) -> None:
    """CASE-A8: the browser's region is that of its first language that has one; groups of countries are none."""
    assert region == best_region(accepted)


@given(st.text(max_size=60) | st.from_regex(r"[a-zA-Z0-9,;=*-]{0,60}", fullmatch=True))
def test_whatever_a_browser_says_is_a_region_or_none(accepted: str) -> None:
    """CASE-A8: nothing that stands in the header raises."""
    assert len(best_region(accepted)) in {0, 2}
