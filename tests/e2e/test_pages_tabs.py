"""Two tabs of one browser, and forms whose session ends while they are filled in."""

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.cases import entered
from tests.e2e.families import PASSWORD, Submission, by_code, fresh_email, join
from tests.e2e.people import ADMIN_PASSWORD


@pytest.fixture
async def phone(open_window):
    """A family's browser."""
    return await open_window(width=PHONE)


async def test_another_tab_signs_in_as_somebody_else(stack, agency, anybody, phone):
    """CASE-A14: the button of a page that named one family links no other; the page names the other, and asks again."""
    first, second, asked = (entered(stack, agency) for _ in range(3))
    first.join(anybody)
    second.join(anybody)
    await phone.sign_in("/family", first.mailbox.contact, PASSWORD)
    await phone.open(asked.link())
    await phone.sees(f"You are signed in as {first.mailbox.contact}.")
    tab = await phone.beside()
    await tab.sign_out()
    await tab.sign_in("/family", second.mailbox.contact, PASSWORD)

    await phone.press("Add the application to my account")
    await expect(phone.problem).to_contain_text(second.mailbox.contact)
    assert "INVITED" == asked.guardian["linkState"]
    await phone.press("Add the application to my account")
    await phone.is_titled("Application %(number)s", number=asked.number)
    assert second.mailbox.contact == asked.guardian["accountUsername"]


async def test_a_form_outlives_its_session(agency, desk):
    """CASE-A15: what staff typed is there after they signed in again, and goes out only when they press the button."""
    await desk.open("/staff/applications/new")
    await desk.write("Given name", "Tomasa")
    await desk.write("Family name", "Quispe")
    await desk.write("Email", fresh_email())
    tab = await desk.beside()
    await tab.sign_out()
    await tab.is_titled("Sign in")

    await desk.press("Enter and invite")
    await desk.sees(
        "You were signed out meanwhile, so nothing was done. Please sign in again, and go on where you were."
    )
    await desk.sign_in("", agency.username, ADMIN_PASSWORD)
    await desk.is_titled("You are signed in again")
    await desk.press("Show the form")
    await desk.is_titled("New application")
    await expect(desk.field("Family name")).to_have_value("Quispe")
    await desk.press("Enter and invite")
    await desk.sees("The application is entered.")


async def test_a_family_whose_session_ends_is_linked(stack, agency, anybody, phone):
    """CASE-A15: a family that was adding an application signs in again, adds it, and Back leads to it as well."""
    first, asked = entered(stack, agency), entered(stack, agency)
    first.join(anybody)
    await phone.sign_in("/family", first.mailbox.contact, PASSWORD)
    await phone.open(asked.link())
    tab = await phone.beside()
    await tab.sign_out()
    await tab.is_titled("Sign in")

    await phone.press("Add the application to my account")
    await phone.sign_in("", first.mailbox.contact, PASSWORD)
    await phone.press("Add the application to my account")
    await phone.is_titled("Application %(number)s", number=asked.number)
    await phone.page.go_back()
    await phone.is_titled("Application %(number)s", number=asked.number)


async def test_a_british_number_in_a_british_browser(stack, new_agency, anybody, open_window):
    """CASE-A8: a family that registered with +44 7400 123456 signs in with 07400 123456, as one writes it there."""
    number = "+447400123456"
    case = entered(stack, new_agency(country="GB"), Submission(phone=number, preferred="SMS"))
    join(anybody, by_code(case.mailbox.code(), case.number))
    phone = await open_window(width=PHONE, accepts="en-GB")

    await phone.sign_in("/family", "07400 123456", PASSWORD)

    await phone.is_titled("My applications")


async def test_a_password_is_shown(phone):
    """CASE-A22: a button below the password shows what is typed, and hides it again; without scripts there is none."""
    await phone.open("/family/sign-in")
    await phone.write("Password", PASSWORD)
    await expect(phone.field("Password")).to_have_attribute("type", "password")
    for is_shown in (True, False):
        await phone.press("Show password")
        await expect(phone.button("Show password")).to_have_attribute("aria-pressed", str(is_shown).lower())
        await expect(phone.field("Password")).to_have_attribute("type", "text" if is_shown else "password")
