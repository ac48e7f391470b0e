"""Places: the list, a new one, a change, and whether it takes new availabilities."""

from __future__ import annotations

from uuid import UUID

import pytest
from portico.casemanager.v1.companies_pb2 import ListCompaniesResponse
from portico.casemanager.v1.places_pb2 import ListPlacesRequest, ListPlacesResponse
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.schedule_resources_pb2 import Place

from chassis.call import Role
from chassis.errors import FieldViolation
from portal.core.renderer import bdi

from .case_managers import ANA, company
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import REQUEST_ID
from .scheduling import OTHER_PLACE_ID, PLACE, PLACE_ID, ZHANG, place


async def test_the_list_is_by_name(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: each row has name, status, address and clock, and leads to the place and its specialists."""
    old = place(id=OTHER_PLACE_ID, name="Old Mill", status=Place.INACTIVE, address="", state="")
    neighbours.answers["ListPlaces"] = ListPlacesResponse(places=[old, place()])
    page = await staff.get("/places")

    first, second = page.main.one("tbody").all("tr")
    assert "Old Mill Inactive Central Time · Chicago Show" == first.text
    assert "Riverside Clinic Active 1 River St Chicago, IL 60601 IL Central Time · Chicago Show" == second.text
    assert [PLACE, f"/specialists?place={PLACE_ID}"] == [link["href"] for link in second.all("a")]
    assert "Specialists at Riverside Clinic" == second.all("a")[1]["aria-label"]


async def test_who_and_what_is_inactive_in_spanish(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-01, PO-06: a place, a specialist and a case manager are masculine, a company is feminine."""
    neighbours.answers["ListPlaces"] = ListPlacesResponse(places=[place(status=Place.INACTIVE), place()])
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(
        companies=[company(status=Company.INACTIVE), company(status=Company.ACTIVE)]
    )
    browser = signed_in(Role.STAFF, language="es")
    for path, words in (("/places", ["Inactivo", "Activo"]), ("/companies", ["Inactiva", "Activa"])):
        rows = (await browser.get(path)).main.one("tbody").all("tr")
        assert words == [row.all("td")[0].text for row in rows]
    neighbours.forget()
    for path in (PLACE, ZHANG, ANA):
        head = (await browser.get(path)).main.one("div", class_="page-head")
        assert "Activo" == head.one("span", class_="badge").text


async def test_pages_lead_on_and_back_to_the_first(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the next page and the first one; a page that has nothing any more leads to the first."""
    neighbours.answers["ListPlaces"] = ListPlacesResponse(places=[place()], next_page_token="after&")
    assert "/places?page=after%26" == (await staff.get("/places")).link("Next page")
    assert "/places" == (await staff.get("/places?page=here")).link("First page")

    neighbours.answers["ListPlaces"] = ListPlacesResponse()
    assert "/places" == (await staff.get("/places?page=gone")).goes_to


async def test_where_no_place_is_the_first_one_can_be_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the empty list says what a place is for, and leads to a new one."""
    neighbours.answers["ListPlaces"] = ListPlacesResponse()
    page = await staff.get("/places")

    assert "There is no place yet." in page.text
    assert "/places/new" == page.link("Add place")


async def test_a_place_is_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the form begins with the organization's clock; the list then has the place."""
    page = await staff.get("/places/new")
    assert ["America/New_York"] == [
        option["value"] for option in page.main.one("select").all("option") if option.get("selected")
    ]
    answer = await staff.press(
        page, "Add place", name=" Riverside Clinic ", address="1 River St\r\nChicago", time_zone="America/Chicago"
    )

    request = neighbours.only("CreatePlace")
    assert ("Riverside Clinic", "1 River St\nChicago", "America/Chicago", 7) == (
        request.place.name,
        request.place.address,
        request.place.time_zone,
        UUID(request.request_id).version,
    )
    assert "/places" == answer.goes_to
    assert "The place is added." in (await staff.follow(answer)).notice


@pytest.mark.parametrize(("address", "rpc"), [("/places/new", "CreatePlace"), (PLACE, "UpdatePlace")])
async def test_a_name_that_is_taken_stands_beside_its_field(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: two places have no name in common, which is said at the field; what was typed stays."""
    neighbours.answers[rpc] = refusal("PLACE_NAME_TAKEN")
    page = await staff.post(address, {"request_id": REQUEST_ID, "name": "riverside clinic"})

    assert (409, "There is a place with this name already.") == (page.status, page.problem_of("name"))
    assert "riverside clinic" == page.main.one("input", id="name")["value"]


async def test_a_place_is_changed_with_all_its_fields(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the form has what is known; an emptied field is emptied, and all fields are meant."""
    page = await staff.get(PLACE)
    assert "Second floor" == page.main.one("textarea", id="directions").text
    answer = await staff.press(page, "Save", directions="", state="WI")

    request = neighbours.only("UpdatePlace")
    assert (PLACE_ID, "", "WI") == (request.place_id, request.place.directions, request.place.state)
    assert set(request.update_mask.paths) == {field.name for field in request.place.DESCRIPTOR.fields}
    assert "The changes are saved." == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("TIME_ZONE_IN_USE"), "There are times at this place already, so its time zone cannot be changed."),
        (
            refusal("INVALID_REQUEST", FieldViolation("place.time_zone", "TIME_ZONE_MISSING", "Choose a time zone.")),
            "Choose a time zone.",
        ),
    ],
    ids=["in use", "missing"],
)
async def test_a_zone_that_cannot_be_is_said_at_its_field(
    error: Exception, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: the clock of a place stays once there are times at it; one that is missing is asked for."""
    neighbours.answers["UpdatePlace"] = error
    page = await staff.post(PLACE, {"request_id": REQUEST_ID, "name": "Riverside", "time_zone": ""})

    assert words == page.main.one("p", id="time_zone-problem").text
    assert "true" == page.main.one("select", id="time_zone")["aria-invalid"]


async def test_a_place_is_deactivated_after_a_question(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: before it a page says what follows; the word about it takes it back."""
    page = await staff.get(PLACE)
    page = await staff.get(page.link("Deactivate"))
    assert ("Deactivate Riverside Clinic?", PLACE) == (page.heading, page.link("Cancel"))
    assert "DeactivatePlace" not in neighbours.rpcs
    answer = await staff.press(page, "Deactivate")
    assert PLACE_ID == neighbours.only("DeactivatePlace").place_id

    answer = await staff.press(await staff.follow(answer), "Undo")
    assert PLACE_ID == neighbours.only("ActivatePlace").place_id
    assert "The place is active." == (await staff.follow(answer)).notice


async def test_an_inactive_place_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: its page says what that means, and has a button that ends it."""
    neighbours.answers["ListPlaces"] = ListPlacesResponse(places=[place(status=Place.INACTIVE)])
    page = await staff.get(PLACE)

    assert "No new times can be entered at an inactive place." in page.text
    await staff.press(page, "Activate")
    assert PLACE_ID == neighbours.only("ActivatePlace").place_id


async def test_a_place_is_found_on_any_page_of_the_list(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: one of many places is found; one that is gone is a page with words."""

    def paged(request: ListPlacesRequest) -> ListPlacesResponse:
        if request.page_token:
            return ListPlacesResponse(places=[place()])
        return ListPlacesResponse(places=[place(id=OTHER_PLACE_ID)], next_page_token="after")

    neighbours.answers["ListPlaces"] = paged
    assert "Riverside Clinic" == (await staff.get(PLACE)).heading
    neighbours.answers["ListPlaces"] = ListPlacesResponse()
    page = await staff.get(PLACE)
    assert 404 == page.status
    assert "There is no such place any more." in page.text


@pytest.mark.parametrize("path", ["/places", PLACE, f"{PLACE}/deactivate"])
async def test_a_places_name_turns_nothing_around_it(path: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of places stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    name = "\u202ecinilC"
    neighbours.answers["ListPlaces"] = ListPlacesResponse(places=[place(name=name)])
    page = await staff.get(path)

    assert bdi(name) in page.answer.text
    assert "\u202e" not in page.root.text
