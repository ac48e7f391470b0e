"""Finding a time in a browser where specialists, places and who looks live by three clocks."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.e2e.browser import DESK, PHONE
from tests.e2e.clinics import weekday_from
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Person

pytestmark = pytest.mark.long(seconds=40)
CHICAGO, AUCKLAND, HERE = (ZoneInfo(name) for name in ("America/Chicago", "Pacific/Auckland", "America/Los_Angeles"))


def day_of_both() -> date:
    """A working day, soon, whose next day is one, too: the morning after in Auckland falls into it."""
    day = weekday_from(datetime.now(HERE).date() + timedelta(days=3))
    return day if day.weekday() < 4 else day + timedelta(days=3)


def enter_specialist(admin: Person, family_name: str, place: str, zone: ZoneInfo, first: date) -> None:
    """A specialist who is seen at a place of this name from nine to eleven of every working day."""
    place_id = admin.post("/v1/places", place={"name": place, "timeZone": zone.key})["id"]
    doctor = {"givenName": "Rui", "familyName": family_name, "timeZone": zone.key, "modes": ["IN_PERSON"]}
    specialist = admin.post("/v1/specialists", specialist={**doctor, "placeIds": [place_id]})["id"]
    block = {
        "kind": "AVAILABLE",
        "startDate": first.isoformat(),
        "endDate": (first + timedelta(days=14)).isoformat(),
        "weekdays": [1, 2, 3, 4, 5],
        "startMinute": 540,
        "endMinute": 660,
        "appointmentMinutes": 60,
    }
    admin.post("/v1/availabilities", specialistId=specialist, mode="IN_PERSON", placeId=place_id, block=block)


def row_of(day: date, hour: int, zone: ZoneInfo) -> tuple[list[str], str]:
    """What a row shows: from when to when there, when that is here, and the name of the zone there."""
    start = datetime.combine(day, time(hour), zone)
    here = start.astimezone(HERE)
    hours = [start, start + timedelta(hours=1), here]
    return [f"{(at.hour - 1) % 12 + 1}:{at.minute:02}" for at in hours], str(start.tzname())


@pytest.mark.parametrize(("language", "width"), [("en", DESK), ("es", PHONE)])
async def test_a_search_finds_the_times_of_two_zones(stack, new_agency, anybody, open_window, language, width):
    """CM-06, PO-07: one day of who looks holds a morning of Chicago and the next one of Auckland, by all clocks."""
    agency, box, day = new_agency(), Mailbox(stack, fresh_email()), day_of_both()
    admin = agency.admin
    enter_specialist(admin, "Zhang", "Riverside Clinic", CHICAGO, day)
    enter_specialist(admin, "Wiremu", "Harbour Rooms", AUCKLAND, day)
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    ana = {
        "givenName": "Ana",
        "familyName": "Whitfield",
        "email": box.contact,
        "timeZone": HERE.key,
        "language": language,
    }
    person = admin.post("/v1/case-managers", companyId=company, caseManager=ana)["id"]
    admin.post(f"/v1/case-managers/{person}:enableLogin")
    anybody.post("/v1/auth/activate", token=box.link("activate"), password=PASSWORD)

    window = await open_window(width=width, accepts=language, language=language, zone=HERE.key)
    await window.sign_in(f"/o/{agency.slug}", box.contact, PASSWORD)
    await window.open(f"/cm/slots?from={day}&to={day}")
    rows = window.page.locator("main .rows > li")
    await expect(rows).to_have_count(4)
    expected = [
        *((row_of(day, hour, CHICAGO), "Rui Zhang · Riverside Clinic") for hour in (9, 10)),
        *((row_of(day + timedelta(days=1), hour, AUCKLAND), "Rui Wiremu · Harbour Rooms") for hour in (9, 10)),
    ]
    for text, ((hours, zone), whom) in zip(await rows.all_inner_texts(), expected, strict=True):
        assert hours == re.findall(r"\d+:\d\d", text)
        assert zone in text.split()
        assert whom in text

    await window.field("Where").select_option(label="Harbour Rooms")
    await window.press("Search")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Rui Wiremu")
