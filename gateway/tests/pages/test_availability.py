"""When somebody can be booked: for staff in a profile, and for specialists their own."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.availabilities_pb2 import ListAvailabilitiesResponse
from portico.casemanager.v1.places_pb2 import ListPlacesResponse
from portico.casemanager.v1.schedule_resources_pb2 import Availability, Place
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.testing import FakeClock

from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import REQUEST_ID
from .scheduling import (
    BOOKING_ID,
    MONDAYS_ID,
    PLACE_ID,
    ZHANG,
    ZHANG_ID,
    booked,
    mondays,
    place,
    specialist,
)

BASES = pytest.mark.parametrize("base", [ZHANG, "/sp"], ids=["staff", "own"])
TYPED = {
    "request_id": REQUEST_ID,
    "kind": "ON_DEMAND",
    "place_id": PLACE_ID,
    "start_date": "2026-02-02",
    "start_minute": "09:00",
    "end_minute": "12:30",
    "appointment_minutes": "45",
}


@pytest.fixture
def browser(base: str, signed_in: SignedIn) -> Browser:
    """Where staff sit, or the specialist."""
    return signed_in(Role.SPECIALIST if base == "/sp" else Role.STAFF)


def body(browser: Browser, **typed: object) -> bytes:
    """A form with fields that stand several times."""
    return urlencode({"as": browser.seen_by, **TYPED, **typed}, doseq=True).encode()


@BASES
async def test_the_list_says_it_in_words(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: days, hours, where, how long, since when until when, on whose clock, and what is different."""
    one = mondays(
        weekdays=[],
        kind=Availability.ON_DEMAND,
        mode=res.TELEHEALTH,
        place_id="",
        end_date="2026-02-02",
        exceptions=[],
        end_minute=1440,
        service_types=["Review", "IME"],
    )
    neighbours.answers["ListAvailabilities"] = ListAvailabilitiesResponse(
        availabilities=[mondays(), one, mondays(weekdays=[1, 2, 3, 4, 5], interval_weeks=2)], next_page_token="on"
    )
    page = await browser.get(f"{base}/availability")

    first, second, third = page.main.one("ul", class_="rows").all("li")
    assert first.text.startswith(
        "Monday and Wednesday, every week 9:00 AM–12:00 PM Books at once"
        " Riverside Clinic · appointments of 45 minutes"
        " Mon, Feb 2, 2026 to Mon, Jun 29, 2026 · Central Time · Chicago · 1 date is different"
    )
    assert second.text.startswith(
        "Mon, Feb 2, 2026 9:00 AM–12:00 AM We ask first Telehealth · appointments of 45 minutes · Review, Examination"
    )
    assert third.text.startswith("Monday to Friday, every 2 weeks 9:00 AM–12:00 PM")
    assert f"{base}/availability?page=on" == page.link("Next page")
    at = f"{base}/availability/{MONDAYS_ID}"
    assert [at, f"{at}/dates", f"{at}/remove"] == [link["href"] for link in first.all("a")]
    assert [at, f"{at}/remove"] == [link["href"] for link in second.all("a")]


@BASES
async def test_only_what_lies_ahead_is_listed(
    base: str, browser: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-06: the list begins with today on the specialist's clock, and is theirs."""
    zone = specialist(time_zone="Pacific/Auckland")
    neighbours.answers |= {"GetSpecialist": zone, "ListSpecialists": ListSpecialistsResponse(specialists=[zone])}
    await browser.get(f"{base}/availability")

    request = neighbours.only("ListAvailabilities")
    tomorrow = clock() + timedelta(hours=13)
    assert (ZHANG_ID, tomorrow.date().isoformat()) == (request.specialist_id, request.from_date)


@BASES
async def test_where_nothing_is_three_fields_make_the_first(
    base: str, browser: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: a day, from and to are enough where it is plain where the specialist sees people."""
    person = specialist(modes=[res.IN_PERSON])
    neighbours.answers |= {
        "ListAvailabilities": ListAvailabilitiesResponse(),
        "GetSpecialist": person,
        "ListSpecialists": ListSpecialistsResponse(specialists=[person]),
    }
    page = await browser.get(f"{base}/availability")
    form, _ = page.form("Add time")
    assert ["start_date", "start_minute", "end_minute"] == [
        each["name"] for each in form.all("input") if each.get("type") != "hidden"
    ]
    answer = await browser.press(page, "Add time", start_date="2026-02-02", start_minute="09:00", end_minute="00:00")

    request = neighbours.only("CreateAvailability")
    assert (ZHANG_ID, res.IN_PERSON, PLACE_ID) == (request.specialist_id, request.mode, request.place_id)
    block = request.block
    assert (540, 1440, "2026-02-02", "", []) == (
        block.start_minute,
        block.end_minute,
        block.start_date,
        block.end_date,
        list(block.weekdays),
    )
    assert (Availability.AVAILABLE, 60) == (block.kind, block.appointment_minutes)
    assert f"{base}/availability" == answer.goes_to
    assert "can be booked from now on" in (await browser.follow(answer)).notice


@BASES
async def test_where_it_is_not_plain_the_short_form_asks_where(
    base: str, browser: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: who sees people in several ways chooses one; own places come first, inactive ones not at all."""
    neighbours.answers |= {
        "ListAvailabilities": ListAvailabilitiesResponse(),
        "ListPlaces": ListPlacesResponse(
            places=[place(id=MONDAYS_ID, name="Annex"), place(), place(id=ZHANG_ID, status=Place.INACTIVE)]
        ),
    }
    page = await browser.get(f"{base}/availability")

    options = page.main.one("select", id="place_id").all("option")
    assert ["", PLACE_ID, "telehealth", MONDAYS_ID] == [option["value"] for option in options]


@BASES
async def test_services_are_chosen_from_the_list(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06, CM-07: what is chosen is ticked, also a type of service that the list has no longer."""
    neighbours.answers["GetAvailability"] = mondays(service_types=["Review", "IME"])
    page = await browser.get(f"{base}/availability/{MONDAYS_ID}")
    boxes = page.main.all("input", name="service_types")
    assert [("IME", "checked"), ("FILE", ""), ("Review", "checked")] == [
        (box["value"], box.get("checked")) for box in boxes
    ]
    assert "Examination File review Review (no longer offered) Without a choice: for all." in page.text


@BASES
async def test_a_series_is_made_with_all_that_it_has(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: days of the week, until when, how often, buffer, step, notice and services."""
    await browser.post(
        f"{base}/availability/new",
        body(
            browser,
            place_id="telehealth",
            weekdays=["3", "1", "8"],
            end_date="2026-06-29",
            interval_weeks="2",
            buffer_minutes="15",
            step_minutes="90",
            minimum_notice_hours="0",
            service_types="Review\nSurgery\nReview",
        ),
    )

    request = neighbours.only("CreateAvailability")
    block = request.block
    assert (res.TELEHEALTH, "") == (request.mode, request.place_id)
    assert ([1, 3], "2026-06-29", 2) == (list(block.weekdays), block.end_date, block.interval_weeks)
    assert (15, 90, 0, True) == (
        block.buffer_minutes,
        block.step_minutes,
        block.minimum_notice_hours,
        block.HasField("minimum_notice_hours"),
    )
    assert (["Review", "Surgery"], Availability.ON_DEMAND, 750) == (
        list(block.service_types),
        block.kind,
        block.end_minute,
    )


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"place_id": ""}, "place_id", "Please choose where."),
        ({"start_date": "31/12"}, "start_date", "There is no such day in the calendar."),
        ({"start_minute": "nine"}, "start_minute", "Please type a time of day: 09:00."),
        ({"appointment_minutes": "5"}, "appointment_minutes", "Please type a whole number in this range."),
        ({"buffer_minutes": "-1"}, "buffer_minutes", "Please type a whole number in this range."),
        ({"weekdays": "1"}, "end_date", "This is needed."),
        ({"kind": "PERHAPS"}, "kind", "Please choose one."),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    typed: dict[str, str], name: str, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: what is typed wrong goes nowhere, is said at its field, and the rest stays."""
    page = await staff.post(f"{ZHANG}/availability/new", {**TYPED, **typed})

    assert (400, words) == (page.status, page.main.one("p", id=f"{name}-problem").text)
    assert "CreateAvailability" not in neighbours.rpcs
    assert "12:30" == page.main.one("input", id="end_minute")["value"]


@pytest.mark.parametrize(
    ("typed", "is_open"),
    [
        ({"start_minute": "nine"}, False),
        ({"start_minute": "nine", "minimum_notice_hours": "48"}, True),
        ({"step_minutes": "often"}, True),
        ({"service_types": "Surgery"}, True),
    ],
    ids=["nothing in it", "filled", "wrong", "refused"],
)
async def test_what_few_need_is_open_where_it_says_something(
    typed: dict[str, str], is_open: bool, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: nobody looks for the wrong field in a closed fold."""
    neighbours.answers["CreateAvailability"] = refusal("VALUE_NOT_LISTED")
    page = await staff.post(f"{ZHANG}/availability/new", {**TYPED, **typed})
    assert (400, is_open) == (page.status, bool(page.main.one("details").get("open")))


@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        (refusal("PLACE_INACTIVE"), "place_id", "This place is inactive: no new times can be entered there."),
        (refusal("AVAILABILITY_TOO_LONG"), "end_date", "A series lasts at most two years."),
        (
            refusal("INVALID_REQUEST", FieldViolation("block.end_minute", "BLOCK_EMPTY", "The end must be later.")),
            "end_minute",
            "The end must be later.",
        ),
    ],
    ids=["inactive place", "too long", "empty"],
)
async def test_what_is_refused_is_said_beside_its_field(
    error: Exception, name: str, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: a refusal stands at the field that it is about."""
    neighbours.answers["CreateAvailability"] = error
    page = await staff.post(f"{ZHANG}/availability/new", TYPED)

    assert words == page.main.one("p", id=f"{name}-problem").text


@BASES
async def test_times_are_changed(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the form has what is known, says where and on whose clock, and offers no other place."""
    page = await browser.get(f"{base}/availability/{MONDAYS_ID}")
    assert "Riverside Clinic · Central Time · Chicago" in page.text
    assert [] == page.main.all("select", id="place_id")
    assert ["1", "3"] == [box["value"] for box in page.main.all("input", name="weekdays") if box.get("checked")]
    assert ("09:00", "12:00", "", "15") == tuple(
        page.main.one("input", id=name).get("value")
        for name in ("start_minute", "end_minute", "step_minutes", "buffer_minutes")
    )
    answer = await browser.press(page, "Save", weekdays="3", end_minute="13:00")

    request = neighbours.only("UpdateAvailability")
    assert (MONDAYS_ID, [3], 780) == (request.availability_id, list(request.block.weekdays), request.block.end_minute)
    assert f"{base}/availability" == answer.goes_to
    assert "The times are changed." == (await browser.follow(answer)).notice


@BASES
async def test_bookings_that_no_longer_fit_are_named(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: after a change or a removal a page names the bookings that stay, on the specialist's clock."""
    outside = mondays(bookings=[booked()])
    neighbours.answers |= {"UpdateAvailability": outside, "DeleteAvailability": outside}
    at = f"{base}/availability/{MONDAYS_ID}"
    for page, button in ((await browser.get(at), "Save"), (await browser.get(f"{at}/remove"), "Remove")):
        typed = {"weekdays": "3"} if button == "Save" else {}
        answer = await browser.press(page, button, **typed)
        assert "These bookings stay" == answer.heading
        assert "B-000012 Feb 16, 9:00 AM CST" in answer.text
        assert f"{'/sp' if base == '/sp' else '/staff'}/bookings/{BOOKING_ID}" == answer.link("B-000012")
        assert ("Please tell staff" in answer.text, "Move or cancel" in answer.text) == (base == "/sp", base != "/sp")
        assert f"{base}/availability" == answer.link("Go on")
        assert answer.notice


@BASES
async def test_times_are_removed_after_a_question(base: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: before it a page says which times, and what follows."""
    page = await browser.get(f"{base}/availability/{MONDAYS_ID}/remove")
    assert "Monday and Wednesday, every week, 9:00 AM–12:00 PM, Riverside Clinic" in page.text
    assert f"{base}/availability" == page.link("Cancel")
    answer = await browser.press(page, "Remove")

    assert MONDAYS_ID == neighbours.only("DeleteAvailability").availability_id
    assert "The times are removed." == (await browser.follow(answer)).notice
