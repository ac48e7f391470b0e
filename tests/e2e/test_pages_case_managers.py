"""Staff give case managers their logins: enabled at once, or offered first; used, reset, taken away and given back."""

import pytest
from playwright.async_api import expect

from chassis.testing.eventually import eventually
from tests.e2e.browser import PHONE, Window
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Pointer
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.ways import WAYS, Way

pytestmark = pytest.mark.long(seconds=60)


@pytest.fixture
def agency(new_agency):
    """One that has no companies yet."""
    return new_agency()


async def desk_of(open_window, agency, way: Way) -> Window:
    """Where an administrator sits, at the list of case managers."""
    desk: Window = await open_window(hand=way.hand, has_scripts=way.has_scripts)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    desk = await desk.speaking(way.language)
    await desk.press("People")
    await desk.press("Case Managers")
    return desk


async def phone_of(open_window, way: Way) -> Window:
    """What a case manager carries about."""
    phone: Window = await open_window(width=PHONE, accepts=way.language, language=way.language)
    return phone


async def add(desk: Window, given_name: str, mailbox: Mailbox) -> None:
    """A new case manager on the open form, and then the tab of their login."""
    await desk.write("Given name", given_name)
    await desk.write("Family name", "Whitfield")
    await desk.write("Email", mailbox.contact)
    await desk.choose("Español" if desk.language == "es" else "English")
    await desk.press("Add case manager")
    await desk.is_titled(f"{given_name} Whitfield")
    await desk.press("Login Information")


async def activate(phone: Window, agency, mailbox: Mailbox, *, count: int = 1) -> None:
    """Sets the first password by the newest message; the first page follows."""
    await phone.open(f"/o/{agency.slug}/activate/{mailbox.link('activate', count=count)}")
    await phone.write("New password", PASSWORD)
    await phone.press("Set the password")
    await phone.sees("Nothing waits for you.")


async def says(window: Window, words: str) -> bool:
    """Whether the open page, loaded anew, says this."""
    await window.page.reload()
    return await window.page.get_by_text(window.say(words)).count() > 0


async def is_out(window: Window) -> bool:
    await window.open("/cm")
    return "/sign-in" in window.path


@pytest.mark.parametrize("way", WAYS)
async def test_a_login_is_enabled_used_reset_and_taken_away(stack, agency, open_window, way):
    """PO-06, CM-01, CM-02, CM-03, CM-05: from the first company to a session that ends, and back by Undo."""
    mailbox = Mailbox(stack, fresh_email())
    desk = await desk_of(open_window, agency, way)
    await desk.press("Add case manager")
    await desk.press("Add company")
    await desk.write("Name", "Harbor Insurance")
    await desk.press("Add company")
    await desk.is_titled("Harbor Insurance")
    await desk.press("Add case manager")
    await add(desk, "Ana", mailbox)
    await desk.choose("Enable Login")
    await desk.press("Save")
    await desk.sees("The login is enabled, and its activation message is on its way.")
    await eventually(lambda: says(desk, "Activation link good until"))

    phone = await phone_of(open_window, way)
    await activate(phone, agency, mailbox)
    await expect(phone.page.locator("h1")).to_contain_text("Ana Whitfield")
    await phone.sees("Harbor Insurance")
    await eventually(lambda: says(desk, "This person can sign in."))

    await desk.press("Reset password")
    await desk.sees("A message for a new password is on its way. It is good for 24 hours.")
    assert mailbox.link("reset", count=2)

    await desk.choose("Enable Login")
    await desk.press("Save")
    await desk.sees("All devices of this person are signed out at once, and there is no way in until you enable it.")
    await desk.press("Disable")
    await desk.sees("The login is disabled.")
    await eventually(lambda: is_out(phone))
    await desk.press("Undo")
    await desk.sees("The login is enabled.")
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    await phone.sees("Nothing waits for you.")

    await desk.press("History")
    lines = desk.page.locator(".timeline > li")
    await expect(lines).to_have_count(5)
    await expect(lines.nth(1)).to_contain_text(desk.say("Login disabled"))
    await expect(lines.nth(1)).to_contain_text("Dana Brooks")


@pytest.mark.parametrize("way", WAYS)
async def test_a_login_is_offered_answered_and_enabled(stack, agency, open_window, way):
    """PO-06, CM-04, CM-11: asked by email, a no is taken back by a yes, which is a task until the login is enabled."""
    company = agency.admin.post("/v1/companies", name="Harbor Insurance")["id"]
    mailbox = Mailbox(stack, fresh_email())
    desk = await desk_of(open_window, agency, way)
    await desk.press("Add case manager")
    await add(desk, "Ben", mailbox)
    await desk.choose("Offer Online Account")
    await desk.press("Save")
    await desk.sees("The message that asks whether this person wants a login is on its way.")

    phone = await phone_of(open_window, way)
    await phone.open(f"/offer/{mailbox.link('offer')}")
    await phone.is_titled("Would you like a login?")
    await phone.press("No, thank you")
    await phone.is_titled("You said no")
    await eventually(lambda: says(desk, "This person said that they do not want a login."))
    await phone.press("Yes, please")
    await phone.is_titled("Thank you, you said yes")

    await desk.open("/start")
    await desk.press("open tasks")
    await desk.sees("Said yes to the offer of a login.")
    await expect(desk.page.get_by_role("row").nth(1)).to_contain_text("Harbor Insurance")
    await desk.hand.press(desk.page.get_by_role("rowheader").get_by_role("link"))
    await desk.sees("This person said yes to a login. Please enable it.")
    await desk.choose("Enable Login")
    await desk.press("Save")
    await desk.sees("The login is enabled, and its activation message is on its way.")
    await desk.open("/tasks")
    await desk.sees("Nothing is to be done.")
    await phone.page.reload()
    await phone.is_titled("Your login is there")
    await activate(phone, agency, mailbox, count=2)

    await desk.open(f"/case-managers?company={company}")
    await expect(desk.page.get_by_role("rowheader")).to_have_text(["Ben Whitfield"])
    await desk.press("Login Users")
    await desk.is_titled("Login Users")
    await desk.sees("Harbor Insurance")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_yes_gives_the_login_at_once_where_that_is_set(stack, agency, open_window, language):
    """CM-04: with the setting a yes makes the login, and its message brings the person in; nobody has a task."""
    desk = await desk_of(open_window, agency, Way(hand=Pointer(), language=language))
    await desk.press("Settings")
    # The area of bookings in the header has the same name.
    await desk.hand.press(desk.page.get_by_role("main").get_by_role("link", name=desk.say("Bookings"), exact=True))
    await desk.choose("Who says yes to the offer of a login gets it at once")
    await desk.press("Save")
    await desk.sees("Saved. It holds from now on.")
    company = agency.admin.post("/v1/companies", name="Harbor Insurance")["id"]
    mailbox = Mailbox(stack, fresh_email())
    person = agency.admin.post(
        "/v1/case-managers",
        companyId=company,
        caseManager={"givenName": "Chiara", "familyName": "Whitfield", "email": mailbox.contact, "language": language},
    )
    agency.admin.post(f"/v1/case-managers/{person['id']}:offerLogin")

    phone = await phone_of(open_window, Way(hand=Pointer(), language=language))
    await phone.open(f"/offer/{mailbox.link('offer')}")
    await phone.press("Yes, please")
    await phone.is_titled("Your login is there")
    await activate(phone, agency, mailbox, count=2)
    await desk.open("/tasks")
    await desk.sees("Nothing is to be done.")
