"""An organization says who it is, and families read it wherever they look."""

from email.message import EmailMessage

from local_stack.mail import plain_text
from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.people import ADMIN_PASSWORD

CALL = 'a[href="tel:+13125550142"]'


def _speaks(message: EmailMessage, name: str) -> bool:
    """Whether an email comes from this organization, with its phone, and goes back to it."""
    is_from = (name, "office@maple.example") == (message["From"].addresses[0].display_name, message["Reply-To"])
    return is_from and "(312) 555-0142" in plain_text(message) and "Portico" not in plain_text(message)


async def test_families_know_whom_to_call(stack, new_agency, anybody, open_window):
    """CASE-U5, CASE-U6, CASE-M18: what an administrator writes stands in mails, on pages and in the password's mail."""
    agency = new_agency()
    desk = await open_window()
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.open("/settings")
    await desk.write("Phone", "312 555 0142")
    await desk.write("Email", "office@maple.example")
    await desk.write("Hours", "Mon to Fri, 8 am to 5 pm")
    await desk.page.locator("input[type=color]").fill("#ffe100")
    await desk.sees("Shown as #807100, so that everybody can read it.")
    await desk.press("Save")
    await desk.sees("Saved. Pages and messages show it within a minute.")
    await desk.page.locator(f"footer {CALL}").wait_for()

    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    assert _speaks(stack.inbox.wait_for_message(mailbox.contact), agency.name)
    token = mailbox.link("i")
    family = await open_window()
    await family.open(f"/i/{token}")
    await family.page.locator(f"footer {CALL}").wait_for()

    join(anybody, by_token(token))
    anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    assert _speaks(stack.inbox.wait_for_message(mailbox.contact, count=2), agency.name)


async def test_an_organization_is_found_until_it_says_otherwise(new_agency, anybody, open_window):
    """CASE-U4, ID-01: an administrator copies the address of the sign-in, and takes the organization off the list."""
    agency = new_agency()
    agency.admin(
        "PATCH", "/v1/me/organization", organization={"phone": "+13125550142"}
    )  # whoever serves forgets whom it has listed
    [found] = anybody.get(f"/v1/organizations?query={agency.slug}")["organizations"]
    assert {"slug": agency.slug, "name": agency.name} == found
    desk = await open_window()
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.open("/settings")
    await desk.press("Copy")
    await desk.sees("Copied")
    assert f"{desk.gateway}/o/{agency.slug}/sign-in" == await desk.page.evaluate("navigator.clipboard.readText()")

    await desk.choose("People can find us by our name where they look for their sign-in page")
    await desk.press("Save")
    await desk.sees("Saved. Pages and messages show it within a minute.")
    assert [] == anybody.get(f"/v1/organizations?query={agency.slug}").get("organizations", [])
    assert agency.name == anybody.get(f"/v1/organizations/{agency.slug}")["name"]
