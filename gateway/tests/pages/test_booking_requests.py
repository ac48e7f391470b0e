"""A new booking in three steps."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import ListCasesRequest, ListCasesResponse
from portico.casemanager.v1.schedule_resources_pb2 import Availability
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse

from chassis.call import Role
from chassis.errors import FieldViolation

from .bookings import (
    BOOKING,
    OTHER_BOOKING_ID,
    OWN_BOOKING,
    SLOT_KEY,
    booking,
    requested,
)
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .scheduling import MONDAYS_ID, ZHANG_ID, chicago, slot

REQUEST = "/cm/request"
CHECK = f"{REQUEST}/check?{urlencode({'case': CASE_ID, 'slot': SLOT_KEY})}"
NEXT_KEY = f"{ZHANG_ID}@{MONDAYS_ID}@2026-02-04T15:00:00Z"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


def by_start(request: SearchSlotsRequest) -> SearchSlotsResponse:
    """Whichever time is asked for is free, for who asks for one alone; the 2nd of February is taken."""
    if request.start_time == "2026-02-04T15:00:00Z":
        return SearchSlotsResponse(slots=[slot(chicago(2, 4, 9), chicago(2, 4, 9, 45))])
    return SearchSlotsResponse()


TAKEN = refusal(
    "SLOT_TAKEN",
    specialist_id=ZHANG_ID,
    start_time="2026-02-02T15:00:00Z",
    next_slots=f"{MONDAYS_ID}@2026-02-04T15:00:00Z",
)


async def test_the_first_step_is_a_case(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: open cases of one's own, found by words; without one the next step is a case."""
    page = await ana.get(f"{REQUEST}?query=tran")
    request = neighbours.only("ListCases")
    assert ("tran", Case.OPEN, ListCasesRequest.MINE) == (request.query, request.state, request.scope)
    assert f"{REQUEST}?case={CASE_ID}" == page.link("Noah Tran")
    neighbours.answers["ListCases"] = ListCasesResponse()
    assert "/cm/cases/new" == (await ana.get(REQUEST)).link("Add case")
    assert REQUEST == (await ana.get(f"{REQUEST}?query=zu")).link("Show all")


async def test_a_time_that_was_found_first_goes_along(ana: Browser) -> None:
    """PO-07, CM-08: whoever begins with a time chooses a case, and then checks both."""
    page = await ana.get(f"{REQUEST}?slot={SLOT_KEY}")
    answer = await ana.get(page.link("Noah Tran"))
    assert CHECK == answer.goes_to


@pytest.mark.parametrize(("role", "side"), [(Role.CASE_MANAGER, "/cm"), (Role.STAFF, "/staff")])
async def test_a_time_waits_until_its_case_is_added(
    role: Role, side: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, PO-07, CM-08: whoever adds the case on the way comes back to the time that was chosen, with that case."""
    browser, kept = signed_in(role), urlencode({"slot": SLOT_KEY})
    page = await browser.get(f"{side}/request?{kept}")
    page = await browser.press(page, "Search", query="tran")
    neighbours.answers["ListCases"] = ListCasesResponse()
    nothing = await browser.get(page.address)
    assert f"{side}/request?{kept}" == nothing.link("Show all")
    page = await browser.get(page.link("Add case"))
    if role is Role.STAFF:
        page = await browser.press(page, "Search", query="ana")
        page = await browser.get(page.link("Ana García"))
    assert f"{side}/request?{kept}" == page.link("Cancel")

    answer = await browser.press(page, "Add case", given_name="Noah", family_name="Tran")

    assert f"{side}/request?{urlencode({'case': CASE_ID, 'slot': SLOT_KEY})}" == answer.goes_to
    answer = await browser.follow(answer)
    assert f"{side}/request/check?{urlencode({'case': CASE_ID, 'slot': SLOT_KEY})}" == answer.goes_to
    assert "The case is added." == (await browser.follow(answer)).notice


async def test_the_second_step_is_a_time(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: slots by day, each with its way on; what was chosen before stays in every address."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[
            slot(chicago(2, 2, 9), chicago(2, 2, 9, 45)),
            slot(chicago(2, 2, 11), chicago(2, 2, 12), kind=Availability.ON_DEMAND),
        ],
        next_page_token="on",
    )
    page = await ana.get(f"{REQUEST}?case={CASE_ID}&rebook={OTHER_BOOKING_ID}&specialty=ORTHOPAEDICS")
    kept = f"case={CASE_ID}&rebook={OTHER_BOOKING_ID}&specialty=ORTHOPAEDICS"
    assert f"{REQUEST}/check?{kept}&{urlencode({'slot': SLOT_KEY})}" == page.link("Book")
    assert "We ask first" in page.text
    assert page.link("Request").startswith(f"{REQUEST}/check?{kept}&slot=")
    assert f"{REQUEST}/wishes?{kept}" == page.link("No time fits? Say when it would suit")
    assert page.link("Next page").startswith(f"{REQUEST}?case={CASE_ID}&rebook={OTHER_BOOKING_ID}&specialty=")
    searched = await ana.press(page, "Search", specialty="Hand surgery")
    assert f"{CASE_ID}" in searched.address
    assert f"{OTHER_BOOKING_ID}" in searched.address


async def test_a_slot_is_booked(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: the third step says all of it once more; what is sent is what was shown; the number follows."""
    page = await ana.get(f"{CHECK}&rebook={OTHER_BOOKING_ID}&specialty=ORTHOPAEDICS")
    assert "Mon, Feb 2, 9:00 AM–9:45 AM CST" in page.text
    assert "This time is booked at once." in page.text
    answer = await ana.press(page, "Book", note="Needs the lift.")
    request = neighbours.only("RequestBooking")
    assert (CASE_ID, MONDAYS_ID, chicago(2, 2, 9).timestamp(), "ORTHOPAEDICS", "Needs the lift.", OTHER_BOOKING_ID) == (
        request.case_id,
        request.slot.availability_id,
        request.slot.start_time.seconds,
        request.specialty,
        request.note,
        request.rebooked_from_id,
    )
    assert request.request_id
    assert OWN_BOOKING == answer.goes_to
    shown = await ana.follow(answer)
    assert "It is booked. Everybody gets a message." == shown.notice
    assert "B-000123" in shown.text


async def test_a_request_says_that_it_waits(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: of an ON_DEMAND slot nothing is held, and the page says so before and after."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[slot(chicago(2, 2, 9), chicago(2, 2, 9, 45), kind=Availability.ON_DEMAND)]
    )
    neighbours.answers["RequestBooking"] = requested()
    page = await ana.get(CHECK)
    assert "The time is not held until then." in page.text
    answer = await ana.press(page, "Send request")
    assert "The request is sent. We write as soon as there is a time." == (await ana.follow(answer)).notice


async def test_a_time_that_is_taken_comes_with_the_next_ones(ana: Browser, neighbours: Neighbours) -> None:
    """CM-09: the loser of a race reads so, and the next free times are buttons that keep what was chosen."""
    page = await ana.get(CHECK)
    neighbours.answers["RequestBooking"] = TAKEN
    neighbours.answers["SearchSlots"] = by_start
    page = await ana.press(page, "Book", note="Needs the lift.")
    assert (409, "Somebody else has just taken this time. Please choose another one.") == (page.status, page.problem)
    assert "Wed, Feb 4, 9:00 AM–9:45 AM CST" in page.text
    assert "Book" not in page.buttons()
    following = await ana.get(page.link("Take this time"))
    assert "Wed, Feb 4" in following.text
    assert "Needs the lift." == following.main.one("textarea").text
    neighbours.answers["RequestBooking"] = booking()
    await ana.press(following, "Book")
    assert chicago(2, 4, 9).timestamp() == neighbours.received[-1].request.slot.start_time.seconds


@pytest.mark.parametrize("key", [SLOT_KEY, "odd", f"{ZHANG_ID}@{MONDAYS_ID}@2026-99-99T15:00:00Z"])
async def test_a_time_that_is_gone_cannot_be_sent(key: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-09: a time that is no longer free, or never was one, has no button but the way to others."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse()
    page = await ana.get(f"{REQUEST}/check?{urlencode({'case': CASE_ID, 'slot': key})}")
    assert "This time is no longer free. Please choose another one." == page.problem
    assert not {"Book", "Send request"} & set(page.buttons())
    assert page.link("Choose another time").startswith(f"{REQUEST}?case={CASE_ID}")


async def test_wishes_are_sent(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: days by the reader's clock, whole or with hours; none at all is any time."""
    page = await ana.get(f"{REQUEST}/wishes?case={CASE_ID}")
    typed = {"day1": "2026-02-03", "since1": "09:00", "until1": "12:30", "day3": "2026-03-08"}
    page = await ana.press(page, "Continue", specialty="ORTHOPAEDICS", **typed)
    assert "Tue, Feb 3, 9:00 AM–12:30 PM" in page.text
    assert "Sun, Mar 8" in page.text
    await ana.press(page, "Send request")
    request = neighbours.only("RequestBooking")
    assert [
        ("2026-02-03T14:00:00Z", "2026-02-03T17:30:00Z"),
        ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
    ] == [(each.start_time.ToJsonString(), each.end_time.ToJsonString()) for each in request.wishes.windows]
    assert "ORTHOPAEDICS" == request.specialty

    neighbours.received.clear()
    await ana.press(await ana.press(await ana.get(f"{REQUEST}/wishes?case={CASE_ID}"), "Continue"), "Send request")
    request = neighbours.only("RequestBooking")
    assert ("wishes", 0) == (request.WhichOneof("when"), len(request.wishes.windows))


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"day1": "2026-02-30"}, "day1", "There is no such day in the calendar."),
        ({"day2": "2026-02-03", "since2": "25:00"}, "since2", "Please type a time of day: 09:00."),
        (
            {"day1": "2026-02-03", "since1": "17:00", "until1": "09:00"},
            "until1",
            "The end must come after the beginning, and must not be over.",
        ),
    ],
)
async def test_a_wish_that_cannot_be_is_said_at_its_field(
    typed: dict[str, str], name: str, words: str, ana: Browser
) -> None:
    """CM-08: no day and no hour that there is not gets to the last step; what was typed stays."""
    page = await ana.get(f"{REQUEST}/check?{urlencode({'case': CASE_ID, **typed})}")
    assert (400, words) == (page.status, page.problem_of(name))
    assert typed[name] == page.main.one("input", id=name)["value"]


async def test_what_the_service_says_of_a_wish_stands_at_its_day(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: the second window is the third row where the second row was left empty."""
    page = await ana.get(f"{REQUEST}/check?{urlencode({'case': CASE_ID, 'day1': '2026-02-03', 'day3': '2026-02-04'})}")
    violation = FieldViolation("wishes.windows[1].end_time", "WISH_INVALID", "The end must come after the beginning.")
    neighbours.answers["RequestBooking"] = refusal("INVALID_REQUEST", violation)
    page = await ana.press(page, "Send request", note="Needs the lift.")
    assert "The end must come after the beginning, and must not be over." == page.problem_of("day3")
    page = await ana.press(page, "Continue")
    assert "Needs the lift." == page.main.one("textarea", id="note").text


@pytest.mark.parametrize("reason", ["TOO_MANY_REQUESTS", "CASE_CLOSED", "TOO_LATE", "TOO_EARLY_TO_BOOK"])
async def test_why_it_was_not_booked_is_said_above(reason: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a refusal stands on the last step, with all that was typed; so does the way to another time."""
    page = await ana.get(CHECK)
    neighbours.answers["RequestBooking"] = refusal(reason)
    page = await ana.press(page, "Book", note="Needs the lift.")
    assert page.problem
    assert "Needs the lift." == page.main.one("textarea").text
    times = await ana.get(page.link("Choose another time"))
    assert "Needs the lift." == (await ana.get(times.link("Book"))).main.one("textarea").text


@pytest.mark.parametrize("reason", ["TOO_MANY_REQUESTS", "CASE_CLOSED"])
async def test_why_wishes_were_not_taken_is_said_above_them(reason: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: without a time the last step still says the wishes, and leads back to them and to the note."""
    typed = {"day1": "2026-02-03", "since1": "09:00", "until1": "12:30", "day3": "2026-03-08"}
    page = await ana.get(f"{REQUEST}/check?{urlencode({'case': CASE_ID, 'specialty': 'ORTHOPAEDICS', **typed})}")
    neighbours.answers["RequestBooking"] = refusal(reason)
    page = await ana.press(page, "Send request", note="Needs the lift.")
    assert page.problem
    assert "When it would suit Tue, Feb 3, 9:00 AM–12:30 PM EST Sun, Mar 8" in page.text

    page = await ana.get(page.link("Change when it would suit"))
    assert typed == {name: page.main.one("input", id=name)["value"] for name in typed}
    page = await ana.press(page, "Continue")
    assert "Needs the lift." == page.main.one("textarea", id="note").text
    assert "Orthopaedics" in page.text


async def test_staff_request_for_a_case_manager(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: staff choose among all cases, and send the same."""
    page = await staff.get("/staff/request")
    assert ListCasesRequest.UNIT == neighbours.only("ListCases").scope
    assert "Ana García, Harbor Insurance" in page.text
    page = await staff.get(f"/staff/request/check?{urlencode({'case': CASE_ID, 'slot': SLOT_KEY})}")
    assert BOOKING == (await staff.press(page, "Book")).goes_to
