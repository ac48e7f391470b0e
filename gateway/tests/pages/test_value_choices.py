"""What is chosen from the organization's lists: offered and shown in the reader's words, wherever it stands."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsResponse
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.value_lists_pb2 import ListValuesResponse

from chassis.call import Role
from chassis.errors import FieldViolation

from .bookings import BOOKING, NO_TIME, OWN_BOOKING, booking
from .case_managers import ANA, COMPANY_ID, case_manager
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .samples import REQUEST_ID
from .scheduling import ZHANG

NEW = f"/case-managers/new?company={COMPANY_ID}"
GONE = "Hand surgery (no longer offered)"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


def ticked(page: Page, name: str) -> list[str]:
    """The values of the boxes of this name that are ticked."""
    return [box["value"] for box in page.main.all("input", name=name) if box.get("checked")]


def offered(page: Page, name: str) -> list[str]:
    """The words of what can be chosen; the chosen one in brackets."""
    options = page.main.one("select", id=name).all("option")
    return [f"[{option.text}]" if option.get("selected") else option.text for option in options]


async def test_specialties_are_ticked_by_their_words(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-06: the list in the reader’s words; what somebody has that is no longer listed stays, and is marked."""
    page = await signed_in(Role.STAFF).get(ZHANG)
    assert ["ORTHOPAEDICS", "Hand surgery"] == ticked(page, "specialties")
    assert f"Specialties Orthopaedics Neurology {GONE}" in page.text
    assert "Orthopaedics, Hand surgery" in page.text
    page = await signed_in(Role.STAFF, language="es").get(ZHANG)
    assert "Ortopedia Neurología Hand surgery (ya no se ofrece)" in page.text
    assert "Ortopedia, Hand surgery" in page.text

    wrong = FieldViolation("specialist.specialties[1]", "VALUE_NOT_LISTED", "“Hands” is not in the list.")
    neighbours.answers["UpdateSpecialist"] = refusal("VALUE_NOT_LISTED", wrong)
    page = await signed_in(Role.STAFF).post(ZHANG, {"request_id": REQUEST_ID, "specialties": "NEUROLOGY\nHands"})
    assert "“Hands” is not in the list." == page.main.one("p", id="specialties-problem").text
    assert ["NEUROLOGY", "Hands"] == ticked(page, "specialties")


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("/specialists/new", "specialties"),
        (NEW, "positions"),
        ("/staff/cases/new?case_manager=" + ANA.rpartition("/")[2], "service-types"),
        (f"{ZHANG}/availability/new", "service-types"),
    ],
)
async def test_an_empty_list_says_where_it_is_made(
    address: str, slug: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, CM-06: administrators are led to the list, other staff read whose it is."""
    assert "Make the list" not in (await signed_in(Role.STAFF_ADMIN).get(address)).text
    neighbours.answers["ListValues"] = ListValuesResponse()
    page = await signed_in(Role.STAFF_ADMIN).get(address)
    assert f"/value-lists/{slug}" in {link["href"] for link in page.main.all("a") if "Make the list" == link.text}
    page = await signed_in(Role.STAFF).get(address)
    assert "there is nothing to choose from yet. An administrator makes the list in the settings." in page.text


async def test_an_empty_list_blocks_nothing(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-06: without specialties a specialist is added all the same."""
    neighbours.answers["ListValues"] = ListValuesResponse()
    typed = {"given_name": "Rui", "family_name": "Zhang", "time_zone": "America/Chicago"}
    answer = await staff.press(await staff.get("/specialists/new"), "Add specialist", **typed)
    assert ZHANG == answer.goes_to
    assert [] == list(neighbours.only("CreateSpecialist").specialist.specialties)


async def test_a_position_is_chosen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: positions stand in a list; an old one stays chosen, and what is refused stands beside it."""
    page = await staff.get(NEW)
    assert ["[none]", "Claims"] == offered(page, "position")
    await staff.press(page, "Add case manager", given_name="Ana", position="CLAIMS")
    assert "CLAIMS" == neighbours.only("CreateCaseManager").case_manager.position

    neighbours.answers["GetCaseManager"] = case_manager(position="Old hand")
    assert ["none", "Claims", "[Old hand (no longer offered)]"] == offered(await staff.get(ANA), "position")
    wrong = FieldViolation("case_manager.position", "VALUE_NOT_LISTED", "“Boss” is not in the list.")
    neighbours.answers["UpdateCaseManager"] = refusal("VALUE_NOT_LISTED", wrong)
    page = await staff.post(ANA, {"request_id": REQUEST_ID, "given_name": "Ana", "position": "Boss"})
    assert "“Boss” is not in the list." == page.main.one("p", id="position-problem").text


async def test_a_position_is_read_in_words(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-02: the list of case managers and their own overview have the words of the list."""
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse(case_managers=[case_manager()])
    assert "Reclamaciones" in (await signed_in(Role.STAFF, language="es").get("/case-managers")).text
    assert "Claims" in (await signed_in(Role.CASE_MANAGER).get("/cm")).text
    assert "Reclamaciones" in (await signed_in(Role.CASE_MANAGER, language="es").get("/cm")).text


async def test_the_specialty_of_a_booking_is_read_in_words(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-07, CM-08: board, list, booking and offer say what was asked for in the reader's words."""
    asked = booking(**NO_TIME, state=Booking.REQUESTED, allowed_actions=[Booking.OFFER])
    neighbours.answers |= {"GetBooking": asked, "ListBookings": ListBookingsResponse(bookings=[asked])}
    desk = signed_in(Role.STAFF, language="es")
    for address in ("/staff/bookings", "/staff/bookings/list", BOOKING, f"{BOOKING}/offer"):
        page = await desk.get(address)
        assert "Ortopedia" in page.text, address
        assert "ORTHOPAEDICS" not in page.text


async def test_a_bookings_specialty_is_chosen(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: it is chosen from the list, and an old one stays; wishes whose specialty is refused are shown again."""
    assert ["any", "[Orthopaedics]", "Neurology"] == offered(await ana.get(f"{OWN_BOOKING}/edit"), "specialty")
    neighbours.answers["GetBooking"] = booking(specialty="Hand surgery", allowed_actions=[Booking.UPDATE])
    assert f"[{GONE}]" == offered(await ana.get(f"{OWN_BOOKING}/edit"), "specialty")[-1]

    page = await ana.get(f"/cm/request/wishes?case={CASE_ID}")
    assert ["[any]", "Orthopaedics", "Neurology"] == offered(page, "specialty")
    page = await ana.press(page, "Continue", specialty="NEUROLOGY")
    assert "Specialty Neurology" in page.text
    wrong = FieldViolation("specialty", "VALUE_NOT_LISTED", "“NEUROLOGY” is not in the list.")
    neighbours.answers["RequestBooking"] = refusal("VALUE_NOT_LISTED", wrong)
    page = await ana.press(page, "Send request")
    assert "“NEUROLOGY” is not in the list." == page.main.one("p", id="specialty-problem").text
