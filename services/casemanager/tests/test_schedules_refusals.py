"""Who is refused what of places, specialists, their times and slots."""

from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1 import (
    availabilities_pb2,
    places_pb2,
    slots_pb2,
    specialist_logins_pb2,
    specialists_pb2,
    time_off_pb2,
)
from portico.casemanager.v1 import schedule_resources_pb2 as res

from chassis.call import Role
from chassis.errors import Denied, NotFound, Unauthenticated
from chassis.ids import new_id
from chassis.wire import timestamp
from services.casemanager.tests.practice import availability_request, block

PLACE = places_pb2.PlacePatch(name="Bondi", time_zone="UTC")
PATCH = specialists_pb2.SpecialistPatch(given_name="Rui", time_zone="UTC")
WINDOW: dict[str, Any] = {"start_time": "2026-03-01T00:00:00Z", "end_time": "2026-03-02T00:00:00Z"}
LOGIN_RPCS = (
    *("EnableSpecialistLogin", "DisableSpecialistLogin"),
    *("ResendSpecialistActivation", "SendSpecialistPasswordReset"),
)
STAFF = {Role.STAFF_ADMIN, Role.STAFF}
OWN, ALL = {*STAFF, Role.SPECIALIST}, {*STAFF, Role.SPECIALIST, Role.CASE_MANAGER}


def moment(practice):
    return timestamp(practice.clock())


def requests(practice, ids):
    """A request of each RPC, with the roles that may make it, about these ids."""
    place, specialist, availability, off = (
        {f"{name}_id": ids[name]} for name in ("place", "specialist", "availability", "time_off")
    )
    yield "CreatePlace", STAFF, places_pb2.CreatePlaceRequest(place=PLACE)
    yield "ListPlaces", ALL, places_pb2.ListPlacesRequest()
    yield "UpdatePlace", STAFF, places_pb2.UpdatePlaceRequest(place=PLACE, **place)
    yield "DeactivatePlace", STAFF, places_pb2.DeactivatePlaceRequest(**place)
    yield "ActivatePlace", STAFF, places_pb2.ActivatePlaceRequest(**place)
    yield (
        "CreateSpecialist",
        STAFF,
        specialists_pb2.CreateSpecialistRequest(specialist=PATCH),
    )
    yield "GetSpecialist", ALL, specialists_pb2.GetSpecialistRequest(**specialist)
    yield "ListSpecialists", ALL, specialists_pb2.ListSpecialistsRequest()
    yield "UpdateSpecialist", STAFF, specialists_pb2.UpdateSpecialistRequest(specialist=PATCH, **specialist)
    yield "DeactivateSpecialist", STAFF, specialists_pb2.DeactivateSpecialistRequest(**specialist)
    yield "ActivateSpecialist", STAFF, specialists_pb2.ActivateSpecialistRequest(**specialist)
    for name in LOGIN_RPCS:
        yield name, STAFF, getattr(specialist_logins_pb2, f"{name}Request")(**specialist)
    yield (
        "CreateAvailability",
        OWN,
        availability_request(res.Specialist(id=ids["specialist"])),
    )
    yield "GetAvailability", OWN, availabilities_pb2.GetAvailabilityRequest(**availability)
    yield "ListAvailabilities", OWN, availabilities_pb2.ListAvailabilitiesRequest(**specialist)
    yield "UpdateAvailability", OWN, availabilities_pb2.UpdateAvailabilityRequest(block=block(), **availability)
    yield "DeleteAvailability", OWN, availabilities_pb2.DeleteAvailabilityRequest(**availability)
    day = {"date": "2026-03-03", **availability}
    cancelled = res.AvailabilityException.CANCELLED
    yield (
        "SetAvailabilityException",
        OWN,
        availabilities_pb2.SetAvailabilityExceptionRequest(kind=cancelled, **day),
    )
    yield "DeleteAvailabilityException", OWN, availabilities_pb2.DeleteAvailabilityExceptionRequest(**day)
    yield (
        "CreateTimeOff",
        OWN,
        time_off_pb2.CreateTimeOffRequest(
            start_time=moment(practice), end_time=timestamp(practice.clock().replace(year=2027)), **specialist
        ),
    )
    yield "ListTimeOff", OWN, time_off_pb2.ListTimeOffRequest(**specialist)
    yield "DeleteTimeOff", OWN, time_off_pb2.DeleteTimeOffRequest(**specialist, **off)
    yield "SearchSlots", ALL, slots_pb2.SearchSlotsRequest(**WINDOW)
    yield "ExplainSlot", OWN, slots_pb2.ExplainSlotRequest(start_time=WINDOW["start_time"], **specialist)
    yield "ListCalendarEntries", OWN, slots_pb2.ListCalendarEntriesRequest(**WINDOW)


LISTS = {"ListPlaces", "ListSpecialists", "SearchSlots", "ListCalendarEntries", "ListAvailabilities"}
NAMES_NOTHING = {"CreatePlace", "CreateSpecialist", *LISTS}
UNKNOWN = {name: str(UUID(int=1)) for name in ("place", "specialist", "availability", "time_off")}


async def everything(practice):
    """One of each, and its ids."""
    place, specialist = await practice.place(), await practice.specialist()
    made = await practice.availability(specialist, place)
    off = await practice.time_off(specialist, practice.clock(), practice.clock().replace(year=2027))
    return {"place": place.id, "specialist": specialist.id, "availability": made.id, "time_off": off.id}


async def test_roles(practice):
    """CM-15: each RPC is for its roles, and for nobody who is not signed in."""
    for name, roles, request in requests(practice, UNKNOWN):
        with pytest.raises(Unauthenticated):
            await practice.call(name, request, (("x-test-peer", "gateway"),))
        for role in {*Role} - roles:
            with pytest.raises(Denied):
                await practice.call(name, request, practice.as_role(role))


@pytest.mark.parametrize("role", [Role.STAFF_ADMIN, Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST])
async def test_another_organizations_does_not_exist(practice, people, role):
    """CM-15: with the ids of another organization every RPC that names one finds nothing, and changes nothing."""
    ids, stranger = await everything(practice), people.metadata(role, org_id=new_id())
    for name, roles, request in requests(practice, ids):
        if name not in NAMES_NOTHING and role in roles:
            with pytest.raises(NotFound):
                await practice.call(name, request, stranger)
    if role in STAFF:
        lists = [(name, request) for name, _, request in requests(practice, ids) if name in LISTS]
        found = [await practice.call(name, request, stranger) for name, request in lists]
        assert not [answer for answer in found if answer.ByteSize()]
    request = availabilities_pb2.GetAvailabilityRequest(availability_id=ids["availability"])
    kept = await practice.call("GetAvailability", request)
    assert 0 == len(kept.exceptions)


async def test_who_is_not_there(practice):
    """CM-06: an id that nobody has is not found."""
    for name, _, request in requests(practice, UNKNOWN):
        if name not in NAMES_NOTHING:
            with pytest.raises(NotFound):
                await practice.call(name, request)
