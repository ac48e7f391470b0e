"""Reports in a browser: the specialist files one, the case manager reads it, and staff take it back."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.families import PASSWORD
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.practices import Practice, downloaded_report, practice_of
from tests.e2e.tenants import PDF
from tests.e2e.ways import WAYS, opened

pytestmark = pytest.mark.long(seconds=150)


@pytest.fixture
async def practice(stack, new_agency, anybody) -> Practice:
    return await practice_of(stack, new_agency(), anybody, has_begun=True)


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
    [report] = await practice.have_reports(1)
    assert ["Ana Whitfield"] == [each["name"] for each in report["recipients"]]

    phone = await opened(open_window, practice.agency, way, practice.ana.contact, PASSWORD, width=PHONE)
    await phone.sees("Reports that are new to you")
    await phone.press("All new reports")
    await phone.sees("New")
    assert ("Knee.pdf", content) == await downloaded_report(phone, 1)

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
