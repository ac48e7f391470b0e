"""When a specialist is away: the list, one more, bookings in the way, and what is taken back."""

from __future__ import annotations

from datetime import datetime

import pytest
from portico.casemanager.v1.time_off_pb2 import ListTimeOffRequest, ListTimeOffResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.wire import timestamp

from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import REQUEST_ID
from .scheduling import PLACE_ID, SKIING_ID, ZHANG, ZHANG_ID, chicago, skiing

BASES = pytest.mark.parametrize("base", [ZHANG, "/sp"], ids=["staff", "own"])


@pytest.fixture
def browser(base: str, signed_in: SignedIn) -> Browser:
    """Where staff sit, or the specialist."""
    return signed_in(Role.SPECIALIST if base == "/sp" else Role.STAFF)


@BASES
async def test_the_list_says_it_in_words(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: whole days without hours, others with them, on the specialist's clock."""
    neighbours.answers["ListTimeOff"] = ListTimeOffResponse(
        time_off=[
            skiing(),
            skiing(end_time=timestamp(chicago(3, 3, 0)), reason=""),
            skiing(start_time=timestamp(chicago(4, 1, 13)), end_time=timestamp(chicago(4, 1, 15, 30)), reason=""),
            skiing(start_time=timestamp(chicago(4, 1, 13)), end_time=timestamp(chicago(4, 2, 9)), reason=""),
        ],
        next_page_token="on",
    )
    page = await browser.get(f"{base}/time-off")

    assert [
        "Mon, Mar 2, 2026 to Fri, Mar 6, 2026 Skiing Remove",
        "Mon, Mar 2, 2026 Remove",
        "Wed, Apr 1, 2026, 1:00 PM–3:30 PM Remove",
        "Wed, Apr 1, 2026, 1:00 PM to Thu, Apr 2, 2026, 9:00 AM Remove",
    ] == [row.text for row in page.main.one("ul", class_="rows").all("li")]
    assert "All times are in Central Time · Chicago." in page.text
    assert f"{base}/time-off?page=on" == page.link("Next page")
    assert ZHANG_ID == neighbours.only("ListTimeOff").specialist_id

    neighbours.answers["ListTimeOff"] = ListTimeOffResponse()
    assert "None." in (await browser.get(f"{base}/time-off")).text
    assert f"{base}/time-off" == (await browser.get(f"{base}/time-off?page=gone")).goes_to


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ({}, chicago(3, 2, 0), chicago(3, 3, 0)),
        ({"end_day": "2026-03-08"}, chicago(3, 2, 0), chicago(3, 9, 0)),
        ({"start_clock": "13:00", "end_clock": "15:30"}, chicago(3, 2, 13), chicago(3, 2, 15, 30)),
        ({"start_clock": "13:00", "end_clock": "00:00"}, chicago(3, 2, 13), chicago(3, 3, 0)),
    ],
    ids=["a day", "over the change of clocks", "hours", "until midnight"],
)
@BASES
async def test_time_off_is_entered(
    base: str, typed: dict[str, str], start: datetime, end: datetime, browser: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: days are whole ones on the specialist's clock unless hours are typed."""
    page = await browser.get(f"{base}/time-off")
    answer = await browser.press(page, "Add time off", start_day="2026-03-02", reason=" Skiing ", **typed)

    request = neighbours.only("CreateTimeOff")
    assert (timestamp(start), timestamp(end)) == (request.start_time, request.end_time)
    assert (ZHANG_ID, "Skiing", False) == (request.specialist_id, request.reason, request.even_if_booked)
    assert "The time off is entered." in (await browser.follow(answer)).notice


@BASES
async def test_bookings_in_the_way_are_named_and_may_stay(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: nothing is blocked over a booking before somebody has read which one, and ticked that it stays."""
    page = await browser.get(f"{base}/time-off")
    assert [] == page.main.all("input", name="even_if_booked")
    neighbours.answers["CreateTimeOff"] = refusal("BOOKINGS_IN_THE_WAY", booking_numbers="B-000012", count="1")
    page = await browser.press(page, "Add time off", start_day="2026-03-02", reason="Skiing")
    assert (409, "Nothing was changed, because these bookings are in the way.") == (page.status, page.problem)
    side = "/sp" if base == "/sp" else "/staff"
    assert f"{side}/history?query=B-000012" == page.link("B-000012")
    assert "Skiing" == page.main.one("input", id="reason")["value"]

    neighbours.forget()
    await browser.press(page, "Add time off", even_if_booked="yes")
    request = neighbours.only("CreateTimeOff")
    assert (True, timestamp(chicago(3, 2, 0))) == (request.even_if_booked, request.start_time)


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"start_day": ""}, "start_day", "There is no such day in the calendar."),
        ({"end_day": "9999-12-31"}, "end_day", "There is no such day in the calendar."),
        ({"end_clock": "late"}, "end_clock", "Please type a time of day: 09:00."),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    typed: dict[str, str], name: str, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: what is typed wrong goes nowhere, and is said at its field."""
    page = await staff.post(f"{ZHANG}/time-off", {"request_id": REQUEST_ID, "start_day": "2026-03-02", **typed})

    assert (400, words) == (page.status, page.problem_of(name))
    assert "CreateTimeOff" not in neighbours.rpcs


async def test_an_end_before_the_beginning_is_said_at_the_last_day(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the service's words about the end stand at the field that it was made from."""
    violation = FieldViolation("end_time", "TIME_OFF_EMPTY", "The end must be after the beginning.")
    neighbours.answers["CreateTimeOff"] = refusal("INVALID_REQUEST", violation)
    page = await staff.post(
        f"{ZHANG}/time-off", {"request_id": REQUEST_ID, "start_day": "2026-03-02", "end_day": "2026-03-01"}
    )

    assert "The end must be after the beginning." == page.problem_of("end_day")


@BASES
async def test_time_off_is_taken_back_after_a_question(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: a page says which one; whoever was later than somebody else reads that it is gone."""

    def paged(request: ListTimeOffRequest) -> ListTimeOffResponse:
        if request.page_token:
            return ListTimeOffResponse(time_off=[skiing()])
        return ListTimeOffResponse(time_off=[skiing(id=PLACE_ID)], next_page_token="after")

    neighbours.answers["ListTimeOff"] = paged
    page = await browser.get(f"{base}/time-off/{SKIING_ID}/remove")
    assert "Mon, Mar 2, 2026 to Fri, Mar 6, 2026" in page.text
    answer = await browser.press(page, "Remove")
    request = neighbours.only("DeleteTimeOff")
    assert (ZHANG_ID, SKIING_ID) == (request.specialist_id, request.time_off_id)
    assert "The time can be booked again." == (await browser.follow(answer)).notice

    neighbours.answers["DeleteTimeOff"] = refusal("TIME_OFF_NOT_FOUND")
    answer = await browser.press(page, "Remove")
    assert "This time off is no longer there." == (await browser.follow(answer)).notice
    neighbours.answers["ListTimeOff"] = ListTimeOffResponse()
    assert 404 == (await browser.get(f"{base}/time-off/{SKIING_ID}/remove")).status
