"""What is chosen from the organization's lists, wherever it is written; the list changes, what was chosen stays."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st
from portico.casemanager.v1 import availabilities_pb2, cases_pb2, specialists_pb2
from portico.casemanager.v1 import case_managers_pb2 as people
from portico.casemanager.v1 import value_lists_pb2 as pb
from portico.casemanager.v1.booking_resources_pb2 import CLIENT_REQUEST
from portico_errors.casemanager import ValueNotListed

from casemanager.value_lists.domain import Kind, Value, ValueList, check_listed
from chassis.call import Role
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from services.casemanager.tests.desk import Desk, at, own_time, slot
from services.casemanager.tests.matters import NOAH
from services.casemanager.tests.practice import Practice, availability_request, block

GONE, NEW = "GONE", "NEW"
Write = Callable[[Desk, list[str]], Awaitable[Any]]
KEYS = st.sampled_from(["", "A", "B", "C", "a"])


async def offer(practice: Practice, kind: Kind, *keys: str) -> None:
    """An administrator writes a list."""
    values = [pb.ListedValue(key=key, english=f"{key} in English", spanish=f"{key} en español") for key in keys]
    admin = practice.as_role(Role.STAFF_ADMIN)
    await practice.call(
        "UpdateValueList", pb.UpdateValueListRequest(kind=pb.ValueList.Kind.ValueType(kind), values=values), admin
    )


async def _specialties(desk: Desk, keys: list[str]) -> list[str]:
    patch = specialists_pb2.SpecialistPatch(specialties=keys)
    mask = FieldMask(paths=["specialties"])
    request = specialists_pb2.UpdateSpecialistRequest(specialist_id=desk.zhang.id, specialist=patch, update_mask=mask)
    return list((await desk.call("UpdateSpecialist", request)).specialties)


async def _position(desk: Desk, keys: list[str]) -> list[str]:
    patch = people.CaseManagerPatch(position=keys[-1])
    mask = FieldMask(paths=["position"])
    request = people.UpdateCaseManagerRequest(case_manager_id=desk.ana.id, case_manager=patch, update_mask=mask)
    return [(await desk.call("UpdateCaseManager", request)).position]


async def _of_case(desk: Desk, name: str, keys: list[str]) -> list[str]:
    patch = cases_pb2.CasePatch()
    setattr(patch, name, keys[-1])
    request = cases_pb2.UpdateCaseRequest(case_id=desk.case.id, case=patch, update_mask=FieldMask(paths=[name]))
    return [getattr(await desk.call("UpdateCase", request, desk.as_ana), name)]


async def _service(desk: Desk, keys: list[str]) -> list[str]:
    return await _of_case(desk, "service_type", keys)


async def _claim(desk: Desk, keys: list[str]) -> list[str]:
    return await _of_case(desk, "claim_type", keys)


async def _services(desk: Desk, keys: list[str]) -> list[str]:
    request = availabilities_pb2.UpdateAvailabilityRequest(
        availability_id=desk.mornings.id, block=block(service_types=keys)
    )
    return list((await desk.call("UpdateAvailability", request)).service_types)


WRITES: dict[str, tuple[Kind, Write, str]] = {
    "specialties": (Kind.SPECIALTIES, _specialties, "specialist.specialties[{}]"),
    "position": (Kind.POSITIONS, _position, "case_manager.position"),
    "service type": (Kind.SERVICE_TYPES, _service, "case.service_type"),
    "claim type": (Kind.CLAIM_TYPES, _claim, "case.claim_type"),
    "service types": (Kind.SERVICE_TYPES, _services, "block.service_types[{}]"),
}


@pytest.mark.parametrize("name", WRITES)
async def test_what_is_not_listed_is_refused_and_what_was_chosen_stays(name: str, desk: Desk) -> None:
    """CM-06, CM-07: a key that the list has not is named; what a record has stays, listed or not."""
    kind, write, field = WRITES[name]
    await offer(desk.practice, kind, GONE)
    assert [GONE] == await write(desk, [GONE])
    await offer(desk.practice, kind, NEW)
    wanted = [GONE] if "{" not in field else [NEW, GONE]
    assert wanted == await write(desk, wanted)
    with pytest.raises(InvalidArgument) as refused:
        await write(desk, [*wanted[:1], "Odd"])
    assert "VALUE_NOT_LISTED" == refused.value.reason
    [violation] = refused.value.violations
    assert (field.format(1), "VALUE_NOT_LISTED", "“Odd” is not in the list.") == (
        violation.field,
        violation.reason,
        violation.description,
    )
    assert [NEW] == await write(desk, [NEW])
    with pytest.raises(InvalidArgument, match="VALUE_NOT_LISTED"):
        await write(desk, [GONE])


@pytest.mark.parametrize("name", ["specialist", "case manager", "case", "availability"])
async def test_a_new_record_has_listed_values_alone(name: str, desk: Desk) -> None:
    """CM-06, CM-07: what is entered anew names no value that cannot be chosen."""
    subject = cases_pb2.CaseSubjectPatch(**NOAH)
    asked: dict[str, tuple[str, Any]] = {
        "specialist": (
            "CreateSpecialist",
            specialists_pb2.CreateSpecialistRequest(
                specialist=specialists_pb2.SpecialistPatch(family_name="Wu", time_zone="UTC", specialties=["Surgery"])
            ),
        ),
        "case manager": (
            "CreateCaseManager",
            people.CreateCaseManagerRequest(
                company_id=desk.ana.company_id,
                case_manager=people.CaseManagerPatch(family_name="Wu", position="Boss"),
            ),
        ),
        "case": (
            "CreateCase",
            cases_pb2.CreateCaseRequest(
                case=cases_pb2.CasePatch(case_manager_id=desk.ana.id, subject=subject, claim_type="Odd")
            ),
        ),
        "availability": ("CreateAvailability", availability_request(desk.zhang, service_types=["Odd"])),
    }
    with pytest.raises(InvalidArgument, match="VALUE_NOT_LISTED"):
        await desk.call(*asked[name])


async def test_another_organizations_list_is_not_ones_own(desk: Desk, practice: Practice) -> None:
    """CM-06, CM-15: what one organization offers cannot be chosen in another."""
    await offer(practice, Kind.SPECIALTIES, "THEIRS")
    assert ["THEIRS"] == list((await practice.specialist(specialties=["THEIRS"])).specialties)
    with pytest.raises(InvalidArgument, match="VALUE_NOT_LISTED"):
        await _specialties(desk, ["THEIRS"])


async def test_a_specialty_that_is_no_longer_offered_is_still_found(desk: Desk) -> None:
    """CM-06: the specialist keeps it, search finds the slots by it, and such a slot is booked."""
    await offer(desk.practice, Kind.SPECIALTIES, NEW)
    found = await desk.practice.search(specialty="ORTHOPAEDICS", metadata=desk.as_ana)
    assert {desk.zhang.id} == {each.specialist_id for each in found.slots}
    listed = specialists_pb2.ListSpecialistsRequest(specialty="ORTHOPAEDICS")
    assert [desk.zhang.id] == [each.id for each in (await desk.call("ListSpecialists", listed)).specialists]
    booked = await desk.request(slot=slot(desk.mornings, at(9)), specialty="ORTHOPAEDICS")
    assert "ORTHOPAEDICS" == booked.specialty
    own = await desk.request(desk.staff, time=own_time(desk.zhang, at(20)), specialty="ORTHOPAEDICS")
    assert "ORTHOPAEDICS" == own.specialty


async def test_the_specialty_of_wishes_is_listed(desk: Desk) -> None:
    """CM-08: a request without a time names a specialty of the list; what a booking has stays when it is changed."""
    with pytest.raises(InvalidArgument, match="VALUE_NOT_LISTED") as refused:
        await desk.request(specialty="Surgery")
    assert ["specialty"] == [each.field for each in refused.value.violations]
    asked = await desk.request(specialty="NEUROLOGY")
    await offer(desk.practice, Kind.SPECIALTIES, NEW)
    changed = await desk.update(asked, specialty="NEUROLOGY", note="Soon")
    assert ("NEUROLOGY", "Soon") == (changed.specialty, changed.note)
    with pytest.raises(InvalidArgument, match="VALUE_NOT_LISTED") as refused:
        await desk.update(asked, specialty="PSYCHIATRY")
    assert ["booking.specialty"] == [each.field for each in refused.value.violations]
    assert NEW == (await desk.update(asked, specialty=NEW)).specialty
    assert "" == (await desk.update(asked, "specialty")).specialty


@pytest.mark.parametrize(
    ("language", "service", "specialty", "words"),
    [
        ("en", "IME", "NEUROLOGY", "Independent medical examination"),
        ("es", "IME", "", "Examen médico independiente"),
        ("es", "", "NEUROLOGY", "Neurología"),
    ],
)
async def test_mails_name_what_it_is_for_in_words(
    language: str, service: str, specialty: str, words: str, desk: Desk
) -> None:
    """CM-08: not the key but the words of the list, in the reader's language; again when no offer suited."""
    update = people.UpdateCaseManagerRequest(
        case_manager_id=desk.ana.id, case_manager=people.CaseManagerPatch(language=language)
    )
    await desk.call("UpdateCaseManager", update)
    patch = cases_pb2.CasePatch(service_type=service)
    mask = FieldMask(paths=["service_type"])
    await desk.call("UpdateCase", cases_pb2.UpdateCaseRequest(case_id=desk.case.id, case=patch, update_mask=mask))
    asked = await desk.request(specialty=specialty)
    await desk.offer(asked, slot(desk.mornings, at(9)))
    await desk.do("RefuseOptions", asked, reason=CLIENT_REQUEST)
    said = [mail.values["service"] for mail in await desk.mails() if "BOOKING_REQUESTED" == mail.template]
    assert [words, words] == said


@given(chosen=st.lists(KEYS, max_size=6), listed=st.frozensets(KEYS), kept=st.lists(KEYS))
def test_exactly_what_is_neither_listed_nor_kept_is_named(
    chosen: list[str], listed: frozenset[str], kept: list[str]
) -> None:
    """CM-06: whatever the list and the record have, each other key is named in its own place, and no key is none."""
    fields = {f"x[{place}]": key for place, key in enumerate(chosen)}
    wrong = [field for field, key in fields.items() if key and key not in {*listed, *kept}]
    try:
        check_listed(fields, listed=listed, kept=kept)
        named = []
    except ValueNotListed as refused:
        named = [each.field for each in refused.violations]
        assert named
        first = refused.violations[0]
        assert f"«{fields[first.field]}» no está en la lista." == first.localized["es"]
    assert wrong == named


def test_a_value_that_is_gone_is_called_by_its_key() -> None:
    """CM-06: and one without Spanish words by the English ones."""
    values = ValueList(org_id=new_id(), kind=Kind.POSITIONS, values=(Value("A", "Boss", ""),))
    assert ("Boss", "Z") == (values.value("A").words("es"), values.value("Z").words("es"))
