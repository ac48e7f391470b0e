"""Case managers: how staff enter and change them.

No call names another company for a person who is there, so that COMPANY_FIXED is never needed: moving to another
company is a new profile.
"""

import asyncio
from datetime import UTC
from typing import Any
from uuid import UUID, uuid4

import pytest
from portico.casemanager.v1 import case_managers_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.case_managers.usecases import load_case_manager
from chassis.call import Role
from chassis.errors import AlreadyExists, InvalidArgument, NotFound
from services.casemanager.tests.world import World

WRITTEN: dict[str, Any] = {
    "title": "Dr",
    "given_name": "Ana María",
    "family_name": "García",
    "position": "CLAIMS_ADVISER",
    "email": "ana@north.example",
    "phone": "+61292200000",
    "mobile": "+61412345678",
    "suburb": "Newtown",
    "postcode": "0800",
    "state": "NSW",
    "language": "es",
    "time_zone": "Australia/Perth",
    "note": "Prefers mornings.\nTwo lines.",
    "contact_verified": True,
}
TYPED: dict[str, Any] = {
    **WRITTEN,
    "given_name": " Ana  María ",
    "email": " Ana@North.Example",
    "phone": "(02) 9220 0000",
    "mobile": "0412 345 678",
    "time_zone": " Australia/Perth ",
}


def fields_of(person):
    return {name: getattr(person, name) for name in WRITTEN}


async def test_everything_that_staff_write(world: World) -> None:
    """CM-02: each field is written and read in its one form, at entry and by a patch."""
    company = await world.company()
    unit = await world.unit(company)
    person = await world.case_manager(company.id, business_unit_id=unit.id, **TYPED)
    assert WRITTEN == fields_of(person)
    assert (company.id, company.name, unit.id) == (person.company_id, person.company_name, person.business_unit_id)
    assert (res.CaseManager.ACTIVE, res.Login.NONE) == (person.account_status, person.login.status)
    assert person == await world.get(person)
    other = await world.case_manager(company.id)
    await world.update(person, "email")
    assert WRITTEN == fields_of(await world.update(other, **TYPED))


async def test_little_is_needed(world: World) -> None:
    """CM-02: one name is enough; messages are in English, and there is no zone but the organization's."""
    person = await world.case_manager(given_name="", family_name="Cher", email="")
    assert ("", "Cher", "", "en", "") == (
        person.given_name,
        person.family_name,
        person.email,
        person.language,
        person.time_zone,
    )


@pytest.mark.parametrize("path", sorted({*WRITTEN} - {"given_name", "family_name", "language"}))
async def test_a_mask_empties_a_field(world: World, path: str) -> None:
    """CM-02: a field that the mask names is emptied, and nothing else; without a mask an empty one stays."""
    person = await world.case_manager(**WRITTEN)
    assert WRITTEN == fields_of(await world.update(person, suburb=""))
    emptied = fields_of(await world.update(person, path, suburb="Elsewhere" if path != "suburb" else ""))
    assert {**WRITTEN, path: type(WRITTEN[path])()} == emptied


async def test_a_language_that_is_emptied_is_english(world: World) -> None:
    """CM-02: messages are always in a language."""
    assert "en" == (await world.update(await world.case_manager(language="es"), "language")).language


@pytest.mark.parametrize("path", ["id", "company_name", "login", "account_status", "nonsense", "create_time"])
async def test_a_path_that_cannot_be_changed(world: World, path: str) -> None:
    """CM-02: a mask names only what staff write."""
    with pytest.raises(InvalidArgument) as refused:
        await world.update(await world.case_manager(), path)
    assert [("update_mask", "FIELD_UNKNOWN")] == [(each.field, each.reason) for each in refused.value.violations]


@pytest.mark.parametrize(
    ("fields", "refused_fields", "reason"),
    [
        ({"email": "ana"}, ["email"], "CONTACT_INVALID"),
        ({"phone": "12", "mobile": "call me", "email": "@"}, ["email", "mobile", "phone"], "CONTACT_INVALID"),
        ({"mobile": "(02) 9220 0000"}, ["mobile"], "CONTACT_INVALID"),
        ({"time_zone": "Sydney"}, ["time_zone"], "TIME_ZONE_INVALID"),
        ({"time_zone": "../etc/passwd"}, ["time_zone"], "TIME_ZONE_INVALID"),
        ({"given_name": "A\u202ena"}, ["given_name"], "NAME_INVALID"),
        ({"family_name": "\u3164"}, ["family_name"], "NAME_INVALID"),
        ({"family_name": "Gar\0cía"}, ["family_name"], "NAME_INVALID"),
        ({"suburb": "New\0town"}, ["suburb"], "NUL"),
        ({"given_name": "x" * 101}, ["given_name"], "STRING_MAX_LEN"),
        ({"language": "fr"}, ["language"], "STRING_IN"),
        ({"business_unit_id": "7"}, ["business_unit_id"], "STRING_UUID"),
    ],
)
async def test_wrong_fields_are_named(world: World, fields, refused_fields, reason) -> None:
    """CM-02: every wrong field is named with its reason, at entry and by a patch, and nothing is written."""
    person = await world.case_manager()
    for call in (world.case_manager(person.company_id, **fields), world.update(person, **fields)):
        with pytest.raises(InvalidArgument) as refused:
            await call
        violations = refused.value.violations
        assert {reason} == {violation.reason for violation in violations}
        assert [f"case_manager.{name}" for name in refused_fields] == sorted(each.field for each in violations)
    assert person == await world.get(person)
    assert 1 == len(await world.history(person))


async def test_a_person_has_a_name(world: World) -> None:
    """CM-02: NAME_MISSING at entry and when a mask empties both, in the reader's language."""
    person = await world.case_manager()
    request = pb.UpdateCaseManagerRequest(case_manager_id=person.id, case_manager=pb.CaseManagerPatch())
    request.update_mask.paths.extend(["given_name", "family_name"])
    spanish = world.people.metadata(Role.STAFF, org_id=world.org_id, language="es")
    with pytest.raises(InvalidArgument) as refused:
        await world.stub.UpdateCaseManager(request, metadata=spanish)
    [violation] = refused.value.violations
    assert ("case_manager.given_name", "NAME_MISSING", "Escriba un nombre.") == (
        violation.field,
        violation.reason,
        violation.localized["es"],
    )
    with pytest.raises(InvalidArgument):
        await world.case_manager(person.company_id, given_name=" ", family_name="")
    assert "" == (await world.update(person, "given_name")).given_name


async def test_an_address_names_one_person(world: World, people) -> None:
    """CM-02: EMAIL_TAKEN with who has it, whatever the case; empty ones and other organizations do not count."""
    first, second = await world.case_manager(email="ana@north.example"), await world.case_manager(email="")
    for call in (world.case_manager(email="ANA@North.example"), world.update(second, email="Ana@north.example")):
        with pytest.raises(AlreadyExists) as refused:
            await call
        assert ("EMAIL_TAKEN", {"case_manager_id": first.id}) == (refused.value.reason, refused.value.metadata)
    assert "" == (await world.case_manager(email="")).email
    assert first.email == (await world.update(first, email="ANA@north.example", suburb="Newtown")).email
    elsewhere = await World.with_organization(world.deps, world.identity, world.stub, people, world.clock)
    assert "ana@north.example" == (await elsewhere.case_manager(email="ana@north.example")).email


async def test_two_who_enter_one_address_at_once(world: World) -> None:
    """CM-02: one person gets it, the others learn who."""
    company = await world.company()
    outcomes = await asyncio.gather(
        *(world.case_manager(company.id, email="ana@north.example") for _ in range(10)), return_exceptions=True
    )
    [person] = [each for each in outcomes if isinstance(each, res.CaseManager)]
    assert [{"case_manager_id": person.id}] * 9 == [
        each.metadata for each in outcomes if isinstance(each, AlreadyExists)
    ]


async def test_who_verified_a_contact_and_when(world: World) -> None:
    """CM-02: the tick keeps its person and its time, also when it is ticked once more, until it is taken away."""
    person = await world.case_manager()
    assert not person.contact_verified
    assert not person.HasField("contact_verify_time")
    verified = await world.update(person, contact_verified=True)
    ticked = world.clock()
    assert (True, ticked) == (verified.contact_verified, instant_of(verified))
    world.later(hours=1)
    boss = world.as_role(Role.STAFF_ADMIN)
    patch = pb.CaseManagerPatch(contact_verified=True, suburb="Newtown")
    request = pb.UpdateCaseManagerRequest(case_manager_id=person.id, case_manager=patch)
    assert ticked == instant_of(await world.stub.UpdateCaseManager(request, metadata=boss))
    assert world.staff_id == await verifier_of(world, person)
    removed = await world.update(person, "contact_verified")
    assert (False, False, None) == (
        removed.contact_verified,
        removed.HasField("contact_verify_time"),
        await verifier_of(world, person),
    )
    assert ["contact_verified", "suburb", "contact_verified", ""] == [
        each.detail for each in await world.history(person)
    ]


def instant_of(person):
    return person.contact_verify_time.ToDatetime(tzinfo=UTC)


async def verifier_of(world, person):
    return (await load_case_manager(world.deps, world.org_id, UUID(person.id))).contact_verifier_id


async def test_who_looks_after_a_person(world: World) -> None:
    """CM-02: somebody of the staff looks after a person; another organization's staff is STAFF_NOT_FOUND."""
    person = await world.case_manager()
    kept = await world.update(person, responsible_staff_id=str(world.staff_id))
    assert kept.responsible_staff_id == str(world.staff_id)
    for change in (world.update(person, responsible_staff_id=str(uuid4())), _entered_for(world, str(uuid4()))):
        with pytest.raises(NotFound) as refused:
            await change
        assert refused.value.reason == "STAFF_NOT_FOUND"
    assert (await world.update(person, "responsible_staff_id")).responsible_staff_id == ""


async def _entered_for(world: World, staff_id: str) -> None:
    await world.case_manager(responsible_staff_id=staff_id)
