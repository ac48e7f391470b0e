"""The week of all specialists, for staff, and a specialist's own day."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsResponse
from portico.casemanager.v1.schedule_resources_pb2 import TELEHEALTH, Specialist
from portico.casemanager.v1.slots_pb2 import ListCalendarEntriesResponse
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest, ListSpecialistsResponse

from chassis.call import Role
from chassis.testing import FakeClock

from .bookings import BOOKING_ID as BOOKED_ID
from .bookings import OTHER_BOOKING_ID, booking
from .neighbours import Neighbours
from .people import Browser, SignedIn
from .scheduling import BOOKING_ID, CHICAGO, PLACE_ID, ZHANG_ID, calendar_entry, chicago, free, specialist

NEW_YORK = ZoneInfo("America/New_York")
"""Where the organization is, and whoever has no other zone."""


async def test_the_calendar_shows_each_specialists_week(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: a row for each, a column for each day, on the reader's clock; free and blocked time leads on."""
    other = specialist(id=PLACE_ID, title="", given_name="Ines", family_name="Abe")
    neighbours.answers |= {
        "ListSpecialists": ListSpecialistsResponse(specialists=[specialist(), other], next_page_token="on"),
        "ListCalendarEntries": ListCalendarEntriesResponse(
            entries=[
                free(chicago(2, 2, 9), chicago(2, 2, 12)),
                calendar_entry(
                    "CONFIRMED",
                    chicago(2, 3, 11),
                    chicago(2, 3, 12),
                    booking_id=BOOKING_ID,
                    booking_number="B-000012",
                ),
                calendar_entry("BLOCKED", chicago(2, 4, 0), chicago(2, 5, 0), specialist_id=PLACE_ID),
            ]
        ),
    }
    page = await staff.get("/staff/calendar?week=2026-02-05")

    request = neighbours.only("ListCalendarEntries")
    assert [ZHANG_ID, PLACE_ID] == list(request.specialist_ids)
    assert ("2026-02-02T05:00:00Z", "2026-02-09T05:00:00Z") == (request.start_time, request.end_time)
    assert ["Specialist", "Mon, Feb 2", "Tue, Feb 3", "Wed, Feb 4"] == [
        head.text for head in page.main.one("thead").all("th")
    ][:4]
    zhang, abe = page.main.one("tbody").all("tr")
    assert [
        "10:00 AM–1:00 PM Books at once · Riverside Clinic",
        "12:00 PM–1:00 PM Booked B-000012",
        *[""] * 5,
    ] == [cell.text for cell in zhang.all("td")]
    assert ["", "", "1:00 AM–12:00 AM Time off", "12:00 AM–1:00 AM Time off"] == [cell.text for cell in abe.all("td")][
        :4
    ]
    assert [f"/specialists/{PLACE_ID}", *[f"/specialists/{PLACE_ID}/time-off"] * 2] == [
        link["href"] for link in abe.all("a")
    ]
    assert f"/staff/bookings/{BOOKING_ID}" in [link["href"] for link in zhang.all("a")]
    assert "/staff/calendar?week=2026-01-26" == page.link("Week before")
    assert "/staff/calendar?week=2026-02-09" == page.link("Next week")
    assert "/staff/calendar?week=2026-02-02&page=on" == page.link("Next page")


@pytest.mark.parametrize(("last", "words"), [(11, []), (10, ["Books at once"])])
async def test_what_is_wholly_taken_is_not_free(
    last: int, words: list[str], staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: a block of which every minute is held or booked is left out; with an hour left it is shown."""
    taken = [
        calendar_entry(kind, chicago(2, 3, hour), chicago(2, 3, hour + 1), booking_id=BOOKING_ID)
        for kind, hour in (("CONFIRMED", 9), ("HELD", 10), ("CONFIRMED", 11))
        if hour <= last
    ]
    block = free(chicago(2, 3, 9), chicago(2, 3, 12))
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(entries=[block, *taken])
    page = await staff.get("/staff/calendar?day=2026-02-03")
    assert words == [each for each in ("Books at once",) if each in page.main.one("tbody").text]


async def test_the_calendar_shows_a_day_alone(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: each day of a week leads to it alone, which leads to the days beside it, and back to its week."""
    page = await staff.get("/staff/calendar?week=2026-02-05&specialty=Surgery")
    kept = "specialty=Surgery"
    assert f"/staff/calendar?day=2026-02-03&{kept}" == page.link("Tue, Feb 3")
    assert f"/staff/calendar?day=2026-02-02&{kept}" == page.link("Day")

    neighbours.forget()
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(
        entries=[free(chicago(2, 3, 9), chicago(2, 3, 12)), free(chicago(2, 3, 23), chicago(2, 4, 1))]
    )
    page = await staff.get(f"/staff/calendar?day=2026-02-03&{kept}")
    request = neighbours.only("ListCalendarEntries")
    assert ("2026-02-03T05:00:00Z", "2026-02-04T05:00:00Z") == (request.start_time, request.end_time)
    assert ["Specialist", "Tue, Feb 3"] == [head.text for head in page.main.one("thead").all("th")]
    [row] = page.main.one("tbody").all("tr")
    assert ["10:00 AM–1:00 PM Books at once · Riverside Clinic"] == [cell.text for cell in row.all("td")]
    assert f"/staff/calendar?day=2026-02-02&{kept}" == page.link("Day before")
    assert f"/staff/calendar?day=2026-02-04&{kept}" == page.link("Next day")
    assert f"/staff/calendar?week=2026-02-03&{kept}" == page.link("Week")
    assert "/staff/calendar?day=2026-02-03" == page.link("Show all")


async def test_the_calendar_is_of_active_ones_and_of_a_specialty(
    staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-06: the filter narrows it; nobody found asks nothing about everybody, and this week needs no link."""
    neighbours.answers["ListSpecialists"] = lambda request: ListSpecialistsResponse(
        specialists=[] if request.specialty else [specialist()]
    )
    page = await staff.get("/staff/calendar?specialty=Surgery")
    requests: list[ListSpecialistsRequest] = [each.request for each in neighbours.received if "List" in each.rpc]
    [asked] = [each for each in requests if isinstance(each, ListSpecialistsRequest) and each.specialty]
    assert ("Surgery", Specialist.ACTIVE) == (asked.specialty, asked.account_status)
    assert "ListCalendarEntries" not in neighbours.rpcs
    assert "Nothing found." in page.text
    assert "This week" not in page.text

    page = await staff.get("/staff/calendar?week=x")
    assert "Dr Rui Zhang" in page.text
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse()
    assert "There is no specialist yet." in (await staff.get("/staff/calendar")).text
    today = clock().astimezone(NEW_YORK).date()
    monday = today - timedelta(days=today.weekday())
    assert f"/staff/calendar?week={monday.isoformat()}" == (await staff.get("/staff/calendar?page=gone")).goes_to


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where a specialist sits."""
    return signed_in(Role.SPECIALIST)


async def test_a_specialists_day_names_what_is_booked(zhang: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-08, CM-06: today's appointments on the specialist's clock, and the days ahead with what is free."""
    today = clock().astimezone(CHICAGO).replace(hour=0, minute=0, second=0, microsecond=0)
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(
        entries=[
            free(today + timedelta(hours=9), today + timedelta(hours=12)),
            calendar_entry(
                "CONFIRMED",
                today + timedelta(hours=9),
                today + timedelta(hours=10),
                booking_id=BOOKING_ID,
                booking_number="B-000012",
            ),
        ]
    )
    neighbours.answers["ListBookings"] = ListBookingsResponse(
        bookings=[
            booking(allowed_actions=[Booking.RECORD_OUTCOME]),
            booking(id=OTHER_BOOKING_ID, allowed_actions=[], subject_name="Mia Ortiz", place_name="", mode=TELEHEALTH),
        ]
    )
    page = await zhang.get("/sp")

    appointments, *_ = page.main.all("section", class_="card")
    one, other = appointments.all("li")
    assert "9:00 AM–9:45 AM Noah Tran Riverside Clinic B-000123 Record outcome" == one.text
    assert "Mia Ortiz Telehealth B-000123" in other.text
    assert f"/sp/bookings/{BOOKED_ID}?next=/sp" == page.link("Noah Tran")
    assert f"/sp/bookings/{BOOKED_ID}/outcome" == page.link("Record outcome")
    assert [] == other.all("a", class_="button secondary")
    asked = neighbours.only("ListBookings")
    since, until = (f"{today.astimezone(UTC) + timedelta(days=count):%Y-%m-%dT%H:%M:%SZ}" for count in (0, 1))
    assert (since, until) == (asked.start_time_from, asked.start_time_before)
    assert "start_time" == asked.order_by
    assert [ZHANG_ID] == list(neighbours.only("ListCalendarEntries").specialist_ids)
    days = page.main.one("ol", class_="week").all("h3")
    assert 7 == len(days)
    assert "9:00 AM–12:00 PM Books at once · Riverside Clinic" in page.main.one("ol", class_="week").text


async def test_a_day_without_appointments_says_when_the_next_one_is(
    zhang: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-08, CM-06: nothing today, then the next one; who has entered no times is led there."""
    soon = clock() + timedelta(days=3)
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(
        entries=[calendar_entry("CONFIRMED", soon, soon + timedelta(hours=1))]
    )
    neighbours.answers["ListBookings"] = ListBookingsResponse()
    page = await zhang.get("/sp")
    assert "No appointments today." in page.text
    assert "The next one:" in page.text

    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse()
    page = await zhang.get("/sp")
    assert "None is booked in the next four weeks." in page.text
    assert "/sp/availability" == page.link("Enter when you can be booked")


async def test_a_specialist_looks_at_another_day(zhang: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-08, CM-06: the days before and after are a press away; the tasks stand at today alone."""
    today = clock().astimezone(CHICAGO).date()
    assert f"/sp?day={today + timedelta(days=1)}" == (await zhang.get("/sp")).link("Next day")

    neighbours.forget()
    neighbours.answers["ListBookings"] = ListBookingsResponse()
    page = await zhang.get("/sp?day=2026-02-17")
    assert "Tuesday, February 17, 2026" == page.heading
    assert ("/sp?day=2026-02-16", "/sp?day=2026-02-18") == (page.link("Day before"), page.link("Next day"))
    assert "No appointments on this day." in page.text
    assert "2026-02-17T06:00:00Z" == neighbours.only("ListCalendarEntries").start_time
    assert "Waits for you" not in page.text
    for odd in ("x", "0001-01-01", "9999-12-31"):
        assert "Today" == (await zhang.get(f"/sp?day={odd}")).heading


async def test_a_login_without_a_profile_reads_whom_to_ask(zhang: Browser, neighbours: Neighbours) -> None:
    """PO-08, CM-15: a login to which no specialist in service belongs says so, and whom to ask."""
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse()
    page = await zhang.get("/sp")

    assert (404, "No profile yet") == (page.status, page.heading)
    assert "Please ask Sunrise Childcare, (312) 555-0100 about it; your login is ada@sunrise.example." in page.text
