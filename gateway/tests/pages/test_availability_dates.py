"""The dates of somebody's times: those that are different, and a month of them."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.schedule_resources_pb2 import Availability, AvailabilityException
from portico.casemanager.v1.slots_pb2 import ListCalendarEntriesRequest, ListCalendarEntriesResponse
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.testing import FakeClock

from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import REQUEST_ID
from .scheduling import CHICAGO, MONDAYS_ID, ZHANG, ZHANG_ID, booked, calendar_entry, chicago, free, mondays

BASES = pytest.mark.parametrize("base", [ZHANG, "/sp"], ids=["staff", "own"])


@pytest.fixture
def browser(base: str, signed_in: SignedIn) -> Browser:
    """Where staff sit, or the specialist."""
    return signed_in(Role.SPECIALIST if base == "/sp" else Role.STAFF)


@BASES
async def test_a_date_is_cancelled_moved_and_given_back(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: one date of a series does not take place or has other hours; a button undoes it."""
    here = f"{base}/availability/{MONDAYS_ID}/dates"
    page = await browser.get(f"{here}?date=2026-02-16")
    assert "Mon, Feb 9, 2026 Does not take place Congress Back to usual" in page.text
    assert "2026-02-16" == page.main.one("input", id="date")["value"]
    answer = await browser.press(page, "Save", reason="Away")
    request = neighbours.only("SetAvailabilityException")
    assert (MONDAYS_ID, "2026-02-16", AvailabilityException.CANCELLED, 0, 0, "Away") == (
        request.availability_id,
        request.date,
        request.kind,
        request.start_minute,
        request.end_minute,
        request.reason,
    )
    assert "The date is changed." == (await browser.follow(answer)).notice

    neighbours.forget()
    await browser.press(page, "Save", kind="CHANGED", start_minute="10:00", end_minute="11:00")
    request = neighbours.only("SetAvailabilityException")
    assert (AvailabilityException.CHANGED, 600, 660) == (request.kind, request.start_minute, request.end_minute)

    answer = await browser.press(page, "Back to usual")
    assert "2026-02-09" == neighbours.only("DeleteAvailabilityException").date
    assert here == answer.goes_to


async def test_a_date_that_it_does_not_have_is_said_at_its_field(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: a day that the series does not have cannot differ; bookings of one that it has are named."""
    here = f"{ZHANG}/availability/{MONDAYS_ID}/dates"
    typed = {"request_id": REQUEST_ID, "date": "2026-02-17", "kind": "CANCELLED"}
    violation = FieldViolation("date", "NOT_A_DATE_OF_IT", "The availability does not take place on this date.")
    neighbours.answers["SetAvailabilityException"] = refusal("INVALID_REQUEST", violation)
    page = await staff.post(here, typed)
    assert (400, "The availability does not take place on this date.") == (page.status, page.problem_of("date"))

    neighbours.answers["SetAvailabilityException"] = mondays(bookings=[booked()])
    page = await staff.post(here, typed)
    assert here == page.link("Go on")


@BASES
async def test_a_month_shows_each_of_its_days(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: what is free, asked for, held, booked, blocked, on the specialist's clock; no block in time off."""
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(
        entries=[
            free(chicago(2, 2, 9), chicago(2, 2, 12)),
            free(chicago(2, 2, 13), chicago(2, 2, 14), availability_kind=Availability.ON_DEMAND, place_id=""),
            calendar_entry("HELD", chicago(2, 3, 9), chicago(2, 3, 10)),
            calendar_entry("CONFIRMED", chicago(2, 3, 11), chicago(2, 3, 12), booking_number="B-000012"),
            calendar_entry("BLOCKED", chicago(2, 4, 12), chicago(2, 6, 0)),
            free(chicago(2, 5, 9), chicago(2, 5, 12)),
        ]
    )
    page = await browser.get(f"{base}/availability?month=2026-02")

    days = [day for week in page.main.all("ol", class_="week") for day in week.children if not isinstance(day, str)]
    assert "February 2026" in page.text
    assert 35 == len(days)
    by_name = {day.one("h3").text: day.text for day in days}
    assert (
        "Mon, Feb 2 9:00 AM–12:00 PM Books at once · Riverside Clinic 1:00 PM–2:00 PM We ask first · Telehealth"
        == (by_name["Mon, Feb 2"])
    )
    assert "Tue, Feb 3 9:00 AM–10:00 AM Held for an offer 11:00 AM–12:00 PM Booked B-000012" == by_name["Tue, Feb 3"]
    assert "Wed, Feb 4 12:00 PM–12:00 AM Time off" == by_name["Wed, Feb 4"]
    assert "Thu, Feb 5 All day Time off" == by_name["Thu, Feb 5"]
    assert "Fri, Feb 6 Nothing" == by_name["Fri, Feb 6"]
    assert ["free", "asked", "taken", "taken", "away", "away"] == [
        entry["class"] for day in days for entry in day.all("li") if entry.get("class")
    ]
    assert f"{base}/availability/{MONDAYS_ID}/dates?date=2026-02-02" in {link["href"] for link in page.main.all("a")}
    assert (f"{base}/availability?month=2026-01", f"{base}/availability?month=2026-03") == (
        page.link("Earlier"),
        page.link("Later"),
    )


async def test_a_month_is_asked_for_in_parts_that_are_not_too_long(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: from Monday to Sunday, at most 31 days at once also where a day has 25 hours, and nothing twice."""
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse(
        entries=[calendar_entry("BLOCKED", chicago(11, 1, 0), chicago(11, 20, 0), time_off_id=MONDAYS_ID)]
    )
    page = await staff.get(f"{ZHANG}/availability?month=2026-10")

    requests: list[ListCalendarEntriesRequest] = [
        each.request for each in neighbours.received if "Calendar" in each.rpc
    ]
    assert [
        ("2026-09-28T05:00:00Z", "2026-10-26T05:00:00Z"),
        ("2026-10-26T05:00:00Z", "2026-11-02T06:00:00Z"),
    ] == [(request.start_time, request.end_time) for request in requests]
    assert [[ZHANG_ID]] * 2 == [list(request.specialist_ids) for request in requests]
    assert 1 == page.text.count("Time off All day") + page.text.count("All day Time off")


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-12", "0001-01"])
async def test_a_month_that_there_is_not_is_this_one(
    month: str, staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-06: whatever stands in the address, the page is there; an empty month says so."""
    neighbours.answers["ListCalendarEntries"] = ListCalendarEntriesResponse()
    page = await staff.get(f"{ZHANG}/availability?month={month}")

    assert f"{clock().astimezone(CHICAGO):%B %Y}" in page.text
    assert "Nothing is entered for this month." in page.text


async def test_nobody_else_has_ones_own_times(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-08, CM-06: a login to which no specialist in service belongs finds words, and no times."""
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse()
    page = await signed_in(Role.SPECIALIST).get("/sp/availability")

    assert 404 == page.status
    assert "There is no such specialist." in page.text
    assert "ListAvailabilities" not in neighbours.rpcs
