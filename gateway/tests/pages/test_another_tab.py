"""A page says for whom it was drawn, and its forms act for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import portal
from chassis.call import Role
from portal.core.pages import Page
from portal.core.renderer import FORM

from .addresses import POSTED, SHOWN, address_of, name_of, visitor_of
from .neighbours import Neighbours
from .people import SIGN_IN, Browser, Registry, SignedIn
from .samples import ADA_ID, APPLICATION, FAMILY_ID, GUARDIAN, TOKEN

OTHER_ID = "01990000-0000-7000-8000-00000000ffff"
NEW = "/staff/applications/new"
WORDS = "You are now signed in as bea@sunrise.example, so nothing was done."
TEMPLATES = sorted(Path(portal.__file__).parent.rglob("templates/*.html"))
GUARDED = [page for page in POSTED if not page.is_anyones]


def another_tab(browser: Browser, registry: Registry, role: Role = Role.STAFF) -> None:
    """Somebody else signs in, in another tab of the same browser."""
    session = registry.session(role, account_id=OTHER_ID, username="bea@sunrise.example")
    browser.cookies[SIGN_IN] = registry.sealed(session)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_form_can_forget_whose_it_is(template: Path) -> None:
    """CASE-A14: each form that posts begins as the renderer knows it, which writes the account into it."""
    text = template.read_text(encoding="utf-8")

    posting = [form for form in re.findall(r"<form\b[^>]*>", text) if re.search(r"method\s*=\s*\W?post", form, re.I)]
    assert posting == FORM.findall(text)


@pytest.mark.parametrize("page", SHOWN, ids=name_of)
async def test_every_form_names_its_account(page: Page, anybody: Browser, signed_in: SignedIn) -> None:
    """CASE-A14: every form of every page has the account that sees it, once; for nobody it is empty."""
    visitor = visitor_of(page)
    browser = signed_in(visitor) if visitor else anybody

    forms = [form for form in (await browser.get(address_of(page))).root.all("form") if "post" == form.get("method")]

    assert forms
    expected = "" if visitor is None else FAMILY_ID if visitor is Role.FAMILY else ADA_ID
    assert {(expected,)} == {tuple(field["value"] for field in form.all("input", name="as")) for form in forms}


@pytest.mark.parametrize("page", GUARDED, ids=name_of)
@pytest.mark.parametrize("was_nobody", [False, True], ids=["for another", "for nobody"])
async def test_no_form_acts_for_another_person(
    page: Page, was_nobody: bool, signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A14: where somebody else is signed in than when the form was drawn, nothing is done, whatever the form."""
    browser = signed_in(visitor_of(page) or Role.FAMILY)
    if was_nobody:
        browser.seen_by = ""
    else:
        another_tab(browser, registry, visitor_of(page) or Role.FAMILY)

    answer = await browser.post(
        address_of(page), {"do": "accept", "status": "CLOSED", "new_password": "seventeen green umbrellas"}
    )

    reading = ("Get", "List", "Check", "Batch", "Search")
    assert [] == [rpc for rpc in neighbours.rpcs if not rpc.startswith(reading)]
    assert answer.status in {303, 409}
    shown = await browser.follow(answer) if answer.goes_to else answer
    assert "so nothing was done" in shown.text


async def test_what_was_typed_is_shown_to_whoever_is_signed_in_now(
    staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A14: the page says who is signed in now, has what was typed, and does it when it is pressed again."""
    page = await staff.get(NEW)
    another_tab(staff, registry)

    page = await staff.press(page, "Enter and invite", given_name="Tom", family_name="Becker", email="t@example.org")

    assert (409, "New application") == (page.status, page.heading)
    assert page.notice.startswith(WORDS)
    assert "Tom" == page.main.one("input", id="given_name")["value"]
    assert "CreateApplication" not in neighbours.rpcs
    assert APPLICATION == (await staff.press(page, "Enter and invite")).goes_to
    assert "Tom" == neighbours.only("CreateApplication").guardians[0].given_name


async def test_a_correction_is_shown_over_what_is_stored(staff: Browser, registry: Registry) -> None:
    """CASE-A14: of a form that comes with values what was typed is shown, and not what is stored."""
    page = await staff.get(GUARDIAN)
    another_tab(staff, registry)

    page = await staff.press(page, "Save", given_name="Lucía Elena", phone="")

    assert ("Lucía Elena", "Morales", "") == tuple(
        page.main.one("input", id=name)["value"] for name in ("given_name", "family_name", "phone")
    )


async def test_a_password_is_typed_anew(staff: Browser, registry: Registry, neighbours: Neighbours) -> None:
    """CASE-A14: the password of one person is neither set nor shown for another."""
    page = await staff.get("/account")
    another_tab(staff, registry)

    page = await staff.press(page, "Change password", current_password="the old one", new_password="the new one 2026")

    assert page.notice.startswith(WORDS)
    assert [] == [secret for secret in ("the old one", "the new one") if secret in page.answer.text]
    assert "ChangePassword" not in neighbours.rpcs


async def test_an_invitation_is_accepted_for_the_account_that_its_page_names(
    family: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A14: the button of a page that named one account links no other; it asks again, and names the new one."""
    page = await family.get(f"/i/{TOKEN}")
    another_tab(family, registry, Role.FAMILY)

    page = await family.press(page, "Add the application to my account")

    assert "AcceptInvitation" not in neighbours.rpcs
    assert "You are signed in as bea@sunrise.example." in page.text
    await family.press(page, "Add the application to my account")
    assert "AcceptInvitation" in neighbours.rpcs


async def test_a_button_leads_back_to_the_page_on_which_it_stood(staff: Browser, registry: Registry) -> None:
    """CASE-A14: a button without a page of its own leads back to where it was pressed, and never to another host."""
    another_tab(staff, registry)
    ours = {"sec-fetch-site": "same-origin"}

    for referer, goes_to in (
        (f"https://portico.example{APPLICATION}?page=2", f"{APPLICATION}?page=2"),
        ("https://portico.example//evil.example", "/start"),
        ("", "/start"),
    ):
        answer = await staff.post(f"{APPLICATION}/status", {"status": "CLOSED"}, {**ours, "referer": referer})
        assert goes_to == answer.goes_to


async def test_who_may_not_come_is_told_who_they_are(staff: Browser, registry: Registry) -> None:
    """CASE-A14: where the other person has nothing to do with the page, it says so, and who is signed in."""
    page = await staff.get(NEW)
    another_tab(staff, registry, Role.FAMILY)

    page = await staff.press(page, "Enter and invite", given_name="Tom", family_name="Becker")

    assert (403, "This is for others") == (page.status, page.heading)
    assert page.notice.startswith(WORDS)


@pytest.mark.parametrize("seen_by", ["", OTHER_ID])
async def test_a_form_that_asks_for_a_password_needs_nobody(
    seen_by: str, family: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A14: whoever signs in says themselves who they are, and a language is everybody's."""
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)
    family.seen_by = seen_by

    assert (
        "/applications"
        == (await family.post("/family/sign-in", {"username": "l@example.org", "password": "x"})).goes_to
    )
    assert "/help" == (await family.post("/language", {"language": "es", "next": "/help"})).goes_to
    assert "es" == family.cookies["language"]
