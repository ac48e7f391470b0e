"""Why a specialist cannot be booked at a time, as staff read it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from portico.casemanager.v1.schedule_resources_pb2 import SlotHindrance
from portico.casemanager.v1.slots_pb2 import ExplainSlotResponse

from chassis.wire import timestamp

from .bookings import BOOKING, BOOKING_ID
from .neighbours import Neighbours, refusal
from .people import Browser
from .scheduling import MONDAYS_ID, SKIING_ID, ZHANG_ID, chicago, slot

ASKED = f"/staff/slots/why?{urlencode({'specialist': ZHANG_ID, 'day': '2026-02-02', 'clock': '10:00'})}"


async def test_what_is_in_the_way_is_said(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09, CM-06: each reason in words, with the time that somebody has and the way to where it can be changed."""
    hours: dict[str, Any] = {"start_time": timestamp(chicago(2, 2, 10)), "end_time": timestamp(chicago(2, 2, 11))}
    neighbours.answers["ExplainSlot"] = ExplainSlotResponse(
        hindrances=[
            SlotHindrance(reason=SlotHindrance.CONFIRMED, booking_id=BOOKING_ID, booking_number="B-000123", **hours),
            SlotHindrance(reason=SlotHindrance.BLOCKED, time_off_id=SKIING_ID, **hours),
            SlotHindrance(reason=SlotHindrance.EXCEPTION, availability_id=MONDAYS_ID),
        ]
    )
    page = await staff.get(ASKED)

    asked = neighbours.only("ExplainSlot")
    assert (ZHANG_ID, "2026-02-02T16:00:00Z") == (asked.specialist_id, asked.start_time)
    booked, away, left_out = page.main.one("ul", class_="rows").all("li")
    assert "It is booked. Feb 2, 11:00 AM EST – Feb 2, 12:00 PM EST B-000123" == booked.text
    assert "The specialist has time off." in away.text
    assert "On this date the times are left out, or at other hours. Show these times" == left_out.text
    specialist = f"/specialists/{ZHANG_ID}"
    assert [BOOKING, f"{specialist}/time-off", f"{specialist}/availability/{MONDAYS_ID}"] == [
        each.one("a")["href"] for each in (booked, away, left_out)
    ]


async def test_what_is_free_can_be_booked(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09, CM-06: where there is a slot the page says so, and leads to the request of it."""
    found = slot(chicago(2, 2, 10), chicago(2, 2, 10, 45))
    neighbours.answers["ExplainSlot"] = ExplainSlotResponse(slot=found)
    page = await staff.get(ASKED)
    assert "It is free: Mon, Feb 2, 10:00 AM–10:45 AM CST" in page.text
    key = urlencode({"slot": f"{ZHANG_ID}@{MONDAYS_ID}@2026-02-02T16:00:00Z"})
    assert f"/staff/request?{key}".lower() == page.link("Book").lower()


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [("day", "x", "There is no such day in the calendar."), ("clock", "25:00", "Please type a time of day: 09:00.")],
)
async def test_what_is_no_time_is_said_at_its_field(
    name: str, typed: str, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-09: nothing is asked of the service then, and what was typed stays."""
    query = {"specialist": ZHANG_ID, "day": "2026-02-02", "clock": "10:00", name: typed}
    page = await staff.get(f"/staff/slots/why?{urlencode(query)}")
    assert (words, typed) == (page.problem_of(name), page.main.one("input", id=name)["value"])
    assert "ExplainSlot" not in neighbours.rpcs


async def test_nobody_is_asked_about_whom_there_is_not(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09, CM-15: an unknown specialist is said above the form; without a question there is only the form."""
    neighbours.answers["ExplainSlot"] = refusal("SPECIALIST_NOT_FOUND")
    assert "There is no such specialist." == (await staff.get(ASKED)).problem
    neighbours.forget()
    page = await staff.get("/staff/slots/why")
    assert "ExplainSlot" not in neighbours.rpcs
    assert "The answer" not in page.text
