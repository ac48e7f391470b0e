"""History in a browser: a case manager finds what was booked, page by page, and takes it home."""

import csv
import io
from typing import Any

import openpyxl
import pypdf
import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE, Window
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Pointer
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.practices import taken_home

pytestmark = pytest.mark.long(seconds=120)


@pytest.fixture
def office(stack, new_agency, anybody) -> tuple[Any, Mailbox]:
    """A provider, and Ana, who has asked for 26 appointments of Noah Tran and one of Yuki Sato."""
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "timeZone": "America/Chicago"}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    for given_name, family_name, count in (("Yuki", "Sato", 1), ("Noah", "Tran", 26)):
        subject = {"givenName": given_name, "familyName": family_name}
        written = {"caseManagerId": ana, "subject": subject, "serviceType": "IME", "companyFileNumber": "0815"}
        case = admin.post("/v1/cases", case=written)["id"]
        for _ in range(count):
            booking = admin.post("/v1/bookings", caseId=case, wishes={"windows": []})["id"]
            admin.post(f"/v1/bookings/{booking}:cancel", kind="NO_FEE", reason="CLIENT_REQUEST")
    return agency, mailbox


async def exported(window: Window, ending: str) -> bytes:
    """The file of the menu, whose name says what it is."""
    name, content = await taken_home(window, ending)
    assert name.startswith("bookings-20")
    assert name.endswith(f".{ending}")
    return content


@pytest.mark.parametrize(
    ("language", "has_scripts"), [("en", True), ("es", False)], ids=["in-English", "in-Spanish-without-scripts"]
)
async def test_what_was_booked_is_found_and_taken_home(office, open_window, language, has_scripts):
    """PO-07, CM-14: a second page, a search, one booking; and all that is found as a file of each kind."""
    agency, mailbox = office
    phone: Window = await open_window(hand=Pointer(), has_scripts=has_scripts, width=PHONE)
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    phone = await phone.speaking(language)
    await phone.open("/cm/history")
    rows = phone.page.locator("#results tbody tr")
    await expect(rows).to_have_count(25)
    await phone.press("Next page")
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("Yuki Sato")

    await phone.open("/cm/history?query=sato")
    await expect(rows).to_have_count(1)
    lines = list(csv.reader(io.StringIO((await exported(phone, "csv")).decode("utf-8-sig"), newline="")))
    assert [("Booking", "Company file number"), ("B-000001", "0815")] == [(line[0], line[2]) for line in lines]
    sheet = openpyxl.load_workbook(io.BytesIO(await exported(phone, "xlsx"))).worksheets[0]
    assert ["B-000001", "0815"] == [sheet["A2"].value, sheet["C2"].value]
    [page] = pypdf.PdfReader(io.BytesIO(await exported(phone, "pdf"))).pages
    assert "Yuki Sato" in page.extract_text()


async def test_staff_find_it_beside_the_board(office, open_window):
    """PO-06, CM-14: from the board to the history, narrowed by a state, with as many rows in the file as were found."""
    agency, _ = office
    desk: Window = await open_window(hand=Pointer(), width=1280)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.open("/staff/bookings/list")
    await desk.press("History")
    await desk.open("/staff/history?state=CANCELLED&when=past")
    await desk.sees("Nothing found.")
    await desk.open("/staff/history?state=CANCELLED&order=number")
    lines = (await exported(desk, "csv")).decode("utf-8-sig").splitlines()
    assert 28 == len(lines)
    assert ["B-000001", "B-000027"] == [lines[1][:8], lines[-1][:8]]
