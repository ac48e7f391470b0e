"""What changes by itself changes on the open page."""

from playwright.async_api import expect

from tests.e2e.cases import REFUSED_NUMBER, entered
from tests.e2e.families import Submission, fresh_email
from tests.e2e.people import ADMIN_PASSWORD


async def test_a_message_that_fails_shows_on_the_open_page(stack, agency, desk):
    """CASE-U14, CASE-U16: badge and timeline follow by themselves; an open menu stays open, the focus where it was."""
    case = entered(stack, agency, Submission(email=fresh_email(), phone=REFUSED_NUMBER))
    await desk.open(case.page)
    await desk.page.evaluate("window.isKept = true")
    card = desk.page.locator("#guardian-1-part")
    await expect(card.locator(".badge")).to_have_text("Invited")
    await desk.menu(card).click()
    update = card.get_by_role("link", name="Update", exact=True)
    await update.focus()

    agency.admin.post(f"/v1/applications/{case.id}:reinvite", method="SMS")

    await expect(card.locator(".badge")).to_have_text("Not delivered", timeout=30_000)
    await expect(card).to_contain_text("This number cannot receive text messages.")
    await expect(update).to_be_focused()
    await expect(desk.page.get_by_role("status").filter(has_text="Not delivered")).to_have_count(1)
    newest = desk.page.locator("#timeline-part .timeline > li").first
    await expect(newest).to_contain_text("This number cannot receive text messages.", timeout=30_000)
    await expect(desk.page.locator("[data-follow]")).to_have_count(0, timeout=30_000)
    assert await desk.page.evaluate("window.isKept")


async def test_without_scripts_the_next_look_shows_it(stack, agency, open_window):
    """CASE-U14: a page without its script loses nothing but the following."""
    case = entered(stack, agency)
    desk = await open_window(has_scripts=False)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.open(case.page)
    case.do("revokeInvitation")
    await desk.open(case.page)
    await desk.sees("The last invitation was withdrawn. Its link and code no longer work.")


async def test_a_failed_way_is_not_proposed_again(stack, agency, desk):
    """CASE-U1: after a text message failed and an email was added, Reinvite proposes the email, and it arrives."""
    case = entered(stack, agency, Submission(phone=REFUSED_NUMBER, preferred="SMS"))
    await desk.open(case.page)
    await expect(desk.page.locator("#guardian-1-part .badge")).to_have_text("Not delivered", timeout=30_000)
    email = fresh_email()
    await desk.pick(desk.page.locator("#guardian-1-part"), "Update")
    await desk.write("Email", email)
    await desk.press("Save")
    await desk.sees("The contact was changed, so the last invitation no longer works. Please invite again.")
    await desk.press("Reinvite")
    await expect(desk.dialog.get_by_role("radio").first).to_be_checked()
    await expect(desk.dialog).to_contain_text("did not arrive: today")
    await desk.press("Send the invitation")
    await desk.sees("The invitation is on its way.")
    await expect(desk.page.locator("#guardian-1-part")).to_contain_text(f"by email to {email}")
    await expect(desk.page.locator("#timeline-part .badge").first).to_have_text("Sent", timeout=30_000)
