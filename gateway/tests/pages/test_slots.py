"""Finding a time: for case managers and for staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.schedule_resources_pb2 import Availability
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.testing import FakeClock
from portal.core.renderer import bdi

from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .scheduling import (
    MONDAYS_ID,
    PLACE_ID,
    ZHANG,
    ZHANG_ID,
    chicago,
    slot,
)

NEW_YORK = ZoneInfo("America/New_York")
"""Where the organization is, and whoever has no other zone."""
BASES = pytest.mark.parametrize("here", ["/cm/slots", "/staff/slots"])


@pytest.fixture
def browser(here: str, signed_in: SignedIn) -> Browser:
    """Where a case manager sits, or staff."""
    return signed_in(Role.CASE_MANAGER if here == "/cm/slots" else Role.STAFF)


def days_of(clock: FakeClock, *ahead: int) -> list[str]:
    """Days from today on in New York, as addresses have them."""
    today = clock().astimezone(NEW_YORK).date()
    return [(today + timedelta(days=each)).isoformat() for each in ahead]


@BASES
async def test_the_next_two_weeks_are_searched_first(
    here: str, browser: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-07, CM-06: from today on, by the reader's calendar, anybody and anywhere; later weeks are a link away."""
    page = await browser.get(here)

    request = neighbours.only("SearchSlots")
    today, after = (datetime.fromisoformat(each).replace(tzinfo=NEW_YORK) for each in days_of(clock, 0, 14))
    assert [f"{each.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for each in (today, after)] == [
        request.start_time,
        request.end_time,
    ]
    assert ("", [], 0) == (request.specialty, list(request.place_ids), request.mode)
    first, last, later, latest = days_of(clock, 0, 13, 14, 27)
    assert [first, last] == [page.main.one("input", id=name)["value"] for name in ("from", "to")]
    assert f"{here}?{urlencode({'from': later, 'to': latest})}" == page.link("Later weeks")
    assert "Earlier weeks" not in page.text
    assert f"{here}?{urlencode({'from': first, 'to': last})}" == (
        (await browser.get(page.link("Later weeks"))).link("Earlier weeks")
    )


@BASES
async def test_slots_stand_by_day_in_words(here: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-06: each with its hours there and here, who, where, and whether it books at once."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[
            slot(chicago(2, 2, 9), chicago(2, 2, 9, 45)),
            slot(
                datetime(2026, 2, 2, 11, tzinfo=NEW_YORK),
                datetime(2026, 2, 2, 12, tzinfo=NEW_YORK),
                time_zone="America/New_York",
                mode=res.TELEHEALTH,
                place_id="",
                place_name="",
                kind=Availability.ON_DEMAND,
            ),
            slot(chicago(2, 2, 23, 30), chicago(2, 3, 0, 15)),
        ],
        next_page_token="on",
    )
    page = await browser.get(here)

    [card] = [card for card in page.main.all("section", class_="card") if card.all("h2")]
    assert "Mon, Feb 2" == card.one("h2").text
    assert [
        (
            "9:00 AM–9:45 AM CST 10:00 AM your time Books at once Dr Rui Zhang · Riverside Clinic"
            " Orthopaedics, Hand surgery Book"
        ),
        "11:00 AM–12:00 PM We ask first Dr Rui Zhang · Telehealth Orthopaedics, Hand surgery Request",
        (
            "11:30 PM–12:15 AM CST Tue, Feb 3, 12:30 AM your time Books at once Dr Rui Zhang · Riverside Clinic"
            " Orthopaedics, Hand surgery Book"
        ),
    ] == [row.text for row in card.all("li")]
    links = [link["href"] for link in card.all("a")]
    assert ([ZHANG] * 3 if here == "/staff/slots" else []) == [
        link for link in links if link.startswith("/specialists")
    ]
    path = here.replace("slots", "request")
    assert f"{path}?slot={ZHANG_ID}%40{MONDAYS_ID}%402026-02-02T15%3A00%3A00Z" in links
    assert "page=on" in page.link("Next page")
    assert ["More pages"] == [nav["aria-label"] for nav in page.main.all("nav") if nav.get("class") == "pages"]
    assert "3 times are shown." == page.main.one("p", id="found").text


@BASES
async def test_what_is_looked_for_stands_in_the_address(here: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-06: a specialty, a place or telehealth and a window narrow the search, and stay when it goes on."""
    asked = {"specialty": "Hand surgery", "where": PLACE_ID, "from": "2026-02-02", "to": "2026-02-08"}
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[slot(chicago(2, 2, 9), chicago(2, 2, 9, 45))], next_page_token="on"
    )
    page = await browser.get(f"{here}?{urlencode(asked)}")

    request = neighbours.only("SearchSlots")
    assert ("Hand surgery", [PLACE_ID], 0) == (request.specialty, list(request.place_ids), request.mode)
    assert ("2026-02-02T05:00:00Z", "2026-02-09T05:00:00Z") == (request.start_time, request.end_time)
    assert f"{here}?{urlencode({**asked, 'page': 'on'})}" == page.link("Next page")
    assert f"{here}?{urlencode({**asked, 'from': '2026-02-09', 'to': '2026-02-15'})}" == page.link("Later weeks")
    assert here == page.link("Show all")

    neighbours.received.clear()
    await browser.get(f"{here}?where=telehealth")
    assert ([], res.TELEHEALTH) == (
        list(neighbours.only("SearchSlots").place_ids),
        neighbours.only("SearchSlots").mode,
    )


@BASES
async def test_without_a_free_time_the_page_says_what_else(here: str, browser: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-06: later weeks, and anywhere when a place was chosen; a page that is gone leads to the first."""
    neighbours.answers["SearchSlots"] = SearchSlotsResponse()
    window = {"from": "2026-02-02", "to": "2026-02-08"}
    page = await browser.get(f"{here}?{urlencode({'where': PLACE_ID, **window})}")

    assert "No free time in these weeks." in page.text
    assert f"{here}?{urlencode({'where': PLACE_ID, 'from': '2026-02-09', 'to': '2026-02-15'})}" == (
        page.link("Show later weeks")
    )
    assert f"{here}?{urlencode(window)}" == page.link("Look anywhere")
    assert f"{here}?{urlencode(window)}" == (await browser.get(f"{here}?{urlencode(window)}&page=gone")).goes_to


@BASES
async def test_pages_that_happen_to_be_empty_are_passed_over(
    here: str, browser: Browser, neighbours: Neighbours
) -> None:
    """PO-07, CM-06: where the first specialists have no slot the search goes on to the next ones, and not forever."""

    def walked(request: SearchSlotsRequest) -> SearchSlotsResponse:
        number = int(request.page_token or 0)
        slots = [slot(chicago(2, 2, 9), chicago(2, 2, 9, 45))] if number == 3 else []
        return SearchSlotsResponse(slots=slots, next_page_token=str(number + 1))

    neighbours.answers["SearchSlots"] = walked
    assert "Riverside Clinic" in (await browser.get(here)).main.one("div", id="results").text

    neighbours.received.clear()
    page = await browser.get(f"{here}?page=4")
    assert 5 == neighbours.rpcs.count("SearchSlots")
    assert "page=9" in page.link("Next page")


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ({"from": "2026-02-30"}, "from", "There is no such day in the calendar."),
        ({"to": "9999-12-31"}, "to", "There is no such day in the calendar."),
    ],
)
async def test_a_day_that_there_is_not_is_said_at_its_field(
    query: dict[str, str], name: str, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-07, CM-06: nothing is searched for, and what was typed stays."""
    page = await staff.get(f"/staff/slots?{urlencode(query)}")

    assert (400, words) == (page.status, page.problem_of(name))
    assert query[name] == page.main.one("input", id=name)["value"]
    assert "SearchSlots" not in neighbours.rpcs


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("WINDOW_TOO_LONG"), "At most 92 days can be searched at once."),
        (
            refusal("INVALID_REQUEST", FieldViolation("end_time", "WINDOW_EMPTY", "The end must be later.")),
            "The end must be later.",
        ),
    ],
    ids=["too long", "empty"],
)
async def test_a_window_that_cannot_be_is_said_at_its_end(
    error: Exception, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-07, CM-06: what the search refuses of a window stands at the field of its last day."""
    neighbours.answers["SearchSlots"] = error
    page = await staff.get("/staff/slots?from=2026-02-02&to=2026-12-31")

    assert (400, words) == (page.status, page.problem_of("to"))


@BASES
async def test_a_name_in_a_slot_turns_nothing_around_it(here: str, browser: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of specialists and places stand in a `<bdi>`."""
    name = "\u202egnahZ"
    neighbours.answers["SearchSlots"] = SearchSlotsResponse(
        slots=[slot(chicago(2, 2, 9), chicago(2, 2, 10), specialist_name=name, place_name=name)]
    )
    page = await browser.get(here)

    assert 2 == page.answer.text.count(bdi(name))
    assert "\u202e" not in page.root.text
