"""From the first place to a time that a case manager finds, and what specialists enter themselves."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE, Window
from tests.e2e.clinics import block, clinic_of, weekday_from
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Keyboard
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.ways import WAYS, opened

pytestmark = pytest.mark.long(seconds=90)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def agency(new_agency):
    """One that has no places yet."""
    return new_agency()


async def choose_day(window: Window, label: str, day: date) -> None:
    """Into a field that the browser draws: with keys in the order of its own language."""
    await _into(window, label, f"{day:%m%d%Y}", day.isoformat())


async def choose_time(window: Window, label: str, clock: time) -> None:
    await _into(window, label, f"{clock:%I%M%p}", f"{clock:%H:%M}")


async def _into(window: Window, label: str, keys: str, value: str) -> None:
    if isinstance(window.hand, Keyboard):
        await window.hand.focus(window.field(label))
        await window.page.keyboard.type(keys)
        await expect(window.field(label)).to_have_value(value)
    else:
        await window.write(label, value)


def case_manager_of(stack, agency, anybody) -> str:
    """Somebody who can sign in with `PASSWORD`."""
    admin, mailbox = agency.admin, Mailbox(stack, fresh_email())
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    known = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "language": "en"}
    person = admin.post("/v1/case-managers", companyId=company, caseManager=known)
    admin.post(f"/v1/case-managers/{person['id']}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    return mailbox.contact


@pytest.mark.parametrize("way", WAYS)
async def test_a_specialist_can_be_booked_where_and_when_staff_say(stack, agency, anybody, open_window, way):
    """PO-06, PO-07, CM-06: a place, a specialist, times that repeat, a date left out; who looks for a time finds it."""
    first = weekday_from(datetime.now(CHICAGO).date() + timedelta(days=3))
    desk = await opened(open_window, agency, way, agency.username, ADMIN_PASSWORD)
    await desk.press("Scheduling")
    await desk.press("Places")
    await desk.press("Add place")
    await desk.write("Name", "Riverside Clinic")
    await desk.press("Add place")
    await desk.sees("The place is added. Specialists can be seen there from now on.")

    await desk.press("Specialists")
    await desk.press("Add specialist")
    await desk.write("Given name", "Rui")
    await desk.write("Family name", "Zhang")
    await desk.hand.press(desk.page.locator("input[name=specialties][value=ORTHOPAEDICS]"))
    await desk.choose("In person")
    await desk.choose("Riverside Clinic")
    await desk.press("Add specialist")
    await desk.is_titled("Rui Zhang")

    await desk.press("Availability")
    await desk.sees("No times yet")
    await choose_day(desk, "Day", first)
    await choose_time(desk, "From", time(9))
    await choose_time(desk, "To", time(12))
    await desk.press("Add time")
    await desk.sees("The times are entered, and can be booked from now on.")
    await desk.hand.press(desk.page.locator("main .rows a").first)
    await desk.hand.press(desk.page.locator(f"input[name=weekdays][value='{first.isoweekday()}']"))
    await choose_day(desk, "Until", first + timedelta(days=28))
    await desk.press("Save")
    await desk.sees("The times are changed.")
    await desk.hand.press(desk.page.locator("main .rows a").nth(1))
    await choose_day(desk, "Day", first + timedelta(days=7))
    await desk.press("Save")
    await desk.sees("The date is changed.")

    username = case_manager_of(stack, agency, anybody)
    phone = await opened(open_window, agency, way, username, PASSWORD, width=PHONE)
    await phone.open(f"/cm/slots?from={first.isoformat()}&to={(first + timedelta(days=14)).isoformat()}")
    await phone.sees("Books at once")
    await expect(phone.page.locator("main .rows > li")).to_have_count(6)
    await expect(phone.page.locator("main .rows > li").first).to_contain_text("Rui Zhang · Riverside Clinic")

    await desk.press("Scheduling")
    await desk.press("Calendar")
    await expect(desk.page.get_by_role("rowheader")).to_have_text(["Rui Zhang"])
    await desk.hand.press(desk.page.get_by_role("rowheader").get_by_role("link"))
    await desk.press("Deactivate")
    await desk.hand.press(desk.button("Deactivate"))
    await desk.sees("The specialist is inactive.")
    await phone.page.reload()
    await phone.sees("No free time in these weeks.")
    await desk.press("Undo")
    await desk.sees("The specialist is active.")
    await phone.page.reload()
    await phone.sees("Books at once")


@pytest.mark.parametrize("way", WAYS)
async def test_specialists_enter_their_own_times(stack, agency, anybody, open_window, way):
    """PO-08, CM-06: on a phone a specialist sees the day, enters times and time off, and takes both back."""
    clinic = clinic_of(stack, agency, anybody)
    phone = await opened(open_window, agency, way, clinic.username, PASSWORD, width=PHONE)
    assert "/sp" == phone.path
    await phone.sees("No appointments today.")
    await phone.open("/sp/availability")
    await expect(phone.page.locator("main .rows > li")).to_have_count(2)
    await phone.hand.press(phone.page.locator("main .rows > li").last.get_by_role("link").last)
    await phone.press("Remove")
    await phone.sees("The times are removed.")
    await expect(phone.page.locator("main .rows > li")).to_have_count(1)

    await phone.press("Time off")
    await expect(phone.page.locator("main .rows > li")).to_have_count(1)
    first = date.fromisoformat(block()["startDate"])
    await choose_day(phone, "First day", first)
    await phone.press("Add time off")
    await phone.sees("The time off is entered. Nobody can book it.")
    await expect(phone.page.locator("main .rows > li")).to_have_count(2)
    slots = (
        f"/v1/slots?startTime={first.isoformat()}T06:00:00Z&endTime={(first + timedelta(days=1)).isoformat()}T06:00:00Z"
    )
    assert [] == agency.admin.get(slots).get("slots", [])
    await phone.hand.press(phone.page.locator("main .rows > li").first.get_by_role("link"))
    await phone.press("Remove")
    await phone.sees("The time can be booked again.")
    assert 3 == len(agency.admin.get(slots)["slots"])
