"""What specialists see and set of themselves, and who may."""

from uuid import UUID, uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import profile_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res

from chassis.call import Role
from chassis.errors import Denied, InvalidArgument, NotFound, ServiceError, Unauthenticated
from services.casemanager.tests.doctors import Doctors
from services.casemanager.tests.world import World

SEEN = "seen"
MY_PROFILE = {
    "own": SEEN,
    "colleague": SEEN,
    "inactive": NotFound,
    "disabled": NotFound,
    "disabled elsewhere": NotFound,
    "no profile": NotFound,
    "own, of another organization": NotFound,
    "case manager": Denied,
    "family": Denied,
    "staff": Denied,
    "administrator": Denied,
    "nobody": Unauthenticated,
}


@pytest.fixture
def doctors(world: World) -> Doctors:
    return Doctors.of(world)


@pytest.fixture
async def rui(doctors: Doctors) -> res.Specialist:
    return await doctors.active(note="Only mornings", provider_number="P-17", specialties=["ORTHOPAEDICS"])


@pytest.fixture
async def viewers(doctors, rui, people):
    """Everybody who might ask, by what they are."""
    inactive, disabled, disabled_elsewhere = [await doctors.active() for _ in range(3)]
    await doctors.say("DeactivateSpecialist", inactive)
    await doctors.say("DisableSpecialistLogin", disabled)
    await doctors.world.disable_elsewhere(disabled_elsewhere)
    await doctors.world.hear()
    role = doctors.world.as_role
    persons = {
        "own": rui,
        "colleague": await doctors.active(),
        "inactive": inactive,
        "disabled": disabled,
        "disabled elsewhere": disabled_elsewhere,
    }
    return {
        **{name: doctors.metadata(specialist) for name, specialist in persons.items()},
        "no profile": role(Role.SPECIALIST),
        "own, of another organization": people.metadata(
            Role.SPECIALIST, org_id=uuid4(), account_id=UUID(rui.login.account_id)
        ),
        "case manager": role(Role.CASE_MANAGER),
        "family": role(Role.FAMILY),
        "staff": doctors.world.staff,
        "administrator": role(Role.STAFF_ADMIN),
        "nobody": (("x-test-peer", "gateway"),),
    }


async def cells(doctors, viewers, name, request):
    """What each viewer gets: the specialist, or the class of the refusal."""
    found = {}
    for viewer, metadata in viewers.items():
        try:
            found[viewer] = await doctors.practice.call(name, request, metadata)
        except ServiceError as refused:
            found[viewer] = next(each for each in (NotFound, Denied, Unauthenticated) if isinstance(refused, each))
    return found


def shape(found):
    return {viewer: SEEN if isinstance(cell, res.Specialist) else cell for viewer, cell in found.items()}


async def test_who_has_a_profile_of_their_own(doctors, rui, viewers) -> None:
    """CM-06, CM-15: whoever is in service with a login sees themselves, but for staff's note and what staff may do."""
    found = await cells(doctors, viewers, "GetMySpecialistProfile", pb.GetMySpecialistProfileRequest())
    assert MY_PROFILE == shape(found)
    expected = await doctors.get(rui)
    expected.ClearField("note")
    del expected.login.actions[:]
    assert expected == found["own"]
    assert found["own"].id != found["colleague"].id


async def test_who_edits_a_profile_of_their_own(doctors, rui, viewers) -> None:
    """CM-06, CM-15: the same people edit their phones and preferences, each their own; nobody else changes anything."""
    request = pb.UpdateMySpecialistProfileRequest(profile=pb.ProfilePatch(mobile="0412 345 678"))
    found = await cells(doctors, viewers, "UpdateMySpecialistProfile", request)
    assert MY_PROFILE == shape(found)
    changed = await doctors.get(rui)
    assert ("+61412345678", "Only mornings", "P-17") == (changed.mobile, changed.note, changed.provider_number)


async def test_what_a_specialist_sets_of_themselves(doctors, rui) -> None:
    """CM-06: phones, language and zone, in their one form, emptied by a mask; a login is not touched by it."""
    patch = pb.ProfilePatch(phone="(02) 9220 0000", mobile="0412 345 678", language="es", time_zone="Australia/Perth")
    mine = await doctors.practice.call(
        "UpdateMySpecialistProfile", pb.UpdateMySpecialistProfileRequest(profile=patch), doctors.metadata(rui)
    )
    assert ("+61292200000", "+61412345678", "es", "Australia/Perth", "") == (
        mine.phone,
        mine.mobile,
        mine.language,
        mine.time_zone,
        mine.note,
    )
    emptied = pb.UpdateMySpecialistProfileRequest(
        profile=pb.ProfilePatch(), update_mask=FieldMask(paths=["mobile", "language"])
    )
    mine = await doctors.practice.call("UpdateMySpecialistProfile", emptied, doctors.metadata(rui))
    assert ("+61292200000", "", "en", rui.login.account_id) == (
        mine.phone,
        mine.mobile,
        mine.language,
        mine.login.account_id,
    )


@pytest.mark.parametrize(
    ("patch", "path", "field", "reason"),
    [
        ({"phone": "12"}, "", "profile.phone", "CONTACT_INVALID"),
        ({"time_zone": "Sydney"}, "", "profile.time_zone", "TIME_ZONE_INVALID"),
        ({}, "time_zone", "profile.time_zone", "TIME_ZONE_MISSING"),
        ({"language": "fr"}, "", "profile.language", "STRING_IN"),
        ({}, "email", "update_mask", "FIELD_UNKNOWN"),
        ({}, "note", "update_mask", "FIELD_UNKNOWN"),
        ({}, "specialties", "update_mask", "FIELD_UNKNOWN"),
        ({}, "promotions_consent", "update_mask", "FIELD_UNKNOWN"),
    ],
)
async def test_what_a_specialist_cannot_set(doctors, rui, patch, path: str, field: str, reason: str) -> None:
    """CM-06, CM-15: names, address, specialties and staff's words are not theirs to change; wrong fields are named."""
    request = pb.UpdateMySpecialistProfileRequest(
        profile=pb.ProfilePatch(**patch), update_mask=FieldMask(paths=[path] if path else [])
    )
    with pytest.raises(InvalidArgument) as refused:
        await doctors.practice.call("UpdateMySpecialistProfile", request, doctors.metadata(rui))
    assert [(field, reason)] == [(each.field, each.reason) for each in refused.value.violations]
    assert rui == await doctors.get(rui)
