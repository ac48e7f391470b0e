"""Specialists: the list with its filters, a new one, a profile, and whether they can be booked."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.places_pb2 import ListPlacesResponse
from portico.casemanager.v1.schedule_resources_pb2 import Place, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest, ListSpecialistsResponse

from chassis.errors import FieldViolation
from portal.core.renderer import bdi

from .neighbours import Neighbours, refusal
from .people import Browser
from .reading import Page
from .samples import REQUEST_ID
from .scheduling import OTHER_PLACE_ID, PLACE_ID, ZHANG, ZHANG_ID, place, specialist

IN_THE_WAY = refusal("BOOKINGS_IN_THE_WAY", booking_numbers="B-000012,B-000015", count="3")


def ticked(page: Page, name: str) -> list[str]:
    """The values of the boxes of this name that are ticked."""
    return [box["value"] for box in page.main.all("input", name=name) if box.get("checked")]


def asked(neighbours: Neighbours) -> ListSpecialistsRequest:
    """What the list was asked for, beside what its filters offer."""
    [request] = [
        each.request for each in neighbours.received if "ListSpecialists" == each.rpc and each.request.page_size == 25
    ]
    found: ListSpecialistsRequest = request
    return found


async def test_the_list_says_who_where_and_how(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: each row has the name with its title, specialties, modes, places, languages and contacts."""
    idle = specialist(
        id=OTHER_PLACE_ID,
        title="",
        given_name="Ines",
        family_name="Abe",
        account_status=Specialist.INACTIVE,
        place_ids=[],
        languages=[],
        specialties=[],
        modes=[],
        email="",
        phone="",
    )
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse(specialists=[idle, specialist()])
    page = await staff.get("/specialists")

    first, second = page.main.one("tbody").all("tr")
    assert "Ines Abe Inactive" == first.text
    assert (
        "Dr Rui Zhang Orthopaedics, Hand surgery In person, Telehealth Riverside Clinic English, Chinese"
        " zhang@clinic.example (312) 555-0160" == second.text
    )
    assert f"{ZHANG}?next=/specialists" == second.all("a")[0]["href"].replace("%2F", "/")


async def test_filters_stand_in_the_address(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: name, mode, status, specialty, place and language narrow the list, and lead on to its next page."""
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse(specialists=[specialist()], next_page_token="on")
    filters = {
        "query": "zhang",
        "account": "ACTIVE",
        "mode": "TELEHEALTH",
        "specialty": "Hand surgery",
        "place": PLACE_ID,
        "language": "zh",
    }
    page = await staff.get(f"/specialists?{urlencode(filters)}")

    request = asked(neighbours)
    assert ("zhang", Specialist.ACTIVE, res.TELEHEALTH) == (request.query, request.account_status, request.mode)
    assert ("Hand surgery", PLACE_ID, "zh") == (request.specialty, request.place_id, request.language)
    assert f"/specialists?{urlencode(filters)}&page=on" == page.link("Next page")
    assert "/specialists" == page.link("Show all")
    chosen = [
        option["value"]
        for name in ("specialty", "place", "language")
        for option in page.main.one("select", id=name).all("option")
        if option.get("selected")
    ]
    assert ["Hand surgery", PLACE_ID, "zh"] == chosen


async def test_filters_that_there_are_not_are_passed_over(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: an address that somebody made up finds what it can; a chosen place that is gone stays chosen."""
    await staff.get("/specialists?mode=TELEPATHY&account=ASLEEP")
    assert (0, 0) == (asked(neighbours).mode, asked(neighbours).account_status)

    page = await staff.get(f"/specialists?place={OTHER_PLACE_ID}")
    assert "a place that is gone" in page.main.one("select", id="place").text


async def test_specialties_of_all_can_be_chosen_once_each(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the filter offers what active specialists have, from every page of them, by the alphabet."""

    def paged(request: ListSpecialistsRequest) -> ListSpecialistsResponse:
        more = [specialist(specialties=["acupuncture", "ORTHOPAEDICS"])]
        token = "" if request.page_token else "after"
        return ListSpecialistsResponse(specialists=[specialist(), *more], next_page_token=token)

    neighbours.answers["ListSpecialists"] = paged
    page = await staff.get("/specialists")
    words = [option.text for option in page.main.one("select", id="specialty").all("option")]
    assert ["any", "acupuncture", "Hand surgery", "Orthopaedics"] == words


async def test_an_empty_list_says_what_is_next(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: nobody yet, nobody found, and a page that is gone, each with its way on."""
    neighbours.answers["ListSpecialists"] = ListSpecialistsResponse()
    page = await staff.get("/specialists")
    assert "There is no specialist yet." in page.text

    page = await staff.get("/specialists?query=x")
    assert "Nothing found." in page.main.one("div", id="results").text
    assert "/specialists?query=x" == (await staff.get("/specialists?query=x&page=gone")).goes_to


async def test_a_specialist_is_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: ticks are specialties, modes, places and languages; the profile follows."""
    page = await staff.get(f"/specialists/new?place={PLACE_ID}")
    assert ([PLACE_ID], []) == (ticked(page, "place_ids"), ticked(page, "modes"))
    answer = await staff.press(
        page,
        "Add specialist",
        title="Dr",
        given_name="Rui",
        family_name=" Zhang ",
        specialties="NEUROLOGY",
        modes="TELEHEALTH",
        languages="zh",
        time_zone="America/Chicago",
    )

    written = neighbours.only("CreateSpecialist").specialist
    assert ("Dr", "Rui", "Zhang", "America/Chicago") == (
        written.title,
        written.given_name,
        written.family_name,
        written.time_zone,
    )
    assert ["NEUROLOGY"] == list(written.specialties)
    assert ([res.TELEHEALTH], ["zh"], [PLACE_ID]) == (
        list(written.modes),
        list(written.languages),
        list(written.place_ids),
    )
    assert ZHANG == answer.goes_to
    assert "The specialist is added." in (await staff.follow(answer)).notice


async def test_a_profile_is_changed_with_all_its_fields(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the form has what is known; what is emptied is emptied, and several ticks are all sent."""
    page = await staff.get(ZHANG)
    assert "Dr Rui Zhang" == page.heading
    assert (["IN_PERSON", "TELEHEALTH"], ["zh", "en"]) == (ticked(page, "modes"), ticked(page, "languages"))
    body = urlencode(
        {
            "as": staff.seen_by,
            "request_id": REQUEST_ID,
            "given_name": "Rui",
            "modes": ["IN_PERSON", "TELEHEALTH", "TELEPATHY"],
            "languages": ["en", "es"],
        },
        doseq=True,
    )
    answer = await staff.post(ZHANG, body.encode())

    request = neighbours.only("UpdateSpecialist")
    assert (ZHANG_ID, "Rui", "", "") == (
        request.specialist_id,
        request.specialist.given_name,
        request.specialist.family_name,
        request.specialist.note,
    )
    assert [res.IN_PERSON, res.TELEHEALTH] == list(request.specialist.modes)
    assert (["en", "es"], []) == (list(request.specialist.languages), list(request.specialist.place_ids))
    assert set(request.update_mask.paths) == {field.name for field in request.specialist.DESCRIPTOR.fields}
    assert "The changes are saved." == (await staff.follow(answer)).notice


async def test_what_else_somebody_speaks_and_where_they_were_stays_ticked(
    staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: a language that is not offered stays, and an inactive place; other inactive ones do not show."""
    neighbours.answers |= {
        "GetSpecialist": specialist(languages=["cy"], place_ids=[OTHER_PLACE_ID]),
        "ListPlaces": ListPlacesResponse(
            places=[place(status=Place.INACTIVE), place(id=OTHER_PLACE_ID, name="Old Mill", status=Place.INACTIVE)]
        ),
    }
    page = await staff.get(ZHANG)

    assert (["cy"], [OTHER_PLACE_ID]) == (ticked(page, "languages"), ticked(page, "place_ids"))
    assert "Welsh" in page.text
    assert "Riverside Clinic" not in page.text


@pytest.mark.parametrize(
    ("address", "rpc"), [("/specialists/new", "CreateSpecialist"), (ZHANG, "UpdateSpecialist")], ids=["new", "change"]
)
async def test_what_is_refused_stands_beside_its_field(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: an address that somebody has and a number that is none are said at their fields; the rest stays."""
    typed = {"request_id": REQUEST_ID, "given_name": "Rui", "email": "x@y.example", "phone": "1", "modes": "TELEHEALTH"}
    neighbours.answers[rpc] = refusal("EMAIL_TAKEN")
    page = await staff.post(address, typed)
    assert (409, "Somebody else here has this email address already.") == (page.status, page.problem_of("email"))
    assert ["TELEHEALTH"] == ticked(page, "modes")

    neighbours.answers[rpc] = refusal("CONTACT_INVALID", FieldViolation("specialist.phone", "PHONE_INVALID", "odd"))
    page = await staff.post(address, typed)
    assert (400, "This is not a phone number.") == (page.status, page.problem_of("phone"))


async def test_where_there_is_no_place_the_form_leads_to_one(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: without a place nobody can be seen in person, and the form says where one is added."""
    neighbours.answers["ListPlaces"] = ListPlacesResponse()
    assert "/places/new" == (await staff.get("/specialists/new")).link("Add place")


async def test_a_specialist_is_deactivated_after_a_question(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: before it a page says what follows; the word about it takes it back."""
    page = await staff.get(ZHANG)
    page = await staff.get(page.link("Deactivate"))
    assert ("Deactivate Dr Rui Zhang?", ZHANG) == (page.heading, page.link("Cancel"))
    answer = await staff.press(page, "Deactivate")
    assert ZHANG_ID == neighbours.only("DeactivateSpecialist").specialist_id

    answer = await staff.press(await staff.follow(answer), "Undo")
    assert ZHANG_ID == neighbours.only("ActivateSpecialist").specialist_id
    assert "The specialist is active." == (await staff.follow(answer)).notice


async def test_bookings_in_the_way_are_named(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: who is booked ahead is not deactivated; the page names the bookings and counts the rest."""
    neighbours.answers["DeactivateSpecialist"] = IN_THE_WAY
    page = await staff.press(await staff.get(f"{ZHANG}/deactivate"), "Deactivate")

    assert (409, "Nothing was changed") == (page.status, page.heading)
    assert "Nothing was changed, because these bookings are in the way." == page.problem
    assert "B-000012, B-000015 and 1 more" in page.text
    assert ZHANG == page.link("Back to the profile")


async def test_an_inactive_specialist_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the profile says what that means, and has a button that ends it."""
    neighbours.answers["GetSpecialist"] = specialist(account_status=Specialist.INACTIVE)
    page = await staff.get(ZHANG)

    assert "An inactive specialist cannot be booked and cannot sign in." in page.text
    await staff.press(page, "Activate")
    assert ZHANG_ID == neighbours.only("ActivateSpecialist").specialist_id


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("USERNAME_TAKEN", "Somebody else signs in with this address already, so nothing was changed."),
        ("DEPENDENCY_UNAVAILABLE", "A part of the system does not answer right now. Please try again in a moment."),
    ],
)
async def test_who_cannot_come_back_reads_why(reason: str, words: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: a login that cannot come back keeps its person out of service; the page says why, and is filled."""
    neighbours.answers |= {
        "GetSpecialist": specialist(account_status=Specialist.INACTIVE),
        "ActivateSpecialist": refusal(reason),
        "DeactivateSpecialist": refusal("DEPENDENCY_UNAVAILABLE"),
    }
    page = await staff.press(await staff.get(ZHANG), "Activate")
    assert words == page.problem
    assert "Rui" == page.main.one("input", id="given_name")["value"]

    answer = await staff.press(await staff.get(f"{ZHANG}/deactivate"), "Deactivate")
    assert "A part of the system does not answer right now." in (await staff.follow(answer)).notice


@pytest.mark.parametrize("path", ["/specialists", ZHANG, f"{ZHANG}/deactivate"])
async def test_a_specialists_name_turns_nothing_around_it(path: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of specialists stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    person = specialist(title="", given_name="\u202egnahZ", family_name="")
    neighbours.answers |= {
        "GetSpecialist": person,
        "ListSpecialists": ListSpecialistsResponse(specialists=[specialist(specialties=["\u202eygolo"]), person]),
    }
    page = await staff.get(path)

    assert bdi(person.given_name) in page.answer.text
    assert "\u202e" not in page.root.text
