"""A new booking in three steps, another time for one, and offers of staff."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from portico.casemanager.v1.booking_resources_pb2 import CLIENT_REQUEST, Booking
from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import ListCasesRequest, ListCasesResponse
from portico.casemanager.v1.schedule_resources_pb2 import Availability
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse

from chassis.call import Role
from chassis.errors import FieldViolation

from .bookings import (
    BOOKING,
    BOOKING_ID,
    ETAG,
    OTHER_BOOKING_ID,
    OWN_BOOKING,
    SLOT_KEY,
    booking,
    requested,
)
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .scheduling import MONDAYS_ID, PLACE_ID, ZHANG_ID, chicago, slot

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
    assert f"{REQUEST}/check?{urlencode({'case': CASE_ID, 'rebook': '', 'slot': SLOT_KEY})}" == answer.goes_to


async def test_the_second_step_is_a_time(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: slots by day, each with its way on; what was chosen before stays in every address."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[
            slot(chicago(2, 2, 9), chicago(2, 2, 9, 45)),
            slot(chicago(2, 2, 11), chicago(2, 2, 12), kind=Availability.ON_DEMAND),
        ],
        next_page_token="on",
    )
    page = await ana.get(f"{REQUEST}?case={CASE_ID}&rebook={OTHER_BOOKING_ID}&specialty=Orthopaedics")
    kept = f"case={CASE_ID}&rebook={OTHER_BOOKING_ID}&specialty=Orthopaedics"
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
    page = await ana.get(f"{CHECK}&rebook={OTHER_BOOKING_ID}&specialty=Orthopaedics")
    assert "Mon, Feb 2, 9:00 AM–9:45 AM CST" in page.text
    assert "This time is booked at once." in page.text
    answer = await ana.press(page, "Book", note="Needs the lift.")
    request = neighbours.only("RequestBooking")
    assert (CASE_ID, MONDAYS_ID, chicago(2, 2, 9).timestamp(), "Orthopaedics", "Needs the lift.", OTHER_BOOKING_ID) == (
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
    page = await ana.press(page, "Continue", specialty="Orthopaedics", **typed)
    assert "Tue, Feb 3, 9:00 AM–12:30 PM" in page.text
    assert "Sun, Mar 8" in page.text
    await ana.press(page, "Send request")
    request = neighbours.only("RequestBooking")
    assert [
        ("2026-02-03T14:00:00Z", "2026-02-03T17:30:00Z"),
        ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
    ] == [(each.start_time.ToJsonString(), each.end_time.ToJsonString()) for each in request.wishes.windows]
    assert "Orthopaedics" == request.specialty

    neighbours.received.clear()
    await ana.press(await ana.press(await ana.get(f"{REQUEST}/wishes?case={CASE_ID}"), "Continue"), "Send request")
    request = neighbours.only("RequestBooking")
    assert ("wishes", 0) == (request.WhichOneof("when"), len(request.wishes.windows))


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"day1": "2026-02-30"}, "day1", "There is no such day in the calendar."),
        ({"day2": "2026-02-03", "since2": "25:00"}, "since2", "Please type a time of day: 09:00."),
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
    page = await ana.press(page, "Send request")
    assert "The end must come after the beginning, and must not be over." == page.problem_of("day3")


@pytest.mark.parametrize("reason", ["TOO_MANY_REQUESTS", "CASE_CLOSED", "TOO_LATE", "TOO_EARLY_TO_BOOK"])
async def test_why_it_was_not_booked_is_said_above(reason: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a refusal stands on the last step, with all that was typed."""
    page = await ana.get(CHECK)
    neighbours.answers["RequestBooking"] = refusal(reason)
    page = await ana.press(page, "Book", note="Needs the lift.")
    assert page.problem
    assert "Needs the lift." == page.main.one("textarea").text


async def test_staff_request_for_a_case_manager(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: staff choose among all cases, and send the same."""
    page = await staff.get("/staff/request")
    assert ListCasesRequest.UNIT == neighbours.only("ListCases").scope
    assert "Ana García, Harbor Insurance" in page.text
    page = await staff.get(f"/staff/request/check?{urlencode({'case': CASE_ID, 'slot': SLOT_KEY})}")
    assert BOOKING == (await staff.press(page, "Book")).goes_to


async def test_a_booking_is_moved(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: times of the same specialist, where the booking's own does not count; old and new stand side by side."""
    neighbours.answers["GetBooking"] = booking()
    page = await ana.get(f"{OWN_BOOKING}/move")
    request = neighbours.only("SearchSlots")
    assert ([ZHANG_ID], BOOKING_ID) == (list(request.specialist_ids), request.exclude_booking_id)
    page = await ana.get(page.link("Move here"))
    assert "Until now Mon, Feb 16" in page.text
    assert "From now on Mon, Feb 2" in page.text
    answer = await ana.press(page, "Move the appointment", reason="CLIENT_REQUEST", comment="Earlier, please.")
    moved = neighbours.only("RescheduleBooking")
    assert (MONDAYS_ID, CLIENT_REQUEST, "Earlier, please.", ETAG) == (
        moved.slot.availability_id,
        moved.reason,
        moved.comment,
        moved.etag,
    )
    assert "The appointment has another time now. Everybody gets a message." == (await ana.follow(answer)).notice


async def test_all_specialists_can_be_looked_at(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: the other tab looks for the same specialty of anybody."""
    page = await ana.get(f"{OWN_BOOKING}/move")
    neighbours.received.clear()
    await ana.get(page.link("All specialists"))
    request = neighbours.only("SearchSlots")
    assert ([], "Orthopaedics") == (list(request.specialist_ids), request.specialty)


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (Availability.ON_DEMAND, [Booking.RESCHEDULE, Booking.REQUEST_MOVE]),
        (Availability.AVAILABLE, [Booking.REQUEST_MOVE]),
    ],
)
async def test_a_time_that_cannot_be_taken_is_asked_for(
    kind: int, allowed: list[int], ana: Browser, neighbours: Neighbours
) -> None:
    """CM-08: an ON_DEMAND time, or any once the notice has passed, is asked of staff."""
    neighbours.answers["GetBooking"] = booking(allowed_actions=allowed)
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[slot(chicago(2, 2, 9), chicago(2, 2, 9, 45), kind=kind)]
    )
    page = await ana.get((await ana.get(f"{OWN_BOOKING}/move")).link("Ask for this time"))
    await ana.press(page, "Ask for this time", reason="CLIENT_REQUEST")
    assert ("slot", ETAG) == (neighbours.only("RequestMove").WhichOneof("when"), neighbours.only("RequestMove").etag)
    assert "RescheduleBooking" not in neighbours.rpcs


async def test_another_time_is_asked_for_with_wishes(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: wishes and a reason go to staff; the appointment stays until they answer."""
    neighbours.answers["GetBooking"] = booking()
    page = await ana.get((await ana.get(f"{OWN_BOOKING}/move")).link("No time fits? Say when it would suit"))
    answer = await ana.press(page, "Ask for another time", day1="2026-02-24", reason="CLIENT_REQUEST")
    assert 1 == len(neighbours.only("RequestMove").wishes.windows)
    assert OWN_BOOKING == answer.goes_to


async def test_a_move_that_lost_comes_with_the_next_ones(ana: Browser, neighbours: Neighbours) -> None:
    """CM-09: a move to a time that somebody else took keeps the old one, and shows the next free times."""
    neighbours.answers["GetBooking"] = booking()
    page = await ana.get(f"{OWN_BOOKING}/move/check?{urlencode({'slot': SLOT_KEY})}")
    neighbours.answers["RescheduleBooking"] = TAKEN
    neighbours.answers["SearchSlots"] = by_start
    page = await ana.press(page, "Move the appointment", reason="CLIENT_REQUEST")
    assert "Somebody else has just taken this time. Please choose another one." == page.problem
    assert f"{OWN_BOOKING}/move/check?{urlencode({'slot': NEXT_KEY})}" == page.link("Take this time")


async def test_times_are_chosen_and_offered(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: what is chosen stands in the address, up to five times; all of it is offered with one button."""
    neighbours.answers["GetBooking"] = requested(allowed_actions=[Booking.OFFER])
    page = await staff.get(f"{BOOKING}/offer")
    assert "Tue, Feb 10, 9:00 AM–12:00 PM" in page.text
    assert BOOKING_ID == neighbours.only("SearchSlots").exclude_booking_id
    page = await staff.get(page.link("Choose"))
    assert "Offer 1 time" in page.buttons()
    page = await staff.press(
        page, "Add this time", specialist=ZHANG_ID, place=PLACE_ID, day="2026-02-03", clock="18:00", minutes="30"
    )
    page = await staff.follow(page)
    assert "Tue, Feb 3, 6:00 PM–6:30 PM CST" in page.text
    answer = await staff.press(page, "Offer 2 times", outside_reason="She stays late.")
    slot_option, own_option = neighbours.only("OfferOptions").options
    assert MONDAYS_ID == slot_option.slot.availability_id
    own = own_option.own
    assert (ZHANG_ID, PLACE_ID, chicago(2, 3, 18).timestamp(), 30, "She stays late.") == (
        own.specialist_id,
        own.place_id,
        own.start_time.seconds,
        own.minutes,
        own.outside_availability_reason,
    )
    assert ETAG == neighbours.only("OfferOptions").etag
    assert "The times are offered and held. The case manager gets a message." == (await staff.follow(answer)).notice


async def test_a_time_is_left_out_again(staff: Browser) -> None:
    """CM-08: what is chosen can be taken away, one by one."""
    own = f"{ZHANG_ID}~telehealth~2026-02-03T09:00~60"
    page = await staff.get(f"{BOOKING}/offer?{urlencode({'own': own})}")
    assert "Telehealth your own time" in page.text
    assert "Offer 1 time" not in (await staff.get(page.link("Leave out"))).buttons()


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"day": "2026-02-30"}, "day", "There is no such day in the calendar."),
        ({"clock": "25:00"}, "clock", "Please type a time of day: 09:00."),
        ({"minutes": "5"}, "minutes", "Please type a whole number in this range."),
    ],
)
async def test_an_own_time_that_cannot_be_is_said_at_its_field(
    typed: dict[str, str], name: str, words: str, staff: Browser
) -> None:
    """CM-08: what was typed stays, and nothing is chosen."""
    whole = {"specialist": ZHANG_ID, "place": "telehealth", "day": "2026-02-03", "clock": "09:00", "minutes": "60"}
    page = await staff.get(f"{BOOKING}/offer?{urlencode({**whole, **typed})}")
    assert words == page.problem_of(name)
    assert typed[name] == page.main.one("input", id=name)["value"]


@pytest.mark.parametrize("reason", ["SLOT_TAKEN", "OPTIONS_OVERLAP", "TOO_MANY_HOLDS", "OUTSIDE_REASON_NEEDED"])
async def test_an_offer_that_was_refused_keeps_what_was_chosen(
    reason: str, staff: Browser, neighbours: Neighbours
) -> None:
    """CM-08: nothing is held then; the page says why, with the same times."""
    page = await staff.get(f"{BOOKING}/offer?{urlencode({'slot': SLOT_KEY})}")
    neighbours.answers["OfferOptions"] = refusal(reason)
    page = await staff.press(page, "Offer 1 time")
    assert page.problem
    assert "Offer 1 time" in page.buttons()


async def test_own_times_that_are_none_are_left_out(staff: Browser) -> None:
    """CM-08: an address that names nobody, nowhere or no time chooses nothing."""
    odd = [
        "odd",
        "a~b~c~d",
        f"{ZHANG_ID}~{PLACE_ID}~2026-02-03T09:00Z~60",
        f"{ZHANG_ID}~{MONDAYS_ID}~2026-02-03T09:00~60",
    ]
    page = await staff.get(f"{BOOKING}/offer?{urlencode({'own': odd}, doseq=True)}")
    assert "Nothing yet. Choose up to five times below." in page.text
