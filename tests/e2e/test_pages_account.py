"""Accounts: signing in and out, forgotten passwords, first passwords, devices."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from chassis.testing.eventually import eventually
from tests.e2e.browser import PHONE
from tests.e2e.cases import entered
from tests.e2e.families import PASSWORD, Mailbox, Submission, by_code, fresh_email, fresh_phone, join
from tests.e2e.hands import Keyboard, Pointer
from tests.e2e.people import ADMIN_PASSWORD

NEW_PASSWORD = "eleven paper windmills"


@pytest.fixture
async def phone(open_window):
    """A family's browser."""
    return await open_window(width=PHONE)


@pytest.mark.parametrize("hand", [Pointer(), Keyboard()], ids=["by-pointer", "by-keyboard"])
async def test_a_forgotten_password_by_email(stack, agency, anybody, open_window, hand):
    """PO-03, ID-07: the link of the email sets a new password once; a second time it offers another message."""
    case = entered(stack, agency)
    case.join(anybody)
    phone = await open_window(width=PHONE, hand=hand)
    await phone.open("/family/sign-in")
    await phone.press("Forgot password")
    await phone.write("Email address or phone number", case.mailbox.contact)
    await phone.press("Send the message")
    await phone.is_titled("Check your email")
    link = f"/family/reset/{case.mailbox.link('reset', count=2)}"
    await phone.open(link)
    await phone.write("New password", "short")
    await phone.press("Set the password")
    await expect(phone.problem).to_be_focused()
    await phone.write("New password", NEW_PASSWORD)
    await phone.press("Set the password")
    await phone.sees("Your new password is set, and you are signed in.")
    await phone.is_titled("My applications")

    await phone.open(link)
    await phone.is_titled("This link does not work any more")
    await phone.press("Send a new message")
    await phone.is_titled("Forgot password")


async def test_a_forgotten_password_by_sms(stack, agency, anybody, phone):
    """PO-03, ID-07: a family whose username is a phone number types the code of an SMS where it asked for it."""
    mailbox = Mailbox(stack, fresh_phone())
    case = entered(stack, agency, Submission(phone=mailbox.contact, preferred="SMS"))
    join(anybody, by_code(mailbox.code(), case.number))
    await phone.open("/family/forgot")
    await phone.write("Email address or phone number", mailbox.contact)
    await phone.press("Send the message")
    await phone.sees(
        "If there is an account for this number, an SMS with a code is on its way. The code is valid for %(life)s.",
        life="1 hour",
    )
    await expect(phone.field("Phone number")).to_have_value(mailbox.contact)
    for code, is_right in (("0000-0000", False), (mailbox.code(count=2), True)):
        await phone.write("Code from the SMS", code)
        await phone.write("New password", NEW_PASSWORD)
        await phone.press("Set the new password")
        await phone.sees(
            "Your new password is set, and you are signed in."
            if is_right
            else "This link or code does not work. It was used, or a newer one has taken its place."
        )
    await phone.is_titled("My applications")


async def test_a_member_of_staff_begins(stack, agency, open_window):
    """PO-03, ID-03: the link of the activation sets the first password; the pages then speak the person's language."""
    mailbox = Mailbox(stack, fresh_email())
    agency.admin.post(
        "/v1/login-users", role="STAFF", username=mailbox.contact, displayName="Rosa Delgado", language="es"
    )
    link = f"/o/{agency.slug}/activate/{mailbox.link('activate')}"
    desk = await open_window()
    await desk.open(link)
    await desk.is_titled("Activate your account")
    await desk.write("New password", PASSWORD)
    await desk.press("Set the password")
    await desk.sees("Su cuenta está lista y la sesión está iniciada.")
    await expect(desk.page.locator("h1")).to_have_text("Inicio")
    await desk.open("/account")
    await desk.sees("Rosa Delgado")
    await replace(desk, language="es").sign_out()
    await desk.open(link)
    await desk.is_titled("This link does not work any more")


async def test_signing_out(desk, agency):
    """PO-03, ID-06: after signing out nothing is seen any more, by the button Back neither, but one's own sign-in."""
    await desk.sign_out()
    await desk.sees("You are signed out.")
    assert f"/o/{agency.slug}/sign-in" == desk.path
    await desk.page.go_back()
    await desk.is_titled("Sign in")
    await desk.open("/account")
    await desk.sees("Please sign in first.")
    assert f"/o/{agency.slug}/sign-in?next=%2Faccount" == desk.path


async def test_a_session_that_was_ended_elsewhere(stack, agency, desk):
    """PO-03, ID-06: whoever was signed out meanwhile signs in again, and is back where they were going."""
    case = entered(stack, agency)
    await desk.open(case.page)
    agency.admin.post("/v1/me/sessions:revokeOthers")
    await eventually(lambda: _sent_to_sign_in(desk, f"{case.page}?page="))
    await desk.sees("You have been signed out. Please sign in again.")
    await desk.sign_in("", agency.username, ADMIN_PASSWORD)
    await desk.is_titled("Application %(number)s", number=case.number)
    assert f"{case.page}?page=" == desk.path


async def _sent_to_sign_in(window, path):
    await window.open(path)
    return "/sign-in?next=" in window.path


async def test_other_devices_and_another_password(stack, agency, anybody, open_window, phone):
    """PO-03, ID-06, ID-09: a person signs another device out, and changes the password with the old one."""
    case = entered(stack, agency)
    case.join(anybody)
    library = await open_window()
    for window in (library, phone):
        await window.sign_in("/family", case.mailbox.contact, PASSWORD)
    await phone.hand.pick(phone.account, phone.link("My account"))
    await phone.sees("This device")
    await phone.press("Sign out all other devices")
    await phone.sees("All other devices are signed out.")
    await eventually(lambda: _sent_to_sign_in(library, "/applications"))

    for current, new, problem in (
        ("not the one", NEW_PASSWORD, "The current password is not right."),
        (PASSWORD, "short", "Please choose another password."),
    ):
        await phone.write("Current password", current)
        await phone.write("New password", new)
        await phone.press("Change password")
        await expect(phone.problem).to_have_text(problem)
        await expect(phone.problem).to_be_focused()
    phone = await phone.speaking("es")
    await phone.is_titled("My account")
    phone = await phone.speaking("en")
    await phone.write("Current password", PASSWORD)
    await phone.write("New password", NEW_PASSWORD)
    await phone.press("Change password")
    await phone.sees("Your password is changed, and all other devices are signed out.")
    anybody.sign_in("family", case.mailbox.contact, NEW_PASSWORD)


async def test_the_way_to_an_organization(agency, open_window):
    """PO-03, CASE-U4: staff find their sign-in by a part of the name of their organization; nothing found says so."""
    desk = await open_window()
    await desk.open("/")
    await desk.press("Find my organization")
    await desk.write("Name of your organization", "zubizarreta")
    await desk.press("Search")
    await desk.sees("No organization was found.")
    await desk.write("Name of your organization", agency.slug.upper())
    await desk.press("Search")
    await desk.press(agency.name)
    await desk.is_titled("Sign in")
    assert f"/o/{agency.slug}/sign-in" == desk.path


async def test_the_way_to_an_organization_by_email(stack, new_agency, open_window):
    """CASE-U4, ID-07: who knows only their address is sent each sign-in, once for all, and gets in by it."""
    first, email = new_agency(), fresh_email()
    second = new_agency()
    for agency in (first, second):
        login = {"role": "STAFF", "username": email, "displayName": "Noor Haddad", "language": "es"}
        agency.admin.post("/v1/login-users", **login)
    mailbox = Mailbox(stack, email)
    mailbox.text(count=2)  # the activations
    desk = await open_window(width=PHONE)
    await desk.open("/sign-in")
    await desk.write("Email", email.upper())
    await desk.press("Send the message")
    await desk.is_titled("Check your email")
    message = mailbox.text(count=3)
    assert "Dónde iniciar sesión" == mailbox.subject(count=3)
    addresses = [line for line in message.splitlines() if line.endswith("/sign-in")]
    assert [f"{stack.gateway}/o/{agency.slug}/sign-in" for agency in (second, first)] == addresses
    assert all(agency.name in message for agency in (first, second))
    await desk.open(addresses[0].removeprefix(stack.gateway))
    await desk.sees(second.name)
    await desk.press("Help with passwords")
    await desk.is_titled("Help with passwords")
