"""Cases in a browser: a case manager adds one, staff add what may be the same, change it and close it."""

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=60)


@pytest.mark.parametrize(("language", "has_scripts"), [("en", True), ("es", True), ("en", False)])
async def test_a_case_is_added_looked_at_twice_and_closed(
    stack, new_agency, anybody, open_window, language, has_scripts
):
    """PO-06, PO-07, CM-07: what may be the same is shown before it is saved, on a phone and on a desk."""
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "language": language}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)

    phone = await open_window(width=PHONE, accepts=language, language=language, has_scripts=has_scripts)
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    await phone.open("/cm/cases")
    await phone.sees("There is no case yet.")
    await phone.press("Add case")
    await phone.write("Given name", "Noah")
    await phone.write("Family name", "Tran")
    await phone.press("Add case")
    await phone.sees("The case is added.")
    await phone.is_titled("Noah Tran")

    desk = await open_window(has_scripts=has_scripts)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    desk = await desk.speaking(language)
    await desk.open(f"/staff/cases/new?case_manager={ana}")
    await desk.write("Given name", "Noah")
    await desk.write("Family name", "Tran")
    await desk.press("Add case")
    await desk.sees("The person is the same.")
    await desk.press("Save it all the same")
    await desk.sees("The case is added.")
    await desk.press("Change")
    await desk.write("Note", "Prefers mornings.")
    await desk.press("Save")
    await desk.sees("Prefers mornings.")
    await desk.open("/staff/cases?query=tran")
    await expect(desk.page.get_by_role("rowheader")).to_have_text(["C-000002", "C-000001"])
