"""Bookings in a browser: a case manager on a phone, staff at a desk, and the specialist who is booked."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from chassis.testing.eventually import eventually
from tests.e2e.browser import PHONE, Window
from tests.e2e.clinics import clinic_of
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.test_pages_case_managers import says
from tests.e2e.ways import WAYS, Way, opened

pytestmark = pytest.mark.long(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A clinic, and Ana, a case manager with a case about Noah Tran."""

    agency: Any
    clinic: Any
    ana: Mailbox
    ben: Mailbox
    """A colleague of her unit."""
    case: str

    @property
    def weeks(self) -> str:
        """The part of an address that looks for times from the clinic's first day on."""
        first = date.fromisoformat(self.clinic.first_day)
        return f"from={first.isoformat()}&to={(first + timedelta(days=4)).isoformat()}"


@pytest.fixture
def office(stack, new_agency, anybody) -> Office:
    agency = new_agency()
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    unit = admin.post(f"/v1/companies/{company}/business-units", name="North")["id"]

    def person(name: str) -> tuple[str, Mailbox]:
        box = Mailbox(stack, fresh_email())
        known = {"familyName": "Whitfield", "timeZone": "America/Chicago", "businessUnitId": unit}
        manager = {"givenName": name, "email": box.contact, **known}
        made = str(admin.post("/v1/case-managers", companyId=company, caseManager=manager)["id"])
        admin.post(f"/v1/case-managers/{made}:enableLogin")
        anybody.post("/v1/auth/activate", token=box.link("activate"), password=PASSWORD)
        return made, box

    (ana, anas_box), (_, bens_box) = person("Ana"), person("Ben")
    subject = {"givenName": "Noah", "familyName": "Tran"}
    case = admin.post("/v1/cases", case={"caseManagerId": ana, "subject": subject, "serviceType": "IME"})["id"]
    return Office(agency=agency, clinic=clinic_of(stack, agency, anybody), ana=anas_box, ben=bens_box, case=case)


def first_time(window: Window, words: str) -> Locator:
    """What is to be pressed at the first free time."""
    return window.page.locator("#results").get_by_role("link", name=window.say(words), exact=True).first


@pytest.mark.parametrize("way", WAYS)
async def test_a_time_is_booked_at_once(office, open_window, way):
    """PO-07, PO-08, CM-08: the case, a free time, one look; it is confirmed, and the specialist and staff see it."""
    phone = await opened(open_window, office.agency, way, office.ana.contact, PASSWORD, width=PHONE)
    await phone.open("/cm/bookings")
    await phone.sees("No bookings yet.")
    await phone.press("Request a booking")
    await phone.press("Noah Tran")
    await phone.open(f"/cm/request?case={office.case}&{office.weeks}")
    await phone.hand.press(first_time(phone, "Book"))
    await phone.sees("This time is booked at once.")
    await phone.press("Book")
    await phone.sees("It is booked. Everybody gets a message.")
    await phone.sees("The appointment is booked.")

    doctor = await opened(open_window, office.agency, way, office.clinic.username, PASSWORD, width=PHONE)
    await doctor.open("/sp/bookings")
    await doctor.hand.press(doctor.page.locator("main").get_by_role("link").filter(has_text="B-000001").first)
    await doctor.is_titled("Noah Tran")

    desk = await opened(open_window, office.agency, way, office.agency.username, ADMIN_PASSWORD)
    await desk.press("Bookings")
    await expect(desk.page.get_by_role("link", name="B-000001 · Noah Tran")).to_be_visible()


@pytest.mark.parametrize("way", WAYS)
async def test_times_are_offered_and_one_is_taken(office, open_window, way):
    """PO-07, PO-09, CM-08, CM-10: no time yet, two offered, one confirmed, moved, cancelled; the mails are shown."""
    phone = await opened(open_window, office.agency, way, office.ana.contact, PASSWORD, width=PHONE)
    await phone.open(f"/cm/request?case={office.case}")
    await phone.press("No time fits? Say when it would suit")
    await phone.press("Continue")
    await phone.press("Send request")
    await phone.sees("The request is sent. We write as soon as there is a time.")
    booking = phone.path.partition("?")[0].rpartition("/")[2]

    desk = await opened(open_window, office.agency, way, office.agency.username, ADMIN_PASSWORD)
    await desk.press("Bookings")
    await desk.hand.press(desk.page.get_by_role("link", name="B-000001 · Noah Tran"))
    await desk.press("Offer times")
    await desk.open(f"/staff/bookings/{booking}/offer?{office.weeks}")
    for _ in range(2):
        await desk.hand.press(first_time(desk, "Choose"))
    await desk.hand.press(desk.page.locator("section[aria-labelledby=chosen]").get_by_role("button"))
    await desk.sees("The times are offered and held. The case manager gets a message.")

    await phone.page.reload()
    await expect(phone.button("Confirm this time")).to_have_count(2)
    await phone.press("Confirm this time")
    await phone.sees("The appointment is confirmed. Everybody gets a message.")

    await phone.open(f"/cm/bookings/{booking}/move?{office.weeks}")
    await phone.hand.press(phone.page.locator("#results").get_by_role("link").filter(visible=True).first)
    await phone.page.locator("select[name=reason]").select_option("CLIENT_REQUEST")
    await phone.press("Move the appointment")
    await phone.sees("The appointment has another time now. Everybody gets a message.")

    await phone.open(f"/cm/bookings/{booking}/cancel")
    await phone.sees("What it costs:")
    await phone.page.locator("select[name=reason]").select_option("CLIENT_REQUEST")
    await phone.hand.press(phone.page.locator("main form").get_by_role("button"))
    await phone.sees("The booking is cancelled. Everybody who had an invitation gets a message.")
    await expect(phone.link("Book again")).to_be_visible()
    assert "CANCELLED" == office.agency.admin.get(f"/v1/bookings/{booking}")["state"]

    await desk.open(f"/staff/bookings/{booking}")
    await eventually(lambda: says(desk, "The appointment is cancelled"))
    messages = desk.page.locator("section[aria-labelledby=messages] li")
    await expect(messages.filter(has_text=office.ana.contact).first).to_be_visible()


async def answer(window: Window, way: Way, words: str) -> None:
    """Press the button of the form that asks first: in a dialog, or without scripts on a page of its own."""
    scope = window.dialog if way.has_scripts else window.page.locator("main")
    await window.hand.press(scope.get_by_role("button", name=window.say(words), exact=True))


@pytest.mark.parametrize("way", WAYS)
async def test_a_colleague_of_the_unit_takes_it_over(office, open_window, way):
    """PO-07, CM-11, CM-15: while Ana is away Ben takes her task, then the whole booking, and chooses a time."""
    admin = office.agency.admin
    booking = admin.post("/v1/bookings", caseId=office.case, wishes={"windows": []})["id"]
    first = date.fromisoformat(office.clinic.first_day)
    until = first + timedelta(days=4)
    slots = admin.get(f"/v1/slots?startTime={first}T06:00:00Z&endTime={until}T06:00:00Z")["slots"][:2]
    options = [{"slot": {name: slot[name] for name in ("availabilityId", "startTime")}} for slot in slots]
    admin.post(f"/v1/bookings/{booking}:offer", options=options)

    phone = await opened(open_window, office.agency, way, office.ben.contact, PASSWORD, width=PHONE)
    await phone.sees("Nothing waits for you.")
    await phone.open("/cm/tasks")
    await phone.press("My unit’s")
    await phone.press("Take over")
    await phone.sees("The task is yours now.")
    await phone.open("/cm")
    await phone.press(f"{phone.say('Choose one of the times offered')} · B-000001")
    await phone.sees("This is %(name)s’s booking. You read it because you are in the same unit.", name="Ana Whitfield")
    await expect(phone.button("Confirm this time")).to_have_count(0)
    await phone.press("Take over")
    await answer(phone, way, "Take over")
    await phone.sees("The booking and its tasks are yours now.")
    await phone.press("Confirm this time")
    await phone.sees("The appointment is confirmed. Everybody gets a message.")
    await phone.open("/cm/bookings")
    await expect(phone.page.get_by_role("rowheader", name="B-000001")).to_be_visible()

    ana = await opened(open_window, office.agency, way, office.ana.contact, PASSWORD, width=PHONE)
    await ana.open("/cm/bookings")
    await ana.sees("No bookings yet.")
    await ana.open(f"/cm/bookings/{booking}")
    await ana.sees("This is %(name)s’s booking. You read it because you are in the same unit.", name="Ben Whitfield")
    await ana.sees("Taken over")
