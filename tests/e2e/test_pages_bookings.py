"""Bookings in a browser: a case manager on a phone, staff at a desk, and the specialist who is booked."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.browser import PHONE, Window
from tests.e2e.clinics import clinic_of
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Hand, Keyboard, Pointer
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How people use the browser."""

    hand: Hand
    language: str = "en"
    has_scripts: bool = True


WAYS = [
    pytest.param(Way(hand=Pointer()), id="by-pointer"),
    pytest.param(Way(hand=Keyboard(), language="es"), id="by-keyboard-in-Spanish"),
    pytest.param(Way(hand=Pointer(), has_scripts=False), id="without-scripts"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A clinic, and Ana, a case manager with a case about Noah Tran."""

    agency: Any
    clinic: Any
    ana: Mailbox
    case: str

    @property
    def weeks(self) -> str:
        """The part of an address that looks for times from the clinic's first day on."""
        first = date.fromisoformat(self.clinic.first_day)
        return f"from={first.isoformat()}&to={(first + timedelta(days=4)).isoformat()}"


@pytest.fixture
def office(stack, new_agency, anybody) -> Office:
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "timeZone": "America/Chicago"}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    subject = {"givenName": "Noah", "familyName": "Tran"}
    case = admin.post("/v1/cases", case={"caseManagerId": ana, "subject": subject, "serviceType": "IME"})["id"]
    return Office(agency=agency, clinic=clinic_of(stack, agency, anybody), ana=mailbox, case=case)


async def opened(open_window, office: Office, way: Way, username: str, password: str, *, width: int = 1280) -> Window:
    """A window in which somebody is signed in."""
    window: Window = await open_window(hand=way.hand, has_scripts=way.has_scripts, width=width)
    await window.sign_in(f"/o/{office.agency.slug}", username, password)
    return await window.speaking(way.language)


def first_time(window: Window, words: str) -> Locator:
    """What is to be pressed at the first free time."""
    return window.page.locator("#results").get_by_role("link", name=window.say(words), exact=True).first


@pytest.mark.parametrize("way", WAYS)
async def test_a_time_is_booked_at_once(office, open_window, way):
    """PO-07, PO-08, CM-08: the case, a free time, one look; it is confirmed, and the specialist and staff see it."""
    phone = await opened(open_window, office, way, office.ana.contact, PASSWORD, width=PHONE)
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

    doctor = await opened(open_window, office, way, office.clinic.username, PASSWORD, width=PHONE)
    await doctor.open("/sp/bookings")
    await doctor.hand.press(doctor.page.locator("main").get_by_role("link").filter(has_text="B-000001").first)
    await doctor.is_titled("Noah Tran")

    desk = await opened(open_window, office, way, office.agency.username, ADMIN_PASSWORD)
    await desk.press("Bookings")
    await expect(desk.page.get_by_role("link", name="B-000001 · Noah Tran")).to_be_visible()


@pytest.mark.parametrize("way", WAYS)
async def test_times_are_offered_and_one_is_taken(office, open_window, way):
    """PO-07, PO-09, CM-08, CM-10: no time yet, two offered, one confirmed, moved, and cancelled for nothing."""
    phone = await opened(open_window, office, way, office.ana.contact, PASSWORD, width=PHONE)
    await phone.open(f"/cm/request?case={office.case}")
    await phone.press("No time fits? Say when it would suit")
    await phone.press("Continue")
    await phone.press("Send request")
    await phone.sees("The request is sent. We write as soon as there is a time.")
    booking = phone.path.partition("?")[0].rpartition("/")[2]

    desk = await opened(open_window, office, way, office.agency.username, ADMIN_PASSWORD)
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
