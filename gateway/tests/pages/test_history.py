"""What was booked so far, and taking it home."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.schedule_resources_pb2 import TELEHEALTH
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsResponse

from chassis.call import Role

from .bookings import HISTORY_PAGE, OWN_BOOKING, OWN_HISTORY, SP_HISTORY, booking
from .case_managers import ANA_ID, COMPANY_ID, UNIT_ID, case_manager
from .downloads import KINDS, Kind
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .scheduling import PLACE_ID, ZHANG_ID

CHOSEN = (
    f"query=tran&state=REPORTED&when=past&needs=report_overdue&first_day=2026-01-05&last_day=2026-01-06"
    f"&create_first_day=2025-12-01&create_last_day=2025-12-31&company={COMPANY_ID}&unit={UNIT_ID}&manager={ANA_ID}"
    f"&specialist={ZHANG_ID}&place={PLACE_ID}&service=IME&mode=TELEHEALTH&order=start_time"
)
GONE = {
    "GetCaseManager": "CASE_MANAGER_NOT_FOUND",
    "GetSpecialist": "SPECIALIST_NOT_FOUND",
    "ListBusinessUnits": "COMPANY_NOT_FOUND",
}
MINE, UNIT = ListBookingsRequest.MINE, ListBookingsRequest.UNIT


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


def counted(**counts: int) -> list[ListBookingsResponse.StateCount]:
    return [
        ListBookingsResponse.StateCount(state=Booking.State.Value(name), count=count) for name, count in counts.items()
    ]


async def test_a_row_says_what_was_booked(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-14: number, who, state, when, with whom; chips say how many there are in each state."""
    found = ListBookingsResponse(bookings=[booking()], state_counts=counted(CONFIRMED=2, REPORTED=1000))
    neighbours.answers["ListBookings"] = found
    page = await ana.get(OWN_HISTORY)

    [row] = page.main.one("tbody").all("tr")
    assert row.text.startswith("B-000123 Noah Tran Confirmed Mon, Feb 16, 9:00 AM")
    assert "Dr Rui Zhang" in row.text
    assert f"{OWN_BOOKING}?next=/cm/history" == page.link("B-000123")
    chips = [label.text for label in page.main.all("label", class_="chip")]
    assert {"Confirmed 2", "Report is there 1,000+", "Declined 0", "Past", "Still to come"} <= {*chips}
    assert neighbours.only("ListBookings").with_counts


async def test_what_is_looked_for_stands_in_the_address(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-14: words, filters and order are asked for as the address says, days of the organization's calendar."""
    neighbours.answers["ListBookings"] = ListBookingsResponse(bookings=[booking()], next_page_token="on")
    page = await staff.get(f"{HISTORY_PAGE}?{CHOSEN}&page=here")

    request = neighbours.only("ListBookings")
    assert (
        ListBookingsRequest(
            page_size=25,
            page_token="here",
            with_counts=True,
            scope=UNIT,
            query="tran",
            states=[Booking.REPORTED],
            company_id=COMPANY_ID,
            business_unit_id=UNIT_ID,
            case_manager_id=ANA_ID,
            specialist_id=ZHANG_ID,
            place_id=PLACE_ID,
            service_type="IME",
            mode=TELEHEALTH,
            report_overdue=True,
            start_time_from="2026-01-05T05:00:00Z",
            start_time_before="2026-01-07T05:00:00Z",
            create_time_from="2025-12-01T05:00:00Z",
            create_time_before="2026-01-01T05:00:00Z",
            order_by="start_time",
        )
        == request
    )
    assert f"{HISTORY_PAGE}?{CHOSEN}&page=on" == page.link("Next page")
    assert f"{HISTORY_PAGE}?{CHOSEN}" == page.link("First page")
    assert HISTORY_PAGE == page.link("Show all")
    assert page.link("When").endswith("order=start_time+desc")
    assert f"{HISTORY_PAGE}.xlsx?{CHOSEN}" == page.link("Excel (XLSX)")
    neighbours.answers["ListBookings"] = ListBookingsResponse()
    assert f"{HISTORY_PAGE}?query=x" == (await staff.get(f"{HISTORY_PAGE}?query=x&page=gone")).goes_to


async def test_odd_wishes_are_passed_over(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-14: filters that there are not, days that no calendar has, and companies that are staff's to choose."""
    odd = "scope=mine&state=odd&when=odd&needs=odd&first_day=2026-02-30&last_day=9999-12-31&mode=odd&order=odd"
    await ana.get(f"{OWN_HISTORY}?{odd}&company={COMPANY_ID}&unit={UNIT_ID}&manager={ANA_ID}&create_first_day=odd")
    usual = ListBookingsRequest(page_size=25, with_counts=True, scope=MINE, order_by="create_time desc")
    assert usual == neighbours.only("ListBookings")


def offered(page: Page, name: str) -> list[tuple[str, str]]:
    """What can be chosen."""
    return [(each["value"], each.text) for each in page.main.one("select", name=name).all("option")]


@pytest.mark.parametrize("role", [Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST])
async def test_what_a_side_can_choose(role: Role, signed_in: SignedIn) -> None:
    """CM-14, CM-15: places for all; specialists for who books; companies and who booked for staff."""
    address = {Role.STAFF: HISTORY_PAGE, Role.CASE_MANAGER: OWN_HISTORY, Role.SPECIALIST: SP_HISTORY}[role]
    page = await signed_in(role).get(address)

    names = [each["name"] for each in page.main.one("form", class_="search").all("select")]
    of_staff, of_bookers = ["company", "manager"], ["specialist"]
    expected = {Role.STAFF: [*of_staff, *of_bookers], Role.CASE_MANAGER: of_bookers, Role.SPECIALIST: []}[role]
    assert ["needs", *expected, "place", "service", "mode"] == names
    assert [("", "any"), (PLACE_ID, "Riverside Clinic")] == offered(page, "place")
    if role is not Role.SPECIALIST:
        assert [("", "any"), (ZHANG_ID, "Dr Rui Zhang")] == offered(page, "specialist")


async def test_units_and_people_of_a_company(staff: Browser, neighbours: Neighbours) -> None:
    """CM-14: with a company its units stand above the table, and who booked is of it alone."""
    page = await staff.get(f"{HISTORY_PAGE}?company={COMPANY_ID}&unit={UNIT_ID}&query=x")

    assert f"{HISTORY_PAGE}?query=x&company={COMPANY_ID}" == page.link("All units")
    assert f"{HISTORY_PAGE}?query=x&company={COMPANY_ID}&unit={UNIT_ID}" == page.link("North")
    assert COMPANY_ID == neighbours.only("ListCaseManagers").company_id
    neighbours.received.clear()
    await staff.get(f"{HISTORY_PAGE}?unit={UNIT_ID}")
    assert "" == neighbours.only("ListBookings").business_unit_id


async def test_who_is_chosen_is_offered(staff: Browser, neighbours: Neighbours) -> None:
    """CM-14: beyond the first 200 too; of whom and of what there is not nothing is found, and the page says so."""
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse()
    address = f"{HISTORY_PAGE}?company={COMPANY_ID}&manager={ANA_ID}&specialist={ZHANG_ID}"
    page = await staff.get(address)
    assert [(ANA_ID, "Ana García"), (ZHANG_ID, "Dr Rui Zhang")] == [
        offered(page, name)[-1] for name in ("manager", "specialist")
    ]

    neighbours.answers["ListBookings"] = ListBookingsResponse()
    for rpc, reason in GONE.items():
        neighbours.answers[rpc] = refusal(reason)
    assert "Nothing found." in (await staff.get(address)).text


@pytest.mark.parametrize(
    ("role", "address", "scope"),
    [
        (Role.CASE_MANAGER, OWN_HISTORY, MINE),
        (Role.CASE_MANAGER, f"{OWN_HISTORY}?scope=unit", UNIT),
        (Role.SPECIALIST, SP_HISTORY, UNIT),
        (Role.STAFF, HISTORY_PAGE, UNIT),
        (Role.STAFF, f"{HISTORY_PAGE}?scope=mine", MINE),
    ],
)
async def test_whose_bookings(
    role: Role, address: str, scope: int, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-07, CM-15: case managers begin with their own, and may look at their unit; the others see all of theirs."""
    await signed_in(role).get(address)
    assert scope == neighbours.only("ListBookings").scope


@pytest.mark.parametrize(("when", "filled"), [("past", "start_time_before"), ("coming", "start_time_from")])
async def test_past_is_a_filter(when: str, filled: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-14: what is past, or still to come, is the same list by the time that it is now."""
    await ana.get(f"{OWN_HISTORY}?when={when}")
    request = neighbours.only("ListBookings")
    both = {"start_time_before": request.start_time_before, "start_time_from": request.start_time_from}
    assert {filled} == {name for name, value in both.items() if value}


async def test_where_nothing_is(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-14: an empty list leads on, and there is nothing to download; without a profile there is no list."""
    neighbours.answers["ListBookings"] = ListBookingsResponse()
    neighbours.answers["GetMyProfile"] = case_manager(business_unit_id="")
    page = await ana.get(OWN_HISTORY)
    assert "/cm/request" == page.link("Request a booking")
    assert "Download all" not in page.text
    assert "My unit" not in page.text
    assert OWN_HISTORY == (await ana.get(f"{OWN_HISTORY}?query=x")).link("Show all")
    neighbours.answers["GetMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert "/cm" == (await ana.get(OWN_HISTORY)).goes_to


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_the_file_has_what_was_looked_for(kind: Kind, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-14: the file is narrowed as the table is, and is called by its day."""
    page = await staff.get(f"{HISTORY_PAGE}.{kind}?{CHOSEN}")
    assert (b"Booking,Case\r\n", kind.media_type) == (page.answer.content, page.answer.headers["content-type"])
    assert kind.is_named("bookings", page.answer)
    request = neighbours.only("ExportBookings")
    assert (kind.format, PLACE_ID, "tran", [Booking.REPORTED], "start_time", True, UNIT) == (
        request.format,
        request.place_id,
        request.query,
        list(request.states),
        request.order_by,
        request.report_overdue,
        request.scope,
    )


async def test_a_pdf_that_is_too_long_is_a_page(staff: Browser, neighbours: Neighbours) -> None:
    """CM-14: the refusal says what to do instead."""
    neighbours.answers["ExportBookings"] = refusal("EXPORT_TOO_LARGE")
    page = await staff.get(f"{HISTORY_PAGE}.pdf")
    assert "A PDF has at most 5,000 rows. Please take Excel or CSV, or look for fewer." in page.text
