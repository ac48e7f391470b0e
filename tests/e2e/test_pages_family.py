"""Families with an invitation in their hand, at the width of a phone."""

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.cases import entered, expire
from tests.e2e.families import PASSWORD, Submission, fresh_email, fresh_phone
from tests.e2e.hands import Keyboard, Pointer


@pytest.fixture
async def phone(open_window):
    """A family's browser."""
    return await open_window(width=PHONE)


@pytest.mark.parametrize("hand", [Pointer(), Keyboard()], ids=["by-pointer", "by-keyboard"])
async def test_a_code_is_typed(stack, agency, open_window, hand):
    """PO-02, AP-09: a code counts with its own number; a wrong number and an unknown code are told apart."""
    case = entered(stack, agency, Submission(phone=fresh_phone(), preferred="SMS"))
    code = case.mailbox.code()
    phone = await open_window(width=PHONE, hand=hand)
    await phone.open("/")
    await phone.press("Type a code")
    for typed, number, problem in (
        (code, "A-999999", "The code and the application number do not belong together. Please check both."),
        (
            "00000-00000",
            case.number,
            "We do not know this invitation. Please check what you typed, or open the link again.",
        ),
    ):
        await phone.write("Code", typed)
        await phone.write("Application number", number)
        await phone.press("Go on")
        await expect(phone.problem).to_have_text(problem)
        await expect(phone.problem).to_be_focused()
        await expect(phone.field("Code")).to_have_value(typed)
        await expect(phone.field("Application number")).to_have_value(number)

    await phone.write("Code", code.lower().replace("-", " "))
    await phone.write("Application number", case.number.lower())
    await phone.press("Go on")
    await phone.is_titled("Your application online")
    await phone.write("New password", "short")
    await phone.press("Make my account")
    await expect(phone.problem).to_have_text("Please choose another password.")
    await expect(phone.problem).to_be_focused()
    await phone.write("New password", PASSWORD)
    await phone.press("Make my account")
    await phone.is_titled("Application %(number)s", number=case.number)
    assert case.mailbox.contact == case.guardian["accountUsername"]


async def test_an_expired_invitation_has_one_button(stack, agency, phone):
    """PO-02, AP-10: after its end an invitation offers a new one, which goes to the same contact, and works."""
    case = entered(stack, agency)
    old = case.link()
    expire(stack, case)
    await phone.open(old)
    await phone.is_titled("This invitation has expired")
    await expect(phone.page.locator("main").get_by_role("button")).to_have_text(["Send me a new one"])
    await phone.press("Send me a new one")
    await phone.is_titled("Check your messages")
    await phone.open(case.link(count=2))
    await phone.is_titled("Your application online")
    await phone.open(old)
    await phone.is_titled("There is a newer invitation")


async def test_an_invitation_that_ended_says_how(stack, agency, anybody, phone):
    """CASE-A12, PO-02, AP-08: withdrawn, replaced, used and unknown invitations each say so, and what to do."""
    withdrawn, replaced, used = (entered(stack, agency) for _ in range(3))
    links = [case.link() for case in (withdrawn, replaced, used)]
    withdrawn.do("revokeInvitation")
    replaced.do("reinvite")
    used.join(anybody)
    titles = ["This invitation was withdrawn", "There is a newer invitation", "This invitation was used already"]
    for link, title in zip(links, titles, strict=True):
        assert 200 == await phone.open(link)
        await phone.is_titled(title)
    await phone.write("Email address or phone number", used.mailbox.contact)
    await phone.write("Password", PASSWORD)
    await phone.press("Sign in")
    await phone.is_titled("Application %(number)s", number=used.number)
    await phone.open(links[-1])
    await phone.is_titled("Application %(number)s", number=used.number)
    await phone.open("/i/AaIbyrnud1")
    await phone.is_titled("We do not know this invitation")
    await phone.press("Type a code")
    await phone.is_titled("Type a code")


async def test_an_invitation_that_ends_under_the_form(stack, agency, phone):
    """PO-02, AP-05: whoever sends the form of an invitation that was replaced meanwhile is told so."""
    case = entered(stack, agency)
    await phone.open(case.link())
    case.do("reinvite")
    await phone.write("New password", PASSWORD)
    await phone.press("Make my account")
    await phone.is_titled("There is a newer invitation")


async def test_a_second_application_joins_by_signing_in(stack, agency, anybody, phone):
    """PO-02, PO-04, AP-09: a family that has an account signs in on the page of its next invitation, and has both."""
    first = entered(stack, agency)
    first.join(anybody)
    second = entered(stack, agency, Submission(email=first.mailbox.contact))
    await phone.open(second.link(count=2))
    await phone.write("Email address or phone number", first.mailbox.contact)
    await phone.write("Password", "not this one at all")
    await phone.press("Sign in and add it")
    await expect(phone.problem).to_have_text("The username or the password is not right.")
    await expect(phone.problem).to_be_focused()
    await phone.write("Password", PASSWORD)
    await phone.press("Sign in and add it")
    await phone.is_titled("Application %(number)s", number=second.number)
    await phone.press("My applications")
    cards = phone.page.locator("main").get_by_role("listitem")
    await expect(cards).to_contain_text([second.number, first.number])


async def test_a_second_application_joins_when_signed_in(stack, agency, anybody, phone):
    """PO-02, AP-09: a family that is signed in adds its next application with one button, whoever was invited."""
    first, second = entered(stack, agency), entered(stack, agency)
    first.join(anybody)
    await phone.sign_in("/family", first.mailbox.contact, PASSWORD)
    await phone.open(second.link())
    await phone.sees(f"You are signed in as {first.mailbox.contact}.")
    await phone.press("Add the application to my account")
    await phone.is_titled("Application %(number)s", number=second.number)
    assert first.mailbox.contact == second.guardian["accountUsername"]


async def test_an_account_of_another_contact(stack, agency, anybody, phone):
    """PO-02, AP-09: a family whose account has another contact signs in beside the form for a new one."""
    first, second = entered(stack, agency), entered(stack, agency)
    first.join(anybody)
    await phone.open(second.link())
    await phone.page.get_by_text("I have an account with another email address or phone number").click()
    await phone.write("Email address or phone number", first.mailbox.contact)
    await phone.write("Password", PASSWORD)
    await phone.press("Sign in and add it")
    await phone.is_titled("Application %(number)s", number=second.number)


async def test_an_invitation_speaks_the_familys_language(stack, agency, open_window):
    """PO-01, PO-02: an invitation in Spanish is read in Spanish, until the family chooses English, which stays."""
    case = entered(stack, agency, Submission(email=fresh_email(), language="es"))
    phone = await open_window(width=PHONE, accepts="en-US", language="es")
    await phone.open(case.link())
    await expect(phone.page.locator("h1")).to_have_text("Su solicitud en línea")
    await expect(phone.button("Make my account")).to_have_text("Crear mi cuenta")
    phone = await phone.speaking("en")
    await phone.is_titled("Your application online")
    await phone.write("New password", PASSWORD)
    await phone.press("Make my account")
    await phone.is_titled("Application %(number)s", number=case.number)
