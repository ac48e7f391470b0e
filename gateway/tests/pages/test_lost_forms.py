"""A form that comes when its session has ended, or while a service is away, is not lost, and is not sent either."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.call import Role
from chassis.testing import FakeClock
from portal.core.error_messages import ERROR_MESSAGES
from portal.core.forms import SECRETS, Form
from portal.core.i18n import i18n_for
from portal.core.lost_forms import LIFE, MAX_LENGTH, LostForms
from portal.core.seals import Seal

from .bookings import BOOKING, OWN_BOOKING, SLOT_KEY
from .neighbours import Neighbours, refusal
from .people import KEYS, SIGN_IN, Browser, Registry, SignedIn
from .reading import Page
from .samples import ADA_ID, APPLICATION, APPLICATION_ID, FAMILY_ID, GUARDIAN, REQUEST_ID, TOKEN, application

PASSWORD = "seventeen green umbrellas"
NEW = "/staff/applications/new"
TYPED = {"given_name": "Tom <b>", "family_name": "Müller", "email": "t@example.org"}
SAID = "You were signed out meanwhile, so nothing was done."


async def ended(browser: Browser, neighbours: Neighbours, page: Page, button: str, **typed: str) -> Page:
    """The form is filled in and sent after the session has ended."""
    kept = dict(neighbours.answers)
    neighbours.answers |= dict.fromkeys(kept, refusal("SESSION_REVOKED"))
    page = await browser.press(page, button, **typed)
    neighbours.answers = kept
    neighbours.received.clear()
    return page


async def signed_in_again(browser: Browser, page: Page) -> Page:
    """The person signs in on the page that came in place of the form."""
    return await browser.press(page, "Sign in", username="ada@sunrise.example", password=PASSWORD)


async def test_what_was_typed_is_there_after_the_sign_in(
    staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15: a form waits in the sign-in page, is shown again as it was typed, and sent when it is pressed."""
    page = await ended(staff, neighbours, await staff.get(NEW), "Enter and invite", **TYPED)
    assert (403, "Sign in") == (page.status, page.heading)
    assert page.notice.startswith(SAID)
    assert SIGN_IN not in staff.cookies
    assert "Müller" not in page.answer.text

    neighbours.answers["Login"] = refusal("LOGIN_FAILED")
    page = await signed_in_again(staff, page)
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)
    page = await signed_in_again(staff, page)
    assert (200, "You are signed in again") == (page.status, page.heading)
    assert NEW == (await staff.press(page, "English")).answer.headers["location"]
    page = await staff.press(page, "Show the form")

    assert (200, "New application") == (page.status, page.heading)
    assert TYPED == {name: page.main.one("input", id=name)["value"] for name in TYPED}
    assert "CreateApplication" not in neighbours.rpcs
    assert APPLICATION == (await staff.press(page, "Enter and invite")).goes_to
    assert "Tom <b>" == neighbours.only("CreateApplication").guardians[0].given_name


async def test_a_cookie_that_has_ended_loses_nothing_either(
    staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15: the same where the browser has no session any more, in a form that comes with values of its own."""
    page = await staff.get(GUARDIAN)
    del staff.cookies[SIGN_IN]
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)

    page = await signed_in_again(staff, await staff.press(page, "Save", given_name="Lucía Elena", phone=""))
    page = await staff.press(page, "Show the form")

    assert ("Lucía Elena", "Morales", "") == tuple(
        page.main.one("input", id=name)["value"] for name in ("given_name", "family_name", "phone")
    )
    assert "UpdateGuardian" not in neighbours.rpcs


async def test_a_note_beside_a_booking_is_there_after_the_sign_in(
    staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15: a form that stands on another page has one of its own, on which it is shown again."""
    page = await ended(staff, neighbours, await staff.get(BOOKING), "Add note", note="Called twice.")
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)
    page = await staff.press(await signed_in_again(staff, page), "Show the form")

    assert "Called twice." == page.main.one("textarea", id="note").text
    assert "AddBookingNote" not in neighbours.rpcs
    assert BOOKING == (await staff.press(page, "Add note")).goes_to
    assert "Called twice." == neighbours.only("AddBookingNote").note


async def test_a_move_is_there_after_the_sign_in(
    signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15: a form whose page needs an address with a time knows the time itself."""
    ana = signed_in(Role.CASE_MANAGER)
    page = await ana.get(f"{OWN_BOOKING}/move/check?{urlencode({'slot': SLOT_KEY})}")
    page = await ended(ana, neighbours, page, "Move the appointment", comment="Is travelling.")
    neighbours.answers["Login"] = registry.signed_in(Role.CASE_MANAGER)
    page = await ana.press(await signed_in_again(ana, page), "Show the form")

    assert "Is travelling." == page.main.one("textarea", id="comment").text
    assert "Move the appointment" in page.buttons()


async def test_a_family_that_was_accepting_ends_linked(
    family: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15: whoever was adding an application signs in, is back at the invitation, and adds it."""
    page = await ended(family, neighbours, await family.get(f"/i/{TOKEN}"), "Add the application to my account")
    # The page is drawn in the language of the browser: its neighbours do not answer in which the invitation is.
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)

    answer = await signed_in_again(family, page)
    assert f"/i/{TOKEN}" == answer.goes_to
    assert TOKEN not in page.main.one("form")["action"]
    assert "AcceptInvitation" not in neighbours.rpcs

    answer = await family.press(await family.follow(answer), "Add the application to my account")
    assert f"/applications/{APPLICATION_ID}" == answer.goes_to


async def test_another_account_gets_nothing_of_it(staff: Browser, registry: Registry, neighbours: Neighbours) -> None:
    """CASE-A15: when somebody else signs in, what was typed is dropped, and they begin where they begin."""
    page = await ended(staff, neighbours, await staff.get(NEW), "Enter and invite", **TYPED)
    tokens = registry.signed_in(Role.STAFF)
    tokens.tokens.account.id = FAMILY_ID
    neighbours.answers["Login"] = tokens

    assert "/start" == (await signed_in_again(staff, page)).goes_to


async def test_a_password_is_never_kept(staff: Browser, registry: Registry, neighbours: Neighbours) -> None:
    """CASE-A15: of a form with passwords only the way back is kept."""
    page = await staff.get("/account")
    page = await ended(
        staff, neighbours, page, "Change password", current_password="the old one", new_password="the new one 2026"
    )
    lost = LostForms(registry.seal, lambda: 0.0).opened(page.main.one("input", name="lost")["value"], ADA_ID)

    assert lost is not None
    assert {"username": "ada@sunrise.example"} == lost.values


@pytest.mark.parametrize("reason", ["DEPENDENCY_UNAVAILABLE", "DEADLINE_PASSED", "OVERLOADED", "INTERNAL_ERROR"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_was_typed_is_there_when_the_service_is_back(
    reason: str, language: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-01: from the page that says what was away a press leads back to the form, which makes the same call again."""
    staff.cookies["language"] = language
    words = i18n_for(language)
    neighbours.answers["CreateApplication"] = refusal(reason)
    page = await staff.press(await staff.get(NEW), words("Enter and invite"), **TYPED)
    assert words(ERROR_MESSAGES[reason]) in page.text
    assert "Müller" not in page.answer.text
    assert "/start" == page.link(words("Go to the start page"))

    neighbours.answers["CreateApplication"] = application()
    page = await staff.press(page, words("Back to the form"))
    assert (200, words("New application")) == (page.status, page.heading)
    assert TYPED == {name: page.main.one("input", id=name)["value"] for name in TYPED}
    assert APPLICATION == (await staff.press(page, words("Enter and invite"))).goes_to
    # What says that a service is away is asked once more by the client itself.
    first, *repeated = [each.request for each in neighbours.received if each.rpc == "CreateApplication"]
    assert repeated == [first] * len(repeated) != []
    assert first.request_id


async def test_the_form_waits_as_long_as_the_service_is_away(staff: Browser, neighbours: Neighbours) -> None:
    """PO-01: where the form itself cannot be drawn either, what was typed waits for the next press."""
    page = await staff.get(GUARDIAN)
    here = dict(neighbours.answers)
    neighbours.answers |= dict.fromkeys(here, refusal("DEPENDENCY_UNAVAILABLE"))
    page = await staff.press(page, "Save", given_name="Lucía Elena")
    for _ in range(2):
        page = await staff.press(page, "Back to the form")
        assert (503, "That did not work") == (page.status, page.heading)
    neighbours.answers = here

    page = await staff.press(page, "Back to the form")

    assert (200, "Lucía Elena") == (page.status, page.main.one("input", id="given_name")["value"])


@pytest.mark.parametrize(("path", "is_same"), [(NEW, True), (f"{BOOKING}/files", False)])
async def test_files_that_are_chosen_anew_are_other_files(
    path: str, is_same: bool, staff: Browser, registry: Registry, clock: FakeClock
) -> None:
    """PO-01, CM-12: a form that is shown again makes its call again, unless it has files: others may be chosen."""
    form = Form({**TYPED, "as": ADA_ID, "request_id": REQUEST_ID})
    lost = LostForms(registry.seal, lambda: clock().timestamp()).sealed(path, form)

    page = await staff.post(path, {"lost": lost})

    ids = {each["value"] for each in page.main.all("input", name="request_id")}
    assert (200, is_same) == (page.status, ids == {REQUEST_ID})


async def test_a_form_that_waits_survives_the_end_of_its_session(
    staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A15, PO-01: whoever is signed out before the service is back finds the form after the sign-in as well."""
    neighbours.answers["CreateApplication"] = refusal("DEPENDENCY_UNAVAILABLE")
    page = await staff.press(await staff.get(NEW), "Enter and invite", **TYPED)
    del staff.cookies[SIGN_IN]
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)

    page = await signed_in_again(staff, await staff.press(page, "Back to the form"))
    page = await staff.press(page, "Show the form")

    assert TYPED == {name: page.main.one("input", id=name)["value"] for name in TYPED}


async def test_a_password_does_not_wait(staff: Browser, registry: Registry, neighbours: Neighbours) -> None:
    """PO-01: of a form with passwords that was not served the passwords are typed anew."""
    neighbours.answers["ChangePassword"] = refusal("DEPENDENCY_UNAVAILABLE")
    page = await staff.get("/account")
    page = await staff.press(page, "Change password", current_password="the old one", new_password="the new one 2026")
    lost = LostForms(registry.seal, lambda: 0.0).opened(page.main.one("input", name="lost")["value"], ADA_ID)

    assert lost is not None
    assert {"username": "ada@sunrise.example"} == lost.values
    assert "My account" == (await staff.press(page, "Back to the form")).heading


async def test_a_form_of_nobody_is_a_link_away(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: nothing is kept of a form that asks for a proof of its own; the way back to it is there."""
    neighbours.answers["Login"] = refusal("DEPENDENCY_UNAVAILABLE")
    page = await anybody.get("/family/sign-in")
    page = await anybody.press(page, "Sign in", username="lucia@example.org", password=PASSWORD)

    assert (503, []) == (page.status, page.root.all("input", name="lost"))
    assert "/family/sign-in" == page.link("Back to the form")


@pytest.mark.parametrize(
    ("address", "rpc", "reason"),
    [
        (f"{APPLICATION}/status", "SetStatus", "DEPENDENCY_UNAVAILABLE"),
        (GUARDIAN, "UpdateGuardian", "APPLICATION_NOT_FOUND"),
    ],
    ids=["a button", "what is gone"],
)
async def test_there_is_no_way_back_to_what_is_no_form(
    address: str, rpc: str, reason: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-01: a button has no page of its own, and what is refused for good is not asked again."""
    neighbours.answers[rpc] = refusal(reason)
    page = await staff.post(address, {"status": "CLOSED", "given_name": "Tom"})

    assert "That did not work" == page.heading or "Nothing is here" == page.heading
    assert ["Go to the start page"] == [link.text for link in page.main.all("a")]
    assert [] == page.buttons()


async def test_what_is_too_long_is_not_kept(staff: Browser) -> None:
    """CASE-A15: a form of more than 16 kB leads to the sign-in without it."""
    page = await staff.get(NEW)
    del staff.cookies[SIGN_IN]
    page = await staff.press(page, "Enter and invite", given_name="x" * MAX_LENGTH)

    assert "/o/sunrise/sign-in" == page.goes_to


@pytest.mark.parametrize("how", ["damaged", "too old", "of another page"])
async def test_a_kept_form_that_does_not_fit_does_nothing(
    how: str, staff: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CASE-A15: what cannot be opened here and now is an empty form, and nothing is done."""
    now = clock().timestamp() - (LIFE if how == "too old" else 0)
    form = Form({**TYPED, "as": ADA_ID})
    lost = LostForms(registry.seal, lambda: now).sealed(GUARDIAN if how == "of another page" else NEW, form)

    page = await staff.post(NEW, {**TYPED, "lost": lost[:-9] if how == "damaged" else lost})

    assert (200, "New application") == (page.status, page.heading)
    assert "" == page.main.one("input", id="given_name")["value"]
    assert "CreateApplication" not in neighbours.rpcs


async def test_another_origin_has_nothing_kept(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A15, GW-07: a form of another site is refused before its session is looked at."""
    del staff.cookies[SIGN_IN]
    page = await staff.post(NEW, {**TYPED, "as": ADA_ID}, {"sec-fetch-site": "cross-site"})

    assert (403, "That did not work") == (page.status, page.heading)
    assert [] == page.root.all("input", name="lost")


async def test_a_kept_form_is_no_sign_in(anybody: Browser, registry: Registry) -> None:
    """CASE-A15: what is sealed for a form opens no session, whoever puts it into the cookie."""
    form = Form({**TYPED, "as": ADA_ID, "account_id": ADA_ID, "role": "1"})
    anybody.cookies[SIGN_IN] = LostForms(registry.seal, lambda: 0.0).sealed(NEW, form)

    assert f"/sign-in?{urlencode({'next': '/account'})}" == (await anybody.get("/account")).goes_to


_NAMES = st.sampled_from([*SECRETS, "as", "email", "next"]) | st.text(max_size=9)


@given(values=st.dictionaries(_NAMES, st.text(max_size=200)), seconds=st.floats(0, 2 * LIFE))
def test_only_who_typed_it_opens_it_and_only_for_a_while(values: dict[str, str], seconds: float) -> None:
    """CASE-A15: for the same account and half an hour all that is no secret comes back; else nothing does."""
    clock = FakeClock()
    forms = LostForms(Seal(KEYS), lambda: clock().timestamp())
    sealed = forms.sealed(NEW, Form({**values, "as": ADA_ID}))

    assert len(sealed) <= MAX_LENGTH
    assert forms.opened(sealed, FAMILY_ID) is None
    clock.advance(timedelta(seconds=seconds))
    lost = forms.opened(sealed, ADA_ID) if sealed else None
    assert (bool(sealed) and seconds < LIFE) == (lost is not None)
    if lost is not None:
        assert NEW == lost.path
        assert SECRETS.isdisjoint(lost.values)
        assert lost == replace(lost, values={name: values[name] for name in lost.values})
        assert {"email", "next"} & values.keys() == {"email", "next"} & lost.values.keys()
