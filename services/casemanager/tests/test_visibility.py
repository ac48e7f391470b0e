"""Who sees a company and a case manager's profile: the first two rows of CM-15's table, cell by cell."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_managers_pb2, companies_pb2, places_pb2, profile_pb2, specialists_pb2
from portico.casemanager.v1 import resources_pb2 as res

from chassis.call import Role
from chassis.errors import Denied, InvalidArgument, NotFound, ServiceError, Unauthenticated
from chassis.testing.grpc import Metadata
from services.casemanager.tests.practice import Practice
from services.casemanager.tests.world import World

WRITTEN: dict[str, Any] = {
    "title": "Dr",
    "position": "CLAIMS_ADVISER",
    "phone": "+61292200000",
    "note": "Calls before nine.",
    "contact_verified": True,
}
OF_STAFF = ("note", "contact_verified", "contact_verify_time", "responsible_staff_id", "created_by", "open_tasks")
"""What is said of a person and not shown to them."""
ALL, NAMES, OWN = "all", "names", "own"
COMPANY: dict[str, object] = {
    "own": NAMES,
    "same unit": NAMES,
    "other unit": NAMES,
    "no unit": NAMES,
    "other company": NotFound,
    "inactive": NotFound,
    "disabled": NotFound,
    "disabled elsewhere": NotFound,
    "no profile": NotFound,
    "specialist": Denied,
    "family": Denied,
    "staff": ALL,
    "administrator": ALL,
    "other organization's staff": NotFound,
    "own, of another organization": NotFound,
    "nobody": Unauthenticated,
}
PROFILE = {**COMPANY, "own": OWN, "other unit": NotFound, "no unit": NotFound}
MY_PROFILE = {
    **dict.fromkeys(COMPANY, NotFound),
    **dict.fromkeys(("own", "same unit", "other unit", "no unit", "other company"), OWN),
    **dict.fromkeys(("specialist", "family", "staff", "administrator", "other organization's staff"), Denied),
    "nobody": Unauthenticated,
}


@dataclass(frozen=True)
class Office:
    """Ana, who belongs to a unit of her company, and everybody who might look."""

    world: World
    company: res.Company
    ana: res.CaseManager
    viewers: dict[str, Metadata]

    async def cells(self, rpc: str, request: Any, shown: dict[str, Any]) -> dict[str, object]:
        """What each viewer gets: the name of what is shown, or the class of the refusal."""
        found: dict[str, object] = {}
        for viewer, metadata in self.viewers.items():
            try:
                answer = await getattr(self.world.stub, rpc)(request, metadata=metadata)
            except ServiceError as refused:
                found[viewer] = next(each for each in (NotFound, Denied, Unauthenticated) if isinstance(refused, each))
            else:
                found[viewer] = next((name for name, message in shown.items() if message == answer), answer)
        return found


@pytest.fixture
async def office(world: World, people) -> Office:
    company, other = await world.company("Northwind"), await world.company("Southwind")
    sydney, perth = [await world.unit(company, name) for name in ("Sydney", "Perth")]
    in_sydney = {"company_id": company.id, "business_unit_id": sydney.id}
    ana = await world.active(**in_sydney, **WRITTEN, responsible_staff_id=str(world.staff_id))
    inactive, disabled, disabled_elsewhere = [await world.active(**in_sydney) for _ in range(3)]
    await world.deactivate(inactive)
    await world.disable(disabled)
    await world.disable_elsewhere(disabled_elsewhere)
    await world.hear()
    persons = {
        "own": ana,
        "same unit": await world.active(**in_sydney),
        "other unit": await world.active(company_id=company.id, business_unit_id=perth.id),
        "no unit": await world.active(company_id=company.id),
        "other company": await world.active(company_id=other.id),
        "inactive": inactive,
        "disabled": disabled,
        "disabled elsewhere": disabled_elsewhere,
    }
    viewers = {
        **{name: world.as_person(person) for name, person in persons.items()},
        "no profile": world.as_role(Role.CASE_MANAGER),
        "specialist": world.as_role(Role.SPECIALIST),
        "family": world.as_role(Role.FAMILY),
        "staff": world.staff,
        "administrator": world.as_role(Role.STAFF_ADMIN),
        "other organization's staff": people.metadata(Role.STAFF, org_id=uuid4()),
        "own, of another organization": people.metadata(
            Role.CASE_MANAGER, org_id=uuid4(), account_id=UUID(ana.login.account_id)
        ),
        "nobody": (("x-test-peer", "gateway"),),
    }
    return Office(world, await get_company(world, company), await world.get(ana), viewers)


async def get_company(world, company):
    return await world.stub.GetCompany(companies_pb2.GetCompanyRequest(company_id=company.id), metadata=world.staff)


def own(person: res.CaseManager) -> res.CaseManager:
    """What a case manager sees of themselves: all but what staff say of them and may do."""
    shown = res.CaseManager()
    shown.CopyFrom(person)
    for field in OF_STAFF:
        shown.ClearField(field)  # type: ignore[arg-type] # the names of fields
    del shown.login.actions[:]
    return shown


async def test_who_sees_a_company(office: Office) -> None:
    """CM-15: case managers read the name of their own company, staff everything, others nothing."""
    request = companies_pb2.GetCompanyRequest(company_id=office.company.id)
    shown = {ALL: office.company, NAMES: res.Company(id=office.company.id, name="Northwind")}
    assert COMPANY == await office.cells("GetCompany", request, shown)


async def test_who_sees_a_profile(office: Office) -> None:
    """CM-15: case managers see themselves and the names of their unit's, staff everything, others nothing."""
    request = case_managers_pb2.GetCaseManagerRequest(case_manager_id=office.ana.id)
    names = res.CaseManager(id=office.ana.id, title="Dr", given_name="Ana", family_name="García")
    shown = {ALL: office.ana, OWN: own(office.ana), NAMES: names}
    assert (office.ana.note, office.ana.responsible_staff_id) == (WRITTEN["note"], str(office.world.staff_id))
    assert PROFILE == await office.cells("GetCaseManager", request, shown)


async def test_who_has_a_profile_of_their_own(office: Office) -> None:
    """CM-15: whoever is in service with a login sees themselves; a token of another kind is refused."""
    found = await office.cells("GetMyProfile", profile_pb2.GetMyProfileRequest(), {})
    seen = {viewer: OWN if isinstance(cell, res.CaseManager) else cell for viewer, cell in found.items()}
    assert MY_PROFILE == seen
    assert own(office.ana) == found["own"]
    ids = [cell.id for cell in found.values() if isinstance(cell, res.CaseManager)]
    assert len(ids) == len({*ids})


async def test_who_edits_a_profile_of_their_own(office: Office) -> None:
    """CM-15: the same people edit their phones and preferences, each their own; nobody else changes anything."""
    request = profile_pb2.UpdateMyProfileRequest(profile=profile_pb2.ProfilePatch(phone="(02) 9220 0001"))
    found = await office.cells("UpdateMyProfile", request, {})
    seen = {viewer: OWN if isinstance(cell, res.CaseManager) else cell for viewer, cell in found.items()}
    assert MY_PROFILE == seen
    numbers = {viewer: cell.phone for viewer, cell in found.items() if isinstance(cell, res.CaseManager)}
    assert dict.fromkeys(numbers, "+61292200001") == numbers
    changed = await office.world.get(office.ana)
    assert own(changed) == found["own"]
    assert WRITTEN["note"] == changed.note


async def test_who_is_out_of_service_finds_nobody(office: Office, practice: Practice) -> None:
    """CM-15: slots, specialists and places are for whoever is in service, from the next call on."""
    practice = replace(practice, org_id=office.world.org_id, staff=office.world.staff)
    place = await practice.place("Bondi")
    specialist = await practice.specialist()
    await practice.availability(specialist, place)
    away = ("inactive", "disabled", "disabled elsewhere", "no profile", "specialist")
    got = specialists_pb2.GetSpecialistRequest(specialist_id=specialist.id)
    for viewer in ("own", "staff", *away):
        metadata = office.viewers[viewer]
        found = (
            len((await practice.search(metadata)).slots) > 0,
            len(
                (await practice.call("ListSpecialists", specialists_pb2.ListSpecialistsRequest(), metadata)).specialists
            ),
            len((await practice.call("ListPlaces", places_pb2.ListPlacesRequest(), metadata)).places),
        )
        assert ((False, 0, 0) if viewer in away else (True, 1, 1)) == found
        if viewer in away:
            with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
                await practice.call("GetSpecialist", got, metadata)
        else:
            assert specialist.id == (await practice.call("GetSpecialist", got, metadata)).id


async def test_people_without_a_unit_see_only_themselves(world: World) -> None:
    """CM-15: no unit is not a unit that people share."""
    company = await world.company()
    one, other = [await world.active(company_id=company.id) for _ in range(2)]
    request = case_managers_pb2.GetCaseManagerRequest(case_manager_id=one.id)
    assert one.id == (await world.stub.GetCaseManager(request, metadata=world.as_person(one))).id
    with pytest.raises(NotFound) as refused:
        await world.stub.GetCaseManager(request, metadata=world.as_person(other))
    assert "CASE_MANAGER_NOT_FOUND" == refused.value.reason


async def test_a_person_who_moves_to_another_unit(world: World) -> None:
    """CM-15: the unit of now counts, from the next call on."""
    company = await world.company()
    unit = await world.unit(company)
    one, other = [await world.active(company_id=company.id, business_unit_id=unit.id) for _ in range(2)]
    request = case_managers_pb2.GetCaseManagerRequest(case_manager_id=one.id)
    assert "Ana" == (await world.stub.GetCaseManager(request, metadata=world.as_person(other))).given_name
    await world.update(other, "business_unit_id")
    with pytest.raises(NotFound):
        await world.stub.GetCaseManager(request, metadata=world.as_person(other))


async def test_who_comes_back_sees_everything_of_theirs(world: World) -> None:
    """CM-15: enabled once more, or back in service, a case manager sees what they saw."""
    person = await world.active()
    for away, back in ((world.disable, world.enable), (world.deactivate, world.activate)):
        await away(person)
        with pytest.raises(NotFound):
            await world.stub.GetMyProfile(profile_pb2.GetMyProfileRequest(), metadata=world.as_person(person))
        await back(person)
        profile = await world.stub.GetMyProfile(profile_pb2.GetMyProfileRequest(), metadata=world.as_person(person))
        assert person.id == profile.id


async def test_the_login_before_the_present_one_sees_nothing(world: World) -> None:
    """CM-15: who got a login with another address is nobody under the older one."""
    first = await world.active()
    await world.disable(first)
    await world.update(first, email="other@north.example")
    await world.enable(first)
    with pytest.raises(NotFound):
        await world.stub.GetMyProfile(profile_pb2.GetMyProfileRequest(), metadata=world.as_person(first))


async def test_what_a_person_sets_of_themselves(world: World) -> None:
    """CM-15: phones, language and zone, in their one form, emptied by a mask; the history says who did it."""
    person = await world.active(note="Calls before nine.")
    metadata = world.as_person(person)
    patch = profile_pb2.ProfilePatch(
        phone="(02) 9220 0000", mobile="0412 345 678", language="es", time_zone="Australia/Perth"
    )
    request = profile_pb2.UpdateMyProfileRequest(profile=patch)
    changed = await world.stub.UpdateMyProfile(request, metadata=metadata)
    assert ("+61292200000", "+61412345678", "es", "Australia/Perth", "") == (
        changed.phone,
        changed.mobile,
        changed.language,
        changed.time_zone,
        changed.note,
    )
    entry = (await world.history(person))[0]
    assert (True, person.login.account_id, "phone,mobile,language,time_zone") == (
        entry.by_person,
        entry.actor_id,
        entry.detail,
    )
    emptied = profile_pb2.UpdateMyProfileRequest(
        profile=profile_pb2.ProfilePatch(), update_mask=FieldMask(paths=["mobile"])
    )
    mine = await world.stub.UpdateMyProfile(emptied, metadata=metadata)
    assert ("+61292200000", "") == (mine.phone, mine.mobile)
    assert "Calls before nine." == (await world.get(person)).note


@pytest.mark.parametrize(
    ("patch", "path", "field", "reason"),
    [
        ({"phone": "12"}, "", "profile.phone", "CONTACT_INVALID"),
        ({"mobile": "(02) 9220 0000"}, "", "profile.mobile", "CONTACT_INVALID"),
        ({"time_zone": "Sydney"}, "", "profile.time_zone", "TIME_ZONE_INVALID"),
        ({"language": "fr"}, "", "profile.language", "STRING_IN"),
        ({}, "email", "update_mask", "FIELD_UNKNOWN"),
        ({}, "note", "update_mask", "FIELD_UNKNOWN"),
        ({}, "business_unit_id", "update_mask", "FIELD_UNKNOWN"),
        ({}, "given_name", "update_mask", "FIELD_UNKNOWN"),
    ],
)
async def test_what_a_person_cannot_set(world: World, patch, path: str, field: str, reason: str) -> None:
    """CM-15: names, address, unit and staff's words are not theirs to change; wrong fields are named."""
    person = await world.active()
    paths = [path] if path else []
    request = profile_pb2.UpdateMyProfileRequest(
        profile=profile_pb2.ProfilePatch(**patch), update_mask=FieldMask(paths=paths)
    )
    with pytest.raises(InvalidArgument) as refused:
        await world.stub.UpdateMyProfile(request, metadata=world.as_person(person))
    assert [(field, reason)] == [(each.field, each.reason) for each in refused.value.violations]
    assert person == await world.get(person)
