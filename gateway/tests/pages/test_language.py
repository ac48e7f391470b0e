"""In which language a page is, and how a person changes it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.call import Role
from portal.core.i18n import LANGUAGES, best_language

from .neighbours import Neighbours, refusal
from .people import ORIGIN, SIGN_IN, Browser, Registry, SignedIn
from .reading import filled
from .samples import ADA_ID, APPLICATION, GUARDIAN, TOKEN, invitation

GOOD = "seventeen green umbrellas"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES-mx", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("en;q=0.5,es;q=0.7", "es"),
        ("en;q=0.5, es;q=0.5", "en"),
        ("en; q=0.5, es; q=0.7", "es"),
        ("es ;q=0.1 ,\ten", "en"),
        ("fr-CA, de;q=0.9, es;q=0.1", "es"),
        ("fr, de", "en"),
        ("*", "en"),
        ("es;q=0", "en"),
        ("es;q=0.0, fr", "en"),
        ("es;q=many", "en"),
        ("es;q=nan, en;q=0.1", "en"),
        (";;;q=,,", "en"),
    ],
)
def test_the_best_language_of_a_browser(accepted: str, language: str) -> None:
    """PO-01: of what the browser prefers, the best that we speak; English where it is none (RFC 9110, 12.4.2)."""
    assert language == best_language(accepted)


_LIST = st.lists(
    st.tuples(st.sampled_from(["en", "es", "es-MX", "fr", "*"]) | st.text(max_size=6), st.text(max_size=6)),
    max_size=5,
)


@given(st.text(max_size=60) | _LIST.map(lambda parts: ",".join(f"{tag};q={quality}" for tag, quality in parts)))
def test_any_header_gives_a_language_of_ours(accepted: str) -> None:
    """PO-01: whatever a browser says of languages, the page has one of ours."""
    assert best_language(accepted) in LANGUAGES


@pytest.mark.parametrize(
    ("chosen", "account", "invited", "accepted", "language"),
    [
        ("es", "en", "en", "en", "es"),
        ("en", "es", "es", "es", "en"),
        ("", "es", "en", "en", "es"),
        ("", "en", "es", "es", "en"),
        ("", "", "es", "en", "es"),
        ("", "", "en", "es", "en"),
        ("", "", "", "es", "es"),
        ("", "", "fr", "es", "es"),
        ("fr", "", "", "es", "es"),
        ("<script>", "es", "", "en", "es"),
    ],
)
async def test_whose_word_counts(
    chosen: str,
    account: str,
    invited: str,
    accepted: str,
    language: str,
    anybody: Browser,
    signed_in: SignedIn,
    neighbours: Neighbours,
) -> None:
    """PO-01: the person's choice comes before the account's language, then the invitation's, then the browser's."""
    browser = signed_in(Role.FAMILY, language=account) if account else anybody
    browser.cookies |= {"language": chosen} if chosen else {}
    browser.headers["accept-language"] = accepted
    neighbours.answers["CheckInvitation"] = invitation(language=invited)

    page = await browser.get(f"/i/{TOKEN}")

    assert language == page.language
    assert {"en": "Your application online", "es": "Su solicitud en línea"}[language] == page.heading
    pressed = [button.text for button in page.root.all("button", **{"aria-pressed": "true"})]
    assert [{"en": "English", "es": "Español"}[language]] == pressed


async def test_the_switch_changes_the_language_and_stays_where_one_is(anybody: Browser) -> None:
    """PO-01: a press on the language's own name shows the same page in it, now and from then on."""
    page = await anybody.get("/family/sign-in?next=%2Fapplications%3Fpage%3D2")
    assert ("en", "Sign in") == (page.language, page.heading)

    answer = await anybody.press(page, "Español")
    assert "/family/sign-in?next=%2Fapplications%3Fpage%3D2" == answer.goes_to
    page = await anybody.follow(answer)
    assert ("es", "Iniciar sesión") == (page.language, page.heading)
    assert "es" == (await anybody.get("/")).language
    assert "en" == (await anybody.follow(await anybody.press(page, "English"))).language


async def test_a_switch_on_the_answer_to_a_form_goes_back_to_its_page(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: after a form was refused the switch leads to the empty form: what was typed is not sent again."""
    page = await anybody.post("/link", {"code": "AAAAA-BBBBB", "application_number": ""})
    assert "Something in the form is missing or wrong." in page.problem

    assert "/link" == (await anybody.press(page, "Español")).goes_to


@pytest.mark.parametrize("referer", [f"{ORIGIN}/people?query=a", ""])
async def test_a_switch_on_the_answer_to_a_button_goes_back_to_where_it_stood(
    referer: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-01: a form without a page of its own has nothing to show again, so the switch leads to its button's page."""
    neighbours.answers["SetStatus"] = refusal("DEPENDENCY_UNAVAILABLE")
    headers = {"sec-fetch-site": "same-origin", **({"referer": referer} if referer else {})}
    page = await staff.post(f"{APPLICATION}/status", urlencode({"as": ADA_ID, "status": "CLOSED"}).encode(), headers)
    assert 503 == page.status

    answer = await staff.press(page, "Español")

    assert (referer.removeprefix(ORIGIN) or "/start") == answer.goes_to


async def test_a_switch_keeps_the_form_that_waits_in_the_page(staff: Browser, neighbours: Neighbours) -> None:
    """PO-01, CASE-A15: a form that was not served goes along, into the form itself or into the sign-in page."""
    here = f"{GUARDIAN}?next=/staff/applications"
    neighbours.answers["UpdateGuardian"] = refusal("DEPENDENCY_UNAVAILABLE")
    page = await staff.press(await staff.get(here), "Save", given_name="Tom")
    form, pressed = page.form("Español")
    kept = dict(filled(form, pressed, {}))

    answer = await staff.press(page, "Español")
    assert (307, here) == (answer.status, answer.answer.headers["location"])
    page = await staff.post(here, kept)
    assert ("es", "Tom") == (page.language, page.main.one("input", id="given_name")["value"])

    del staff.cookies[SIGN_IN]
    page = await staff.post(here, kept)
    assert ("es", "Iniciar sesión") == (page.language, page.heading)
    assert kept["lost"] == page.main.one("input", name="lost")["value"]
    assert here == (await staff.press(page, "English")).answer.headers["location"]


@pytest.mark.parametrize("language", ["", "fr", "EN", "es\r\nx: y", "../es"])
async def test_there_are_no_other_languages_to_choose(language: str, anybody: Browser) -> None:
    """PO-01: a choice that we do not offer changes nothing."""
    answer = await anybody.post("/language", {"language": language, "next": "/link"})

    assert "/link" == answer.goes_to
    assert [] == anybody.set_cookies


@pytest.mark.parametrize(("chosen", "told"), [("es", "es"), ("", "")])
async def test_an_account_speaks_the_language_that_was_chosen(
    chosen: str, told: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-02: who chose a language gets the account in it; for others identity takes the invitation's."""
    anybody.cookies |= {"language": chosen} if chosen else {}
    neighbours.answers["RegisterFamily"] = registry.signed_in(Role.FAMILY)

    await anybody.post(f"/i/{TOKEN}", {"do": "register", "password": GOOD})

    assert told == neighbours.only("RegisterFamily").language


async def test_services_are_asked_in_the_language_of_the_page(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: a service that has words of its own for people says them in the language of the page."""
    neighbours.answers["CheckInvitation"] = invitation(language="es")
    await anybody.post(f"/i/{TOKEN}", {"do": "resend"})

    assert [("CheckInvitation", "en"), ("ResendInvitation", "es"), ("CheckInvitation", "es")] == [
        (received.rpc, received.call.caller.language) for received in neighbours.received
    ]
