"""Forms of records that somebody else changes meanwhile: nothing is overwritten unseen, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from google.protobuf.message import Message
from portico.casemanager.v1.business_units_pb2 import ListBusinessUnitsResponse
from portico.casemanager.v1.places_pb2 import ListPlacesResponse
from portico.casemanager.v1.resources_pb2 import BookingSettings, BusinessUnit
from portico.casemanager.v1.value_lists_pb2 import ListValuesResponse, ValueList

from chassis.call import Role

from .case_managers import ANA, COMPANY, COMPANY_ID, UNIT, UNIT_ID, case_manager, company
from .cases import SERVICES
from .neighbours import Neighbours, refusal
from .people import SignedIn
from .scheduling import MONDAYS_ID, PLACE, ZHANG, mondays, place, specialist


@dataclass(frozen=True)
class Edited:
    """What is changed by which RPC, what is typed, and how it is read: in the version with this etag."""

    rpc: str
    typed: Mapping[str, str]
    known: Callable[[str], Mapping[str, Message]]
    role: Role = Role.STAFF_ADMIN


def _north(etag: str) -> Mapping[str, Message]:
    unit = BusinessUnit(id=UNIT_ID, company_id=COMPANY_ID, name="North", etag=etag)
    return {"ListBusinessUnits": ListBusinessUnitsResponse(business_units=[unit])}


def _services(etag: str) -> Mapping[str, Message]:
    services = ValueList(kind=ValueList.SERVICE_TYPES, values=SERVICES, etag=etag)
    return {"ListValues": ListValuesResponse(lists=[services])}


UNTICKED: Mapping[str, list[str]] = {name: [] for name in ("specialties", "languages", "modes")}
"""Ticks of which none is set: a form is sent here with each of its fields once."""
FORMS: Mapping[str, Edited] = {
    COMPANY: Edited("UpdateCompany", {"address": "2 Pier St"}, lambda etag: {"GetCompany": company(etag=etag)}),
    UNIT: Edited("UpdateBusinessUnit", {"name": "Northwest"}, _north),
    ANA: Edited("UpdateCaseManager", {"suburb": "Evanston"}, lambda etag: {"GetCaseManager": case_manager(etag=etag)}),
    "/cm/settings": Edited(
        "UpdateMyProfile",
        {"mobile": "(312) 555-0199"},
        lambda etag: {"GetMyProfile": case_manager(etag=etag)},
        Role.CASE_MANAGER,
    ),
    ZHANG: Edited(
        "UpdateSpecialist", {"note": "By tram"}, lambda etag: {"GetSpecialist": specialist(etag=etag, **UNTICKED)}
    ),
    PLACE: Edited(
        "UpdatePlace",
        {"directions": "Third floor"},
        lambda etag: {"ListPlaces": ListPlacesResponse(places=[place(etag=etag)])},
    ),
    f"{ZHANG}/availability/{MONDAYS_ID}": Edited(
        "UpdateAvailability",
        {"end_minute": "13:00"},
        lambda etag: {"GetAvailability": mondays(etag=etag, weekdays=[1])},
    ),
    "/value-lists/service-types": Edited("UpdateValueList", {"values": "Home visit"}, _services),
    "/booking-settings": Edited(
        "UpdateBookingSettings",
        {"booking_email": "desk@sunrise.example"},
        lambda etag: {"GetBookingSettings": BookingSettings(hold_hours=48, etag=etag)},
    ),
}


@pytest.mark.parametrize("address", FORMS)
async def test_what_somebody_else_changed_is_looked_at_first(
    address: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, CM-01, CM-02, CM-06, CM-07, CM-08: of two who edit one record the second is told so.

    Nothing is saved, and what was typed stays; pressed once more it is saved in place of what is there by then.
    """
    edited = FORMS[address]
    browser = signed_in(edited.role)
    neighbours.answers |= edited.known("3")
    page = await browser.get(address)
    neighbours.answers |= {**edited.known("4"), edited.rpc: refusal("CONCURRENT_CHANGE")}
    page = await browser.press(page, "Save", **edited.typed)

    first = neighbours.only(edited.rpc)
    said = page.main.one("div", class_="second-look")
    assert (409, "3", "Somebody else changed this meanwhile") == (page.status, first.etag, said.one("h2").text)
    assert {"href": "", "target": "_blank"}.items() <= said.one("a").attributes.items()

    neighbours.forget()
    neighbours.answers |= edited.known("4")
    answer = await browser.press(page, "Save")
    second = neighbours.only(edited.rpc)
    assert (303, "4", True) == (answer.status, second.etag, first.request_id != second.request_id)
    for request in (first, second):
        request.etag = request.request_id = ""
    assert first == second
