"""A task goes from the staff who write it down to the case manager who does it, and back."""

import pytest

from portal.core.i18n import NC_
from tests.e2e.browser import PHONE
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.insurers import days_on
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=20)
TITLE = "Send the claim form"


@pytest.mark.parametrize(
    ("language", "has_scripts"), [("en", True), ("es", False)], ids=["with-scripts", "without-scripts-in-Spanish"]
)
async def test_a_task_is_written_down_done_and_handed_back(
    stack, new_agency, anybody, open_window, language, has_scripts
):
    """PO-06, PO-07, CM-11: each sees what is theirs; what is done can be opened again, and taken over by staff."""
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    company = agency.admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "language": language}
    ana = agency.admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    agency.admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)

    desk = await open_window(has_scripts=has_scripts)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    desk = await desk.speaking(language)
    await desk.press("open tasks")
    await desk.sees("Nothing is to be done.")
    await desk.open(f"/case-managers/{ana}/tasks")
    await desk.press("Add task")
    await desk.write("What is to be done", TITLE)
    await desk.write("Due", days_on(4))
    await desk.press("Add task")
    await desk.sees("The task is written down.")

    phone = await open_window(width=PHONE, accepts=language, language=language, has_scripts=has_scripts)
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    await phone.press(TITLE)
    await phone.press("Done by hand")
    await phone.sees("The task is done.")
    await phone.sees("Nothing waits for you.")
    await phone.press("Undo")
    await phone.sees("The task is open again.")
    await phone.press("All tasks")
    await phone.press("Done by hand")
    await phone.sees("All done.")

    await desk.open("/tasks?whose=all&state=DONE")
    await desk.press("Open again")
    await desk.sees("The task is open again.")
    await desk.open("/tasks?whose=all")
    await desk.press("Take over")
    await desk.sees("The task is yours now.")
    await desk.press(NC_("tasks", "Mine"))
    await desk.sees(TITLE)
    await phone.open("/cm/tasks")
    await phone.sees("All done.")
