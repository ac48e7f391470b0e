"""Reports in a browser: the specialist files one, the case manager reads it, and staff take it back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from chassis.testing.eventually import eventually
from tests.e2e.browser import PHONE
from tests.e2e.clinics import clinic_of
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.tenants import PDF, begun
from tests.e2e.ways import WAYS, opened

pytestmark = pytest.mark.long(seconds=150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A clinic, and Ana, a case manager with an appointment of Noah Tran's that has begun."""

    agency: Any
    clinic: Any
    ana: Mailbox
    booking: str


@pytest.fixture
async def practice(stack, new_agency, anybody) -> Practice:
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    admin, clinic = agency.admin, clinic_of(stack, agency, anybody)
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "timeZone": "America/Chicago"}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    parties = [{"role": "REPORT_RECIPIENT", "name": "Sol Ictor", "email": fresh_email()}]
    case = {"caseManagerId": ana, "subject": {"givenName": "Noah", "familyName": "Tran"}, "parties": parties}
    booking = await begun(admin, admin.post("/v1/cases", case=case)["id"], clinic.zhang)
    return Practice(agency=agency, clinic=clinic, ana=mailbox, booking=booking)


@pytest.mark.parametrize("way", WAYS)
async def test_a_report_is_filed_read_and_taken_back(practice, open_window, way, tmp_path: Path):
    """PO-08, PO-09, CM-13: filed by the specialist, downloaded whole by the case manager, withdrawn by staff."""
    content, file = PDF + b"% the left knee\n" * 50_000, tmp_path / "Knee.pdf"
    file.write_bytes(content)
    doctor = await opened(open_window, practice.agency, way, practice.clinic.username, PASSWORD, width=PHONE)
    await doctor.open(f"/sp/bookings/{practice.booking}")
    await doctor.press("File the report")
    await doctor.sees("Filing the report says that the person came.")
    await doctor.hand.press(doctor.page.locator("label").filter(has_text="Sol Ictor").locator("input"))
    await doctor.page.locator("input[type=file]").set_input_files(file)
    await doctor.press("File the report")
    await doctor.sees("The report has arrived. It is checked for viruses, then those who get it are told.")
    admin = practice.agency.admin
    reports = f"/v1/bookings/{practice.booking}/reports"
    await eventually(lambda: admin.get(reports)["reports"][0]["state"] == "CLEAN", timeout=30)
    assert ["Ana Whitfield"] == [each["name"] for each in admin.get(reports)["reports"][0]["recipients"]]

    phone = await opened(open_window, practice.agency, way, practice.ana.contact, PASSWORD, width=PHONE)
    await phone.sees("Reports that are new to you")
    await phone.press("All new reports")
    await phone.sees("New")
    link = phone.page.get_by_role("link", name=phone.say("Download version %(number)s", number="1"), exact=True)
    async with phone.page.expect_download() as started:
        await phone.hand.press(link)
    download = await started.value
    saved = await download.path()
    assert ("Knee.pdf", content) == (download.suggested_filename, saved.read_bytes())

    desk = await opened(open_window, practice.agency, way, practice.agency.username, ADMIN_PASSWORD, width=1280)
    await desk.open(f"/staff/bookings/{practice.booking}/reports")
    words = desk.say("Recipients and downloads of version %(number)s", number="1")
    await desk.hand.press(desk.page.get_by_role("link", name=words, exact=True))
    await desk.sees("Downloaded by %(name)s", name="Ana Whitfield")
    await desk.press("Withdraw this version")
    await desk.write("Why? Staff and the specialist read it.", "Another person’s knee")
    await desk.press("Withdraw")
    await desk.sees("The version is withdrawn. Below stands who had downloaded it.")

    await phone.open("/cm/reports")
    await expect(
        phone.page.get_by_role("link", name=phone.say("Download version %(number)s", number="1"))
    ).to_have_count(0)
    await phone.sees("Withdrawn")
