"""A record is changed in the version that somebody has seen: of two who edit it at once nobody overwrites the other."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message
from portico.casemanager.v1 import (
    availabilities_pb2,
    booking_settings_pb2,
    business_units_pb2,
    case_managers_pb2,
    companies_pb2,
    places_pb2,
    profile_pb2,
    specialists_pb2,
    value_lists_pb2,
)
from portico.casemanager.v1 import schedule_resources_pb2 as res

from chassis.call import Role
from chassis.errors import Aborted
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.doctors import Doctors
from services.casemanager.tests.practice import block
from services.casemanager.tests.world import World


@dataclass(frozen=True)
class Record:
    """A record as it is now, and the changes of it, by RPC."""

    stub: Any
    metadata: Metadata
    read: Callable[[], Awaitable[Any]]
    changes: Mapping[str, Message]

    async def change(self, rpc: str, etag: str = "", request_id: str = "") -> Any:
        """Changes it, in the version that was seen as `etag`."""
        request: Any = type(self.changes[rpc])()
        request.CopyFrom(self.changes[rpc])
        request.etag, request.request_id = etag, request_id
        return await getattr(self.stub, rpc)(request, metadata=self.metadata)


async def a_company(world: World) -> Record:
    company = await world.company()
    which: dict[str, Any] = {"company_id": company.id}
    return _staffs(
        world,
        lambda: world.stub.GetCompany(companies_pb2.GetCompanyRequest(**which), metadata=world.staff),
        companies_pb2.UpdateCompanyRequest(company=companies_pb2.CompanyPatch(address="1 High Street"), **which),
        companies_pb2.DeactivateCompanyRequest(**which),
        companies_pb2.ActivateCompanyRequest(**which),
    )


async def a_unit(world: World) -> Record:
    unit = await world.unit(await world.company())

    async def read() -> Any:
        request = business_units_pb2.ListBusinessUnitsRequest(company_id=unit.company_id)
        [found] = (await world.stub.ListBusinessUnits(request, metadata=world.staff)).business_units
        return found

    which = {"company_id": unit.company_id, "business_unit_id": unit.id}
    return _staffs(world, read, business_units_pb2.UpdateBusinessUnitRequest(name="Perth", **which))


async def a_case_manager(world: World) -> Record:
    person = await world.case_manager()
    patch = case_managers_pb2.CaseManagerPatch(suburb="Newtown")
    request = case_managers_pb2.UpdateCaseManagerRequest(case_manager_id=person.id, case_manager=patch)
    return _staffs(world, lambda: world.get(person), request)


async def my_profile(world: World) -> Record:
    metadata = world.as_person(await world.active())
    request = profile_pb2.UpdateMyProfileRequest(profile=profile_pb2.ProfilePatch(language="es"))
    return Record(
        world.stub,
        metadata,
        lambda: world.stub.GetMyProfile(profile_pb2.GetMyProfileRequest(), metadata=metadata),
        {"UpdateMyProfile": request},
    )


async def a_specialist(world: World) -> Record:
    doctors = Doctors.of(world)
    specialist = await doctors.new()
    patch = specialists_pb2.SpecialistPatch(note="Only mornings")
    request = specialists_pb2.UpdateSpecialistRequest(specialist_id=specialist.id, specialist=patch)
    return _staffs(world, lambda: doctors.get(specialist), request)


async def my_specialist_profile(world: World) -> Record:
    doctors = Doctors.of(world)
    metadata = doctors.metadata(await doctors.active())
    request = profile_pb2.UpdateMySpecialistProfileRequest(profile=profile_pb2.ProfilePatch(language="es"))
    return Record(
        world.stub,
        metadata,
        lambda: world.stub.GetMySpecialistProfile(profile_pb2.GetMySpecialistProfileRequest(), metadata=metadata),
        {"UpdateMySpecialistProfile": request},
    )


async def a_place(world: World) -> Record:
    place = await Doctors.of(world).practice.place()

    async def read() -> Any:
        [found] = (await world.stub.ListPlaces(places_pb2.ListPlacesRequest(), metadata=world.staff)).places
        return found

    return _staffs(
        world,
        read,
        places_pb2.UpdatePlaceRequest(place_id=place.id, place=places_pb2.PlacePatch(directions="Second floor")),
        places_pb2.DeactivatePlaceRequest(place_id=place.id),
        places_pb2.ActivatePlaceRequest(place_id=place.id),
    )


async def an_availability(world: World) -> Record:
    practice = Doctors.of(world).practice
    which: dict[str, Any] = {"availability_id": (await practice.availability(await practice.specialist())).id}
    cancelled: dict[str, Any] = {"date": "2026-03-03", "kind": res.AvailabilityException.CANCELLED}
    request = availabilities_pb2.GetAvailabilityRequest(**which)
    return _staffs(
        world,
        lambda: world.stub.GetAvailability(request, metadata=world.staff),
        availabilities_pb2.UpdateAvailabilityRequest(block=block(end_minute=660), **which),
        availabilities_pb2.SetAvailabilityExceptionRequest(**cancelled, **which),
        availabilities_pb2.DeleteAvailabilityExceptionRequest(date="2026-03-03", **which),
    )


async def a_value_list(world: World) -> Record:
    async def read() -> Any:
        request = value_lists_pb2.ListValuesRequest(kind=value_lists_pb2.ValueList.POSITIONS)
        [found] = (await world.stub.ListValues(request, metadata=world.staff)).lists
        return found

    value = value_lists_pb2.ListedValue(key="NURSE", english="Nurse")
    request = value_lists_pb2.UpdateValueListRequest(kind=value_lists_pb2.ValueList.POSITIONS, values=[value])
    return _staffs(world, read, request)


async def the_settings(world: World) -> Record:
    get = booking_settings_pb2.GetBookingSettingsRequest()
    patch = booking_settings_pb2.BookingSettingsPatch(hold_hours=24)
    return _staffs(
        world,
        lambda: world.stub.GetBookingSettings(get, metadata=world.staff),
        booking_settings_pb2.UpdateBookingSettingsRequest(settings=patch),
    )


def _staffs(world: World, read: Callable[[], Awaitable[Any]], *changes: Message) -> Record:
    """What an administrator changes."""
    metadata = world.people.metadata(Role.STAFF_ADMIN, org_id=world.org_id, account_id=world.staff_id)
    by_rpc = {change.DESCRIPTOR.name.removesuffix("Request"): change for change in changes}
    return Record(world.stub, metadata, read, by_rpc)


RECORDS: Sequence[Callable[[World], Awaitable[Record]]] = (
    *(a_company, a_unit, a_case_manager, my_profile, a_specialist, my_specialist_profile),
    *(a_place, an_availability, a_value_list, the_settings),
)
each_record = pytest.mark.parametrize("made", RECORDS, ids=lambda made: made.__name__)


@each_record
async def test_a_record_is_changed_as_it_was_seen(world: World, made: Callable[[World], Awaitable[Record]]) -> None:
    """CM-01, CM-02, CM-06, CM-07, CM-08: another version than was seen is CONCURRENT_CHANGE, and nothing is written.

    That version is changed, and without an `etag` whichever there is.
    """
    record = await made(world)
    for rpc in record.changes:
        before = await record.read()
        await record.change(rpc)
        now = await record.read()
        assert "" not in {before.etag, now.etag}
        with refuses("CONCURRENT_CHANGE"):
            await record.change(rpc, before.etag)
        assert now == await record.read()
        changed = await record.change(rpc, now.etag)
        assert changed.etag == (await record.read()).etag != now.etag


@each_record
async def test_one_of_many_who_saw_the_same(world: World, made: Callable[[World], Awaitable[Record]]) -> None:
    """CM-01, CM-02, CM-06, CM-07, CM-08: of many changes of one version one is taken; repeated it answers the same."""
    record = await made(world)
    rpc = next(iter(record.changes))
    etag, request_ids = (await record.read()).etag, [str(new_id()) for _ in range(5)]
    calls = [record.change(rpc, etag, request_id) for request_id in request_ids]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    [taken] = [place for place, outcome in enumerate(outcomes) if not isinstance(outcome, Aborted)]
    assert outcomes[taken] == await record.read() == await record.change(rpc, etag, request_ids[taken])


async def test_an_availability_is_removed_as_it_was_seen(world: World) -> None:
    """CM-06: removed in another version than was seen it stays; in that one it goes."""
    record = await an_availability(world)
    seen = await record.read()
    await record.change("UpdateAvailability")
    delete = availabilities_pb2.DeleteAvailabilityRequest(availability_id=seen.id, etag=seen.etag)
    with refuses("CONCURRENT_CHANGE"):
        await world.stub.DeleteAvailability(delete, metadata=world.staff)
    delete.etag = (await record.read()).etag
    await world.stub.DeleteAvailability(delete, metadata=world.staff)
    with refuses("AVAILABILITY_NOT_FOUND"):
        await record.read()
