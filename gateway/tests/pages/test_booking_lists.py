"""The lists of bookings of case managers, staff and specialists, and the board of staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from portico.casemanager.v1.booking_resources_pb2 import (
    Booking,
    BookingOption,
)
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse

from chassis.call import Role
from chassis.testing import FakeClock
from chassis.wire import timestamp

from .bookings import (
    BOOKING_ID,
    BOOKINGS,
    OWN_BOOKING,
    OWN_BOOKINGS,
    SP_BOOKINGS,
    booking,
    cancelled,
    offered,
    option,
    requested,
)
from .case_managers import case_manager
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn

OTHER_MANAGER_ID = "01990000-0000-7000-8000-0000000000b9"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where a specialist sits."""
    return signed_in(Role.SPECIALIST)


def found(*bookings: Booking, next_page_token: str = "") -> ListBookingsResponse:
    return ListBookingsResponse(bookings=bookings, next_page_token=next_page_token)


async def test_a_row_says_what_a_booking_is(ana: Browser) -> None:
    """PO-07, CM-08: number, who, state in words, when by both clocks, with whom."""
    page = await ana.get(OWN_BOOKINGS)

    [row] = page.main.one("tbody").all("tr")
    assert "B-000123 Noah Tran Confirmed Mon, Feb 16, 9:00 AM–9:45 AM CST 10:00 AM your time Dr Rui Zhang" == row.text
    assert f"{OWN_BOOKING}?next=/cm/bookings" == page.link("B-000123")
    assert "/cm/request" == page.link("Request a booking")


@pytest.mark.parametrize(
    ("shown", "words", "way"),
    [
        (offered(), "Choose a time", OWN_BOOKING),
        (offered(allowed_actions=[Booking.REFUSE]), "Ask for other times", OWN_BOOKING),
        (booking(allowed_actions=[Booking.TAKE_OVER]), "Take over", OWN_BOOKING),
        (
            booking(state=Booking.NOT_ATTENDED, allowed_actions=[Booking.RECORD_OUTCOME]),
            "Book again",
            f"/cm/request?case={CASE_ID}&rebook={BOOKING_ID}",
        ),
        (cancelled(), "Book again", f"/cm/request?case={CASE_ID}&rebook={BOOKING_ID}"),
    ],
)
async def test_a_row_leads_to_its_next_step(
    shown: Booking, words: str, way: str, ana: Browser, neighbours: Neighbours
) -> None:
    """PO-07, CM-08: what can be done first says the service; what is over can be booked again."""
    neighbours.answers["ListBookings"] = found(shown)
    page = await ana.get(OWN_BOOKINGS)
    assert way == page.link(f"{words} B-000123")


async def test_what_is_a_colleagues_is_booked_again_by_them(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08, CM-15: who reads a booking of the unit finds no way to a request that is not theirs to make."""
    neighbours.answers["ListBookings"] = found(cancelled(case_manager_id=OTHER_MANAGER_ID))
    page = await ana.get(f"{OWN_BOOKINGS}?scope=unit")
    assert "Book again" not in page.main.one("tbody").text


async def test_a_row_says_when_no_offered_time_is_left(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-08: then staff are to offer others; as long as one is left they wait."""
    gone = offered(option(state=BookingOption.GONE), allowed_actions=[Booking.OFFER])
    neighbours.answers["ListBookings"] = found(gone, offered(allowed_actions=[Booking.OFFER]))
    page = await staff.get(f"{BOOKINGS}/list")
    none_left, waiting = (row.text for row in page.main.one("tbody").all("tr"))
    assert "none of the times is free any more" in none_left
    assert "Offer times B-000123" in none_left
    assert "2 times are offered" in waiting
    assert "Offer times" not in waiting


async def test_what_is_looked_for_stands_in_the_address(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: states, case and whose are asked for as the address says; odd ones are passed over."""
    neighbours.answers["ListBookings"] = found(booking(), next_page_token="on")
    page = await ana.get(f"{OWN_BOOKINGS}?state=OFFERED&state=CONFIRMED&state=odd&case={CASE_ID}&scope=unit&page=here")

    request = neighbours.only("ListBookings")
    assert ([Booking.OFFERED, Booking.CONFIRMED], CASE_ID, ListBookingsRequest.UNIT, "here", 25) == (
        list(request.states),
        request.case_id,
        request.scope,
        request.page_token,
        request.page_size,
    )
    kept = f"{OWN_BOOKINGS}?scope=unit&state=OFFERED&state=CONFIRMED&case={CASE_ID}"
    assert f"{kept}&page=on" == page.link("Next page")
    assert f"{OWN_BOOKINGS}?state=OFFERED&state=CONFIRMED&case={CASE_ID}" == page.link("My bookings")
    assert f"{OWN_BOOKINGS}?scope=unit" == page.link("Show all")
    assert "Ana García" in page.main.one("tbody").text
    neighbours.answers["ListBookings"] = found()
    assert OWN_BOOKINGS == (await ana.get(f"{OWN_BOOKINGS}?page=gone")).goes_to


@pytest.mark.parametrize(
    ("role", "address", "scope"),
    [
        (Role.CASE_MANAGER, OWN_BOOKINGS, ListBookingsRequest.MINE),
        (Role.SPECIALIST, SP_BOOKINGS, ListBookingsRequest.UNIT),
    ],
)
async def test_everybody_begins_with_their_own(
    role: Role, address: str, scope: int, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-07, CM-15: case managers with those that are theirs, specialists with all that they see."""
    await signed_in(role).get(address)
    assert scope == neighbours.only("ListBookings").scope


async def test_where_nothing_is(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: an empty list says what to do next; without a unit there is no tab, without a profile no list."""
    neighbours.answers["ListBookings"] = found()
    neighbours.answers["GetMyProfile"] = case_manager(business_unit_id="")
    page = await ana.get(OWN_BOOKINGS)
    assert "No bookings yet." in page.text
    assert "/cm/request" == page.link("Request a booking")
    assert "My unit" not in page.text
    assert OWN_BOOKINGS == (await ana.get(f"{OWN_BOOKINGS}?state=OFFERED")).link("Show all")
    neighbours.answers["GetMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert "/cm" == (await ana.get(OWN_BOOKINGS)).goes_to


def scopes(neighbours: Neighbours) -> set[int]:
    """Whose bookings were asked for."""
    return {each.request.scope for each in neighbours.received if each.rpc == "ListBookings"}


async def test_the_board_has_a_column_for_each_step(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-06, CM-08: requests, offers, what is ahead, outcomes and reports that are due, each with its count and age."""

    def listed(request: ListBookingsRequest) -> ListBookingsResponse:
        [state] = request.states
        if request.outcome_due:
            return found(booking(end_time=timestamp(clock() - timedelta(days=2))))
        if state != Booking.REQUESTED:
            return found()
        answer = found(requested(state_time=timestamp(clock() - timedelta(hours=21))), next_page_token="on")
        answer.state_counts.add(state=Booking.REQUESTED, count=1000)
        answer.state_counts.add(state=Booking.OFFERED, count=7)
        return answer

    neighbours.answers["ListBookings"] = listed
    page = await staff.get(BOOKINGS)

    cards = {card.one("h2").text: card.text for card in page.main.all("section", class_="card")}
    assert ["Requests 1,000+", "Times offered", "Confirmed", "Outcome due 1", "Report due"] == list(cards)
    assert "B-000123 · Noah Tran Orthopaedics · Harbor Insurance for 21 hours" in cards["Requests 1,000+"]
    assert "over for 2 days" in cards["Outcome due 1"]
    assert "Nothing here." in cards["Report due"]
    assert f"{BOOKINGS}/list?state=REQUESTED" == page.link("Show all of these")
    assert {ListBookingsRequest.UNIT} == scopes(neighbours)
    asked = [each.request for each in neighbours.received if each.rpc == "ListBookings"]
    assert [True] * 5 == [each.with_counts for each in asked]
    assert {
        ("REQUESTED", "create_time", "", False, False),
        ("OFFERED", "create_time", "", False, False),
        ("CONFIRMED", "start_time", f"{clock():%Y-%m-%dT%H:%M:%SZ}", False, False),
        ("CONFIRMED", "start_time", "", True, False),
        ("ATTENDED", "start_time", "", False, True),
    } == {
        (
            Booking.State.Name(each.states[0]),
            each.order_by,
            each.start_time_from,
            each.outcome_due,
            each.report_due,
        )
        for each in asked
    }
    neighbours.received.clear()
    await staff.get(page.link("Those I look after"))
    assert {ListBookingsRequest.MINE} == scopes(neighbours)


@pytest.mark.parametrize("scope", ["", "?scope=mine"])
async def test_each_column_leads_to_the_list_of_what_is_in_it(
    scope: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-08: «Show all of these» asks for the same as the column, page by page."""
    neighbours.answers["ListBookings"] = found(booking(), next_page_token="on")
    page = await staff.get(f"{BOOKINGS}{scope}")
    columns = [each.request for each in neighbours.received if each.rpc == "ListBookings"]
    ways = [link["href"] for link in page.main.all("a") if link.text == "Show all of these"]
    lists = []
    for way in ways:
        neighbours.received.clear()
        await staff.get(way)
        lists.append(neighbours.only("ListBookings"))

    def asked(request: ListBookingsRequest) -> tuple[object, ...]:
        due = (request.outcome_due, request.report_due)
        return (list(request.states), request.scope, request.start_time_from, *due)

    assert sorted(map(asked, columns)) == sorted(map(asked, lists))
    assert ["start_time"] * 3 == [each.order_by for each in lists[2:]]


async def test_the_board_in_spanish(signed_in: SignedIn, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-01, PO-06: a column says what is missing, and a row when it is due."""
    due = booking(state=Booking.ATTENDED, report_due_time=timestamp(clock() + timedelta(days=3)))
    neighbours.answers["ListBookings"] = found(due)
    page = await signed_in(Role.STAFF, language="es").get(BOOKINGS)
    card = page.main.one("section", **{"aria-labelledby": "reports"})
    assert "Falta el informe" in card.one("h2").text
    assert "Informe: en 3 días" in card.text


async def test_an_empty_board_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-08: no open requests, and a way to make one."""
    neighbours.answers["ListBookings"] = found()
    page = await staff.get(BOOKINGS)
    assert "No open requests." in page.text
    assert "/staff/request" == page.link("Request a booking")


async def test_staffs_list_has_all_of_them(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-08: beside the board stands a table of all, and of those that the reader looks after."""
    page = await staff.get(f"{BOOKINGS}/list?state=CONFIRMED")
    assert ListBookingsRequest.UNIT == neighbours.only("ListBookings").scope
    assert "Ana García" in page.main.one("tbody").text
    assert f"{BOOKINGS}/list?scope=mine&state=CONFIRMED" == page.link("Those I look after")
    assert BOOKINGS == page.link("Board")
