"""Staff at work: from a name on the telephone to a family that sees its application."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.cases import entered, undelivered
from tests.e2e.families import PASSWORD, Mailbox, fresh_email, fresh_phone
from tests.e2e.hands import Hand, Keyboard, Pointer
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the people of a story use their browsers; `typed` is the family's name with one wrong letter.

    `corrected` is the field into which staff write a contact that works, `method` how they invite by it.
    """

    family: tuple[str, str]
    typed: str
    hand: Hand
    corrected: str = "Email"
    method: str = "By email to %(contact)s"
    language: str = "en"
    has_scripts: bool = True


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(
            Way(
                family=("Agnieszka", "Kowalska"),
                typed="kovalska",
                hand=Pointer(),
                corrected="Phone",
                method="By SMS to %(contact)s",
            ),
            id="by-pointer",
        ),
        pytest.param(Way(family=("Ewa", "Wiśniewska"), typed="wisniewsca", hand=Keyboard()), id="by-keyboard"),
        pytest.param(
            Way(family=("Miren", "Zubizarreta"), typed="zubisarreta", hand=Pointer(), language="es"), id="in-Spanish"
        ),
        pytest.param(
            Way(family=("Olena", "Shevchenko"), typed="shevchemko", hand=Pointer(), has_scripts=False),
            id="without-scripts",
        ),
    ],
)
async def test_an_invitation_that_did_not_arrive_is_put_right(stack, agency, open_window, way):
    """PO-02, PO-05, AP-02, AP-03: staff find a family, read what failed, correct it, reinvite, and the family joins."""
    case = await undelivered(stack, agency, names=way.family, language=way.language)
    mailbox = Mailbox(stack, fresh_phone() if way.corrected == "Phone" else fresh_email())

    desk = await open_window(hand=way.hand, has_scripts=way.has_scripts)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    desk = await desk.speaking(way.language)
    await desk.write("Number, name, email or phone", way.typed)
    await desk.press("Search")
    row = desk.row(case.number)
    await expect(desk.page.get_by_role("rowheader")).to_have_text([case.number])
    await expect(row).to_contain_text("21211")
    await desk.pick(row, "Update")

    await desk.write(way.corrected, mailbox.contact)
    await desk.choose("SMS" if way.corrected == "Phone" else "Email")
    await desk.press("Save")
    await desk.sees("The changes are saved.")
    await desk.press("Reinvite")
    await expect(desk.dialog).to_have_count(int(way.has_scripts))
    await desk.choose(way.method, contact=mailbox.contact)
    await desk.press("Send the invitation")
    await desk.sees("The invitation is on its way.")

    phone = await open_window(width=PHONE, hand=way.hand, has_scripts=way.has_scripts, language=way.language)
    assert 200 == await phone.open(f"/i/{mailbox.link('i')}")
    await expect(phone.page.locator("html")).to_have_attribute("lang", way.language)
    await phone.is_titled("Your application online")
    await phone.write("New password", PASSWORD)
    await phone.press("Make my account")
    await phone.sees("The application now belongs to your account.")
    await phone.is_titled("Application %(number)s", number=case.number)

    await desk.open(case.page)
    await desk.sees("This account sees the application.")
    assert mailbox.contact == case.guardian["accountUsername"]
    newest = desk.page.get_by_role("main").locator("ol > li").first
    await expect(newest).to_contain_text(desk.say("Application linked to an account"))


async def test_unlink_undo_unlink_and_reinvite(stack, agency, anybody, open_window, desk):
    """CASE-U2, PO-05, AP-11: staff take the access away, give it back by the notice or later, and invite anew."""
    case = entered(stack, agency)
    case.join(anybody)
    phone = await open_window(width=PHONE)
    await phone.sign_in("/family", case.mailbox.contact, PASSWORD)
    await phone.hand.press(phone.page.get_by_role("main").get_by_role("link", name=agency.name))
    await phone.is_titled("Application %(number)s", number=case.number)
    seen = phone.page.url

    await desk.open(case.page)
    await desk.pick(desk.page.locator("main"), "Unlink")
    await expect(desk.dialog).to_have_accessible_name("Unlink Lucía Morales?")
    await desk.press("Unlink")
    await desk.sees("The family no longer has access. You can undo this for 15 minutes.")
    await desk.sees("Undo possible until")
    await phone.page.reload()
    await phone.is_titled("Nothing is here")
    await phone.press("Go to the start page")
    await phone.sees("Nothing is linked to your account yet.")

    await desk.press("Undo")
    await desk.sees("The family has its access back.")
    await phone.page.goto(seen)
    await phone.is_titled("Application %(number)s", number=case.number)

    await desk.pick(desk.page.locator("main"), "Unlink")
    await desk.press("Unlink")
    await desk.pick(desk.page.locator("main"), "Undo unlink")
    await desk.sees("The family has its access back.")
    await desk.pick(desk.page.locator("main"), "Unlink")
    await desk.press("Unlink")
    await desk.press("Invite")
    await desk.press("Send the invitation")
    await desk.sees("The invitation is on its way.")
    await phone.open(case.link(count=2))
    await phone.press("Add the application to my account")
    await phone.sees("The application now belongs to your account.")


async def test_staff_send_a_new_password_and_withdraw_an_invitation(stack, agency, anybody, desk):
    """PO-05, AP-03, AP-07: the menu of a row sends a linked family its reset, and withdraws an invitation."""
    linked, invited = entered(stack, agency), entered(stack, agency)
    linked.join(anybody)
    await desk.open(f"/staff/applications?query={linked.number}")
    await desk.pick(desk.row(linked.number), "Send password reset")
    await desk.sees("A message for a new password is on its way to the family.")
    assert f"/staff/applications?query={linked.number}" == desk.path
    assert linked.mailbox.link("reset", count=2)

    await desk.open(f"/staff/applications?query={invited.number}")
    await desk.pick(desk.row(invited.number), "Withdraw invitation")
    await desk.press("Withdraw invitation")
    await desk.sees("The invitation was withdrawn. Its link and code no longer work.")
    await expect(desk.row(invited.number)).to_contain_text("Withdrawn")


async def test_what_no_longer_fits_is_said(stack, agency, desk):
    """PO-01, AP-05: a page that was open for long offers what no longer fits; it says so, and shows what does."""
    case = entered(stack, agency)
    await desk.open(case.page)
    case.do("revokeInvitation")
    await desk.open(f"{case.page}/guardians/{case.guardian['id']}/revoke")
    await desk.press("Withdraw invitation")
    await expect(desk.problem).to_have_text("This no longer fits: something has changed meanwhile.")
    await expect(desk.link("Reinvite")).to_be_visible()


async def test_an_impatient_hand_sends_once(stack, agency, desk):
    """PO-01, AP-05: a button that is pressed twice sends its form once, in a dialog too."""
    case = entered(stack, agency)
    await desk.open(case.page)
    await desk.press("Reinvite")
    await desk.button("Send the invitation").dblclick()
    await desk.sees("The invitation is on its way.")
    happened = desk.page.get_by_role("listitem").filter(has_text="Invitation made")
    await expect(happened).to_have_count(2)


@pytest.mark.parametrize("hand", [Pointer(), Keyboard()], ids=["by-pointer", "by-keyboard"])
async def test_a_new_application_is_entered(stack, agency, open_window, hand):
    """PO-01, PO-05, AP-01: what is wrong stands beside its field, what was typed stays, and the family is invited."""
    mailbox = Mailbox(stack, fresh_email())
    desk = await open_window(hand=hand)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.press("New application")
    await desk.write("Given name", "Amina")
    await desk.write("Family name", "Haddad")
    await desk.write("Email", mailbox.contact)
    await desk.write("Phone", "12")
    await desk.choose("Español")
    await desk.press("Enter and invite")

    await expect(desk.problem).to_be_focused()
    await expect(desk.problem).to_have_text("The email address or the phone number is not right. Please check it.")
    await expect(desk.field("Phone")).to_have_accessible_description(re.compile("^This is not a phone number\\."))
    await expect(desk.field("Phone")).to_have_attribute("aria-invalid", "true")
    await expect(desk.field("Email")).to_have_value(mailbox.contact)
    await expect(desk.choice("Español")).to_be_checked()

    await desk.write("Phone", fresh_phone())
    await desk.press("Enter and invite")
    await desk.sees("The application is entered.")
    await desk.sees("Amina Haddad")
    assert "solicitud" in mailbox.text().lower()
