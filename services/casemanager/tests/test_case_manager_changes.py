"""Changes of case managers: repeated, at once, what is kept of them, and who may."""

import asyncio
from uuid import uuid4

import pytest
from portico.casemanager.v1 import case_managers_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from chassis.call import Role
from chassis.errors import Aborted, AlreadyExists, Denied, InvalidArgument, NotFound, Unauthenticated
from services.casemanager.tests.world import World

NOWHERE = str(uuid4())


async def test_a_request_id_is_one_person(world: World) -> None:
    """CM-02: repeated calls enter one person and change them once; another body under that id is refused."""
    company = await world.company()
    request = pb.CreateCaseManagerRequest(
        company_id=company.id,
        case_manager=pb.CaseManagerPatch(given_name="Ana", email="ana@north.example"),
        request_id=str(uuid4()),
    )
    made = await asyncio.gather(*(world.stub.CreateCaseManager(request, metadata=world.staff) for _ in range(20)))
    assert 1 == len({person.id for person in made})
    update = pb.UpdateCaseManagerRequest(
        case_manager_id=made[0].id, case_manager=pb.CaseManagerPatch(suburb="Newtown"), request_id=str(uuid4())
    )
    first = await world.stub.UpdateCaseManager(update, metadata=world.staff)
    await world.update(made[0], suburb="Glebe")
    assert first == await world.stub.UpdateCaseManager(update, metadata=world.staff)
    assert "Glebe" == (await world.get(made[0])).suburb
    update.case_manager.suburb = "Perth"
    with pytest.raises(AlreadyExists) as refused:
        await world.stub.UpdateCaseManager(update, metadata=world.staff)
    assert "REQUEST_ID_REUSED" == refused.value.reason


async def test_two_who_edit_at_once(world: World) -> None:
    """CM-02: nothing that either writes is lost; of many, some are told to come again."""
    person = await world.case_manager()
    await asyncio.gather(world.update(person, suburb="Newtown"), world.update(person, position="CLAIMS_ADVISER"))
    changed = await world.get(person)
    assert ("Newtown", "CLAIMS_ADVISER") == (changed.suburb, changed.position)
    fields = ("title", "position", "suburb", "postcode", "state", "note", "phone", "mobile")
    values = {name: "+61412345678" if name in {"phone", "mobile"} else f"new {name}" for name in fields}
    values["position"] = "SOLICITOR"
    outcomes = await asyncio.gather(
        *(world.update(person, **{name: value}) for name, value in values.items()), return_exceptions=True
    )
    taken = {name for name, outcome in zip(fields, outcomes, strict=True) if isinstance(outcome, res.CaseManager)}
    assert {Aborted, res.CaseManager} >= {type(outcome) for outcome in outcomes}
    changed = await world.get(person)
    assert taken
    assert {name: values[name] for name in taken} == {name: getattr(changed, name) for name in taken}
    assert len(taken) + 3 == len(await world.history(person))


async def test_what_happened_to_a_profile(world: World) -> None:
    """CM-02: the history names the changed fields, not their values; what changes nothing is no line and no event."""
    person = await world.case_manager(suburb="Newtown")
    await world.update(person, suburb="Newtown")
    await world.update(person, suburb="Glebe", position="CLAIMS_ADVISER")
    for call in (world.deactivate, world.deactivate, world.activate, world.activate):
        await call(person)
    assert [
        (res.PersonHistoryEntry.ACTIVATED, ""),
        (res.PersonHistoryEntry.DEACTIVATED, ""),
        (res.PersonHistoryEntry.UPDATED, "position,suburb"),
        (res.PersonHistoryEntry.CREATED, ""),
    ] == [(entry.kind, entry.detail) for entry in await world.history(person)]
    told = [subject for subject, _ in await world.events() if subject.startswith("case_manager.")]
    assert ["case_manager.created"] + ["case_manager.updated"] * 3 == told
    assert b"Glebe" not in b"".join(event.SerializeToString() for name, event in await world.events() if "case" in name)


async def test_pages_of_a_history(world: World) -> None:
    """CM-02: the history is turned page by page, and its token is of one person."""
    person, other = await world.case_manager(), await world.case_manager()
    for number in range(4):
        await world.update(person, suburb=f"Suburb {number}")
    whole, seen, token = await world.history(person), [], ""
    while True:
        request = pb.ListCaseManagerHistoryRequest(case_manager_id=person.id, page_size=2, page_token=token)
        page = await world.stub.ListCaseManagerHistory(request, metadata=world.staff)
        seen += page.entries
        if not page.next_page_token:
            break
        token = page.next_page_token
    assert (5, whole) == (len(seen), seen)
    with pytest.raises(InvalidArgument):
        await world.stub.ListCaseManagerHistory(
            pb.ListCaseManagerHistoryRequest(case_manager_id=other.id, page_token=token), metadata=world.staff
        )


async def test_unknown_and_foreign_people_are_not_found(world: World, people) -> None:
    """CM-02, CM-15: an id that nobody has, and one of another organization, get the same answer; nothing is changed."""
    person = await world.case_manager()
    elsewhere = people.metadata(Role.STAFF_ADMIN, org_id=uuid4())
    for person_id, metadata in ((NOWHERE, world.staff), (person.id, elsewhere)):
        for name, request in by_person(person_id).items():
            with pytest.raises(NotFound) as refused:
                await getattr(world.stub, name)(request, metadata=metadata)
            assert "CASE_MANAGER_NOT_FOUND" == refused.value.reason
    assert person == await world.get(person)


def by_person(person_id):
    patch = pb.CaseManagerPatch(suburb="X")
    return {
        "GetCaseManager": pb.GetCaseManagerRequest(case_manager_id=person_id),
        "UpdateCaseManager": pb.UpdateCaseManagerRequest(case_manager_id=person_id, case_manager=patch),
        "DeactivateCaseManager": pb.DeactivateCaseManagerRequest(case_manager_id=person_id),
        "ActivateCaseManager": pb.ActivateCaseManagerRequest(case_manager_id=person_id),
        "ListCaseManagerHistory": pb.ListCaseManagerHistoryRequest(case_manager_id=person_id),
    }


@pytest.mark.parametrize("role", [Role.FAMILY, Role.CASE_MANAGER, Role.SPECIALIST])
async def test_what_staff_do_is_for_staff(world: World, role: Role) -> None:
    """CM-15: no other role enters, lists or changes case managers, and nobody without signing in."""
    person = await world.case_manager()
    requests = {
        **{name: request for name, request in by_person(person.id).items() if not name.startswith("Get")},
        "CreateCaseManager": pb.CreateCaseManagerRequest(
            company_id=person.company_id, case_manager=pb.CaseManagerPatch(given_name="Ana")
        ),
        "ListCaseManagers": pb.ListCaseManagersRequest(),
        "ListCaseManagerHistory": pb.ListCaseManagerHistoryRequest(case_manager_id=person.id),
    }
    for name, request in requests.items():
        with pytest.raises(Denied):
            await getattr(world.stub, name)(request, metadata=world.as_role(role))
        with pytest.raises(Unauthenticated):
            await getattr(world.stub, name)(request)
