"""Another time for a booking, and the times that staff offer."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from portico.casemanager.v1.booking_resources_pb2 import CLIENT_REQUEST, Booking
from portico.casemanager.v1.schedule_resources_pb2 import Availability
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse

from chassis.call import Role
from chassis.testing import FakeClock

from .bookings import (
    BOOKING,
    BOOKING_ID,
    ETAG,
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


async def test_all_specialists_can_be_searched(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: the other tab looks for the same specialty of anybody."""
    page = await ana.get(f"{OWN_BOOKING}/move")
    neighbours.received.clear()
    await ana.get(page.link("All specialists"))
    request = neighbours.only("SearchSlots")
    assert ([], "ORTHOPAEDICS") == (list(request.specialist_ids), request.specialty)


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
    free = SearchSlotsRequest(start_time="2026-02-04T15:00:00Z")
    page = await ana.press(page, "Move the appointment", reason="CLIENT_REQUEST", comment="Is travelling & tired.")
    assert "Somebody else has just taken this time. Please choose another one." == page.problem
    why = {"reason": "CLIENT_REQUEST", "comment": "Is travelling & tired."}
    assert f"{OWN_BOOKING}/move/check?{urlencode({**why, 'slot': NEXT_KEY})}" == page.link("Take this time")

    neighbours.answers |= {"RescheduleBooking": booking(), "SearchSlots": by_start(free)}
    for way in (page.link("Take this time"), (await ana.get(page.link("Choose another time"))).link("Move here")):
        neighbours.received.clear()
        await ana.press(await ana.get(way), "Move the appointment")
        moved = neighbours.only("RescheduleBooking")
        assert (CLIENT_REQUEST, why["comment"]) == (moved.reason, moved.comment)


@pytest.mark.parametrize("path", ["move/wishes", f"move/check?{urlencode({'slot': SLOT_KEY})}"])
async def test_a_move_of_a_booking_that_was_changed_keeps_what_was_typed(
    path: str, ana: Browser, neighbours: Neighbours
) -> None:
    """CM-08: wishes, reason and comment come again with the version that is there now, as long as it can be moved."""
    neighbours.answers["GetBooking"] = booking()
    page = await ana.get(f"{OWN_BOOKING}/{path}")
    neighbours.answers |= {
        "GetBooking": booking(etag="8"),
        **dict.fromkeys(("RequestMove", "RescheduleBooking"), refusal("CONCURRENT_CHANGE")),
    }
    is_wish = path == "move/wishes"
    button = "Ask for another time" if is_wish else "Move the appointment"
    wishes = {"day1": "2026-02-24", "since2": "09:00", "day3": "2026-02-26"} if is_wish else {}
    page = await ana.press(page, button, reason="CLIENT_REQUEST", comment="Is travelling.", **wishes)
    assert (409, OWN_BOOKING) == (page.status, page.link("Look at what is there now"))
    assert wishes == {name: page.main.one("input", id=name)["value"] for name in wishes}

    neighbours.answers["GetBooking"] = booking(allowed_actions=[])
    assert OWN_BOOKING == (await ana.press(page, button)).goes_to
    neighbours.answers |= dict.fromkeys(("RequestMove", "RescheduleBooking"), booking())
    neighbours.received.clear()
    await ana.press(page, button)
    request = neighbours.only("RequestMove" if is_wish else "RescheduleBooking")
    assert (CLIENT_REQUEST, "Is travelling.", "8") == (request.reason, request.comment, request.etag)


async def test_a_booking_is_not_moved_to_where_it_is(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: its own time is free for it, stands among the others, and has no button."""
    neighbours.answers["GetBooking"] = booking()
    own = slot(chicago(2, 16, 9), chicago(2, 16, 9, 45))
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(slots=[own])
    page = await ana.get(f"{OWN_BOOKING}/move")
    assert "its time now" in page.text
    assert "Move here" not in page.text


async def test_no_time_is_shown_that_cannot_be_offered(
    staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """CM-08: times that begin within the next two hours are left out; another day begins at midnight."""
    neighbours.answers["GetBooking"] = requested(allowed_actions=[Booking.OFFER])
    await staff.get(f"{BOOKING}/offer")
    earliest = clock() + timedelta(hours=2, minutes=15)
    assert f"{earliest:%Y-%m-%dT%H:%M:%SZ}" == neighbours.only("SearchSlots").start_time
    neighbours.received.clear()
    await staff.get(f"{BOOKING}/offer?from=2026-02-03")
    assert "2026-02-03T05:00:00Z" == neighbours.only("SearchSlots").start_time


async def test_times_are_chosen_and_offered(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: what is chosen stands in the address, up to five times; all of it is offered with one button."""
    neighbours.answers["GetBooking"] = requested(allowed_actions=[Booking.OFFER])
    page = await staff.get(f"{BOOKING}/offer")
    assert "Tue, Feb 10, 9:00 AM–12:00 PM EST" in page.text
    assert "" == page.main.one("details").get("open")
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
    assert "open" == page.main.one("details").get("open")


@pytest.mark.parametrize(
    "reason", ["SLOT_TAKEN", "OPTIONS_OVERLAP", "TOO_MANY_HOLDS", "OUTSIDE_REASON_NEEDED", "CONCURRENT_CHANGE"]
)
async def test_an_offer_that_was_refused_keeps_what_was_chosen(
    reason: str, staff: Browser, neighbours: Neighbours
) -> None:
    """CM-08: nothing is held then; the page says why, with the same times."""
    page = await staff.get(f"{BOOKING}/offer?{urlencode({'slot': SLOT_KEY})}")
    neighbours.answers["OfferOptions"] = refusal(reason)
    page = await staff.press(page, "Offer 1 time")
    assert page.problem or BOOKING == page.link("Look at what is there now")
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
