"""Specialists, through a real server."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import resources_pb2
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import specialists_pb2 as pb

from casemanager.reservations.domain import ReservationKind
from chassis.call import Role
from chassis.errors import AlreadyExists, Conflict, InvalidArgument, NotFound
from chassis.ids import new_id
from services.casemanager.tests.practice import NAMES_REFUSED, hours

PUBLIC = {"title", "given_name", "family_name", "specialties", "languages", "modes", "place_ids", "time_zone"}


def get(specialist):
    return pb.GetSpecialistRequest(specialist_id=specialist.id)


def deactivate(specialist, request_id=""):
    return pb.DeactivateSpecialistRequest(specialist_id=specialist.id, request_id=request_id)


async def update(practice, specialist, *paths, **fields):
    request = pb.UpdateSpecialistRequest(
        specialist_id=specialist.id,
        specialist=pb.SpecialistPatch(**fields),
        update_mask=FieldMask(paths=paths),
    )
    return await practice.call("UpdateSpecialist", request)


async def names(practice, metadata=None, **fields):
    found = await practice.call("ListSpecialists", pb.ListSpecialistsRequest(**fields), metadata)
    return [each.family_name for each in found.specialists]


@pytest.fixture
def tomorrow(clock):
    """Midnight in UTC of the day after next."""
    return clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)


async def whole(practice):
    """A specialist with every field."""
    place = await practice.place()
    return await practice.specialist(
        specialties=["ORTHOPAEDICS"],
        languages=["en", "zh"],
        provider_number="P-17",
        email="Rui.Zhang@Example.org",
        phone="(202) 555-0142",
        mobile="+1 202 555 0143",
        modes=[res.IN_PERSON, res.TELEHEALTH],
        place_ids=[place.id],
        note="Only mornings",
    )


async def test_a_specialist_is_entered_and_changed(practice):
    """CM-06: staff enter a specialist with contacts in their one form, and change single fields."""
    specialist = await whole(practice)
    assert specialist == await practice.call("GetSpecialist", get(specialist))
    assert ("rui.zhang@example.org", "+12025550142") == (specialist.email, specialist.phone)
    changed = await update(practice, specialist, "languages", "note", languages=["en"])
    assert (["en"], "", "P-17") == (list(changed.languages), changed.note, changed.provider_number)
    assert ["specialist.created", "specialist.updated"] == await practice.subjects()


async def test_what_staff_write_is_checked(practice):
    """CM-06: a name and a zone are needed, contacts and zones are real, places are the organization's."""
    with pytest.raises(InvalidArgument) as refused:
        await practice.specialist(given_name="", family_name="", time_zone="")
    assert ["NAME_MISSING", "TIME_ZONE_MISSING"] == [violation.reason for violation in refused.value.violations]
    for reason, fields in (
        ("TIME_ZONE_INVALID", {"time_zone": "Mars/Olympus"}),
        ("CONTACT_INVALID", {"email": "nobody"}),
        ("CONTACT_INVALID", {"mobile": "12"}),
    ):
        with pytest.raises(InvalidArgument, match=reason):
            await practice.specialist(**fields)
    with pytest.raises(NotFound, match="PLACE_NOT_FOUND"):
        await practice.specialist(place_ids=[str(new_id())])


async def test_an_address_names_one_specialist(practice):
    """CM-06: of two specialists with one address, in whatever case, the second is refused."""
    await practice.specialist(email="rui@example.org")
    other = await practice.specialist()
    with pytest.raises(AlreadyExists, match="EMAIL_TAKEN: Another specialist"):
        await practice.specialist(email="RUI@example.org")
    with pytest.raises(AlreadyExists, match="EMAIL_TAKEN"):
        await update(practice, other, email="rui@example.org")


@pytest.mark.parametrize(("name", "reason"), NAMES_REFUSED)
async def test_a_name_can_be_read(practice, name, reason):
    """CM-06: one that turns its line around, breaks it or shows nothing is refused; composed letters are one form."""
    specialist = await practice.specialist(family_name="Andre\u0301")
    assert "André" == specialist.family_name
    for field in ("given_name", "family_name"):
        for call in (practice.specialist(**{field: name}), update(practice, specialist, **{field: name})):
            with pytest.raises(InvalidArgument) as refused:
                await call
            assert [(f"specialist.{field}", reason)] == [(each.field, each.reason) for each in refused.value.violations]


async def test_case_managers_see_what_is_public(practice):
    """CM-06, CM-15: a case manager sees the names, specialties and places of active specialists, and no contact."""
    specialist = await whole(practice)
    seen = await practice.call("GetSpecialist", get(specialist), await practice.case_manager())
    assert {"id", "account_status", *PUBLIC} == {field.name for field, _ in seen.ListFields()}
    assert all(getattr(specialist, name) == getattr(seen, name) for name in PUBLIC)
    await practice.call("DeactivateSpecialist", deactivate(specialist))
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await practice.call("GetSpecialist", get(specialist), await practice.case_manager())
    assert [] == await names(practice, await practice.case_manager())


async def test_case_managers_find_nobody_by_a_contact(practice):
    """CM-15: what a case manager does not see they do not find a specialist by."""
    await whole(practice)
    for typed in ("rui.zhang@example.org", "+12025550143"):
        assert ["Zhang"] == await names(practice, query=typed)
        assert [] == await names(practice, await practice.case_manager(), query=typed)


async def test_specialists_see_themselves(practice):
    """CM-06, CM-15: a specialist sees all of themselves but staff's note, and nobody else."""
    specialist, other = await whole(practice), await practice.specialist(family_name="Other")
    myself = await practice.login_of(specialist)
    seen = await practice.call("GetSpecialist", get(specialist), myself)
    expected = await practice.call("GetSpecialist", get(specialist))
    expected.ClearField("note")
    del expected.login.actions[:]
    assert ("ACTIVE", expected) == (resources_pb2.Login.Status.Name(seen.login.status), seen)
    assert ["Zhang"] == await names(practice, myself)
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await practice.call("GetSpecialist", get(other), myself)


async def test_a_login_that_is_nobodys_sees_nothing(practice):
    """CM-15: a specialist's login without a profile here sees nobody."""
    specialist, stranger = await practice.specialist(), practice.as_role(Role.SPECIALIST)
    assert [] == await names(practice, stranger)
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await practice.call("GetSpecialist", get(specialist), stranger)


async def test_specialists_are_found_by_name(practice):
    """CM-06: by the beginnings of names in any order, without accents, with one typo; by filters; page after page."""
    place = await practice.place()
    await practice.specialist(given_name="Renée", family_name="Zhang", specialties=["PSYCHIATRY"], languages=["fr"])
    await practice.specialist(given_name="Ravi", family_name="McDonald", modes=[res.TELEHEALTH])
    await practice.specialist(given_name="Ana", family_name="Abreu", place_ids=[place.id])
    assert ["Abreu", "McDonald", "Zhang"] == await names(practice)
    for typed in ("renee", "zhan ren", "Zhagn", "RENÉE ZHANG"):
        assert ["Zhang"] == await names(practice, query=typed)
    assert ["McDonald"] == await names(practice, query="mc don")
    assert [] == await names(practice, query="Nowak")
    assert [] == await names(practice, query="!?")
    assert ["Zhang"] == await names(practice, specialty="PSYCHIATRY")
    assert ["Zhang"] == await names(practice, language="fr")
    assert ["McDonald"] == await names(practice, mode=res.TELEHEALTH)
    assert ["Abreu"] == await names(practice, place_id=place.id)
    first = await practice.call("ListSpecialists", pb.ListSpecialistsRequest(page_size=2))
    assert ["Zhang"] == await names(practice, page_size=2, page_token=first.next_page_token)
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await names(practice, query="z", page_token=first.next_page_token)
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await names(practice, await practice.case_manager(), page_token=first.next_page_token)


async def test_nobody_is_deactivated_over_a_booking(practice, tomorrow):
    """CM-06: while confirmed bookings lie ahead a specialist stays, and the refusal names these alone."""
    specialist = await practice.specialist()
    await practice.take(specialist, *hours(tomorrow, -72, -71))
    booked = await practice.take(specialist, *hours(tomorrow, 9, 10))
    with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY") as refused:
        await practice.call("DeactivateSpecialist", deactivate(specialist))
    assert {"booking_numbers": booked.booking_number, "count": "1"} == refused.value.metadata
    free = await practice.specialist()
    assert res.Specialist.INACTIVE == (await practice.call("DeactivateSpecialist", deactivate(free))).account_status


async def test_a_deactivation_lets_holds_go(practice, tomorrow):
    """CM-06: what was held for offers is free when the specialist is deactivated; time off stays."""
    specialist = await practice.specialist()
    held = {"kind": ReservationKind.HELD, "hold_expire_time": tomorrow}
    await practice.take(specialist, *hours(tomorrow, 9, 10), **held)
    await practice.time_off(specialist, *hours(tomorrow, 12, 13))
    await practice.call("DeactivateSpecialist", deactivate(specialist))
    assert [ReservationKind.BLOCKED] == [each.kind for each in await practice.reserved(specialist)]
    assert await practice.take(specialist, *hours(tomorrow, 9, 10)) is None
    active = await practice.call("ActivateSpecialist", pb.ActivateSpecialistRequest(specialist_id=specialist.id))
    assert res.Specialist.ACTIVE == active.account_status
    assert await practice.take(specialist, *hours(tomorrow, 9, 10))


async def test_a_deactivation_and_a_confirmation_at_once(practice, tomorrow):
    """CM-06: whoever comes first, an inactive specialist has no booking ahead."""
    outcomes = set()
    for _ in range(30):
        specialist, booking_id = await practice.specialist(), await practice.booking()
        answers: Any = await asyncio.gather(
            practice.call("DeactivateSpecialist", deactivate(specialist)),
            practice.take(specialist, *hours(tomorrow, 9, 10), booking_id=booking_id),
            return_exceptions=True,
        )
        gone, booked = answers
        assert isinstance(gone, Conflict) == (booked is not None)
        outcomes.add(booked is None)
    assert outcomes


async def test_one_request_id_is_one_deactivation(practice):
    """CM-06: ten calls with one request id deactivate once, and all get the same answer."""
    specialist, request_id = await practice.specialist(), str(new_id())
    answers = await asyncio.gather(
        *(practice.call("DeactivateSpecialist", deactivate(specialist, request_id)) for _ in range(10))
    )
    assert all(answers[0] == answer for answer in answers)
    assert ["specialist.created", "specialist.updated"] == await practice.subjects()
