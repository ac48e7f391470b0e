"""Where an application stands: staff say it, and its family reads it."""

import pytest
from playwright.async_api import expect

from portal.core.i18n import LANGUAGES
from tests.e2e.browser import PHONE
from tests.e2e.cases import entered
from tests.e2e.families import PASSWORD, Submission, fresh_email

WORDS = "Please bring:\n- a proof of address from this year\n- the birth certificate of Mateo"
ANSWERS = {"program": "Full day", "start": "2026-09-01", "needsTransport": True}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_family_is_asked_for_what_is_missing(stack, agency, anybody, open_window, desk, language):
    """AP-15, AP-16, PO-04, PO-05, CASE-U3: from the clerk who takes it on to the family's message and page."""
    case = entered(stack, agency, Submission(email=fresh_email(), more={"answers": ANSWERS}))
    case.join(anybody)
    desk = await desk.speaking(language)
    await desk.open(case.page)
    await desk.press("Change")
    await desk.field("Assigned to").select_option(index=1)
    await desk.press("Save")
    await desk.sees("The application is assigned.")
    await desk.pick(desk.page.locator("main .page-head").first, "Ask for an update")
    await desk.write("What is missing or must be corrected?", WORDS)
    await desk.press("Ask the family")
    await desk.sees("The family is told what is missing.")
    await expect(desk.page.locator("blockquote")).to_have_text(WORDS)
    await desk.open("/staff/applications?assigned=me")
    await expect(desk.row(case.number)).to_contain_text(desk.say("Update needed"))

    message = case.mailbox.text(count=2)
    assert " ".join(WORDS.split()) in message
    assert case.number in message
    phone = await open_window(width=PHONE)
    await phone.sign_in("/family", case.mailbox.contact, PASSWORD)
    phone = await phone.speaking(language)
    await phone.hand.press(phone.page.get_by_role("main").get_by_role("link", name=agency.name))
    await phone.sees("Something in your application must be completed or corrected.")
    await expect(phone.page.locator("blockquote")).to_have_text(WORDS)
    await phone.sees("Tell us, or bring us, what is missing. Then we look at your application again.")
    terms, values = [await phone.page.locator(tag).all_inner_texts() for tag in ("dt", "dd")]
    answers = dict(zip(terms, values, strict=True))
    assert "Full day" == answers[phone.say("Program")]
    assert phone.say("Yes") == answers["Needs transport"]

    await desk.open(case.page)
    await desk.pick(desk.page.locator("main .page-head").first, "Begin the review")
    await desk.sees("The status was changed.")
    await phone.page.reload()
    await phone.sees("We are looking at your application. There is nothing for you to do.")
    await expect(phone.page.locator("blockquote")).to_have_count(0)
