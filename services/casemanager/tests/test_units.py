"""Business units: the parts of a company."""

import asyncio
from uuid import uuid4

import pytest
from portico.casemanager.v1 import business_units_pb2 as pb
from portico.casemanager.v1.case_managers_pb2 import CaseManagerPatch, CreateCaseManagerRequest

from chassis.call import Role
from chassis.errors import AlreadyExists, Conflict, Denied, InvalidArgument, NotFound, Unauthenticated
from services.casemanager.tests.world import World

NOWHERE = str(uuid4())


async def rename(world, unit, name, *, company_id="", metadata=None):
    request = pb.UpdateBusinessUnitRequest(
        company_id=company_id or unit.company_id, business_unit_id=unit.id, name=name
    )
    return await world.stub.UpdateBusinessUnit(request, metadata=metadata or world.staff)


async def delete(world, unit, *, company_id="", metadata=None):
    request = pb.DeleteBusinessUnitRequest(company_id=company_id or unit.company_id, business_unit_id=unit.id)
    return await world.stub.DeleteBusinessUnit(request, metadata=metadata or world.staff)


async def listed(world, company_id, metadata=None, **page):
    request = pb.ListBusinessUnitsRequest(company_id=company_id, **page)
    return await world.stub.ListBusinessUnits(request, metadata=metadata or world.staff)


async def test_a_unit_is_entered_and_renamed(world: World) -> None:
    """CM-01: a unit belongs to its company, by the name that staff give it."""
    company = await world.company()
    unit = await world.unit(company, "  Sydney ")
    assert ("Sydney", company.id) == (unit.name, unit.company_id)
    renamed = await rename(world, unit, " Sydney  North ")
    assert ("Sydney North", unit.id, unit.create_time) == (renamed.name, renamed.id, renamed.create_time)
    assert [renamed] == list((await listed(world, company.id)).business_units)


async def test_a_name_is_taken_in_its_company(world: World) -> None:
    """CM-01: UNIT_NAME_TAKEN whatever the case, for a new unit and a renamed one; another company has its own."""
    company, other = await world.company("Northwind"), await world.company("Southwind")
    await world.unit(company, "Sydney")
    perth = await world.unit(company, "Perth")
    for call in (world.unit(company, "SYDNEY"), rename(world, perth, "sydneY")):
        with pytest.raises(AlreadyExists) as refused:
            await call
        assert "UNIT_NAME_TAKEN" == refused.value.reason
    assert "PERTH" == (await rename(world, perth, "PERTH")).name
    assert other.id == (await world.unit(other, "Sydney")).company_id


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "STRING_MIN_LEN"), ("x" * 201, "STRING_MAX_LEN"), (" ", "NAME_MISSING"), ("Nor\u202eth", "NAME_INVALID")],
)
async def test_a_unit_has_a_name(world: World, name: str, reason: str) -> None:
    """CM-01: a name has something that can be seen, nothing that hides, and at most 200 letters."""
    company = await world.company()
    unit = await world.unit(company)
    for call in (world.unit(company, name), rename(world, unit, name)):
        with pytest.raises(InvalidArgument) as refused:
            await call
        assert [("name", reason)] == [(each.field, each.reason) for each in refused.value.violations]


async def test_a_unit_with_people_stays(world: World) -> None:
    """CM-01: UNIT_NOT_EMPTY while somebody belongs to it, also somebody inactive; then it goes, and twice is gone."""
    company = await world.company()
    unit = await world.unit(company)
    person = await world.case_manager(company.id, business_unit_id=unit.id)
    await world.deactivate(person)
    with pytest.raises(Conflict) as refused:
        await delete(world, unit)
    assert "UNIT_NOT_EMPTY" == refused.value.reason
    assert "" == (await world.update(person, "business_unit_id")).business_unit_id
    await delete(world, unit)
    assert [] == list((await listed(world, company.id)).business_units)
    with pytest.raises(NotFound) as gone:
        await delete(world, unit)
    assert "UNIT_NOT_FOUND" == gone.value.reason


async def test_the_unit_of_another_company_is_none_of_this_ones(world: World) -> None:
    """CM-01, CM-02: nobody is put into it, and it is neither renamed nor removed by way of this company."""
    company, other = await world.company("Northwind"), await world.company("Southwind")
    unit, person = await world.unit(other), await world.case_manager(company.id)
    for call in (
        world.case_manager(company.id, business_unit_id=unit.id),
        world.update(person, business_unit_id=unit.id),
        world.update(person, business_unit_id=NOWHERE),
        rename(world, unit, "Perth", company_id=company.id),
        delete(world, unit, company_id=company.id),
    ):
        with pytest.raises(NotFound) as refused:
            await call
        assert "UNIT_NOT_FOUND" == refused.value.reason
    assert person == await world.get(person)
    assert [unit] == list((await listed(world, other.id)).business_units)


async def test_somebody_is_put_into_a_unit_while_it_is_removed(world: World) -> None:
    """CM-01: one of the two wins: either the unit is gone and nobody is in it, or it stays with its person."""
    company = await world.company()
    for number in range(10):
        unit, person = await world.unit(company, f"Unit {number}"), await world.case_manager(company.id)
        await asyncio.gather(
            world.update(person, business_unit_id=unit.id), delete(world, unit), return_exceptions=True
        )
        ids = [each.id for each in (await listed(world, company.id)).business_units]
        assert ("" if unit.id not in ids else unit.id) == (await world.get(person)).business_unit_id


async def test_two_who_rename_a_unit_at_once(world: World) -> None:
    """CM-01: each is taken in turn; one request id renames once."""
    unit = await world.unit(await world.company())
    names = {f"Name {number}" for number in range(3)}
    await asyncio.gather(*(rename(world, unit, name) for name in names))
    assert (await listed(world, unit.company_id)).business_units[0].name in names
    request = pb.CreateBusinessUnitRequest(company_id=unit.company_id, name="Perth", request_id=str(uuid4()))
    made = await asyncio.gather(*(world.stub.CreateBusinessUnit(request, metadata=world.staff) for _ in range(10)))
    assert 1 == len({each.id for each in made})


async def test_pages_of_units_by_name(world: World) -> None:
    """CM-01: units are listed by name, page after page; a token is of one company's list."""
    company, other = await world.company("Northwind"), await world.company("Southwind")
    for name in ("Gamma", "alpha", "Beta"):
        await world.unit(company, name)
    first = await listed(world, company.id, page_size=2)
    last = await listed(world, company.id, page_size=2, page_token=first.next_page_token)
    assert ["alpha", "Beta"] == [unit.name for unit in first.business_units]
    assert (["Gamma"], "") == ([unit.name for unit in last.business_units], last.next_page_token)
    with pytest.raises(InvalidArgument) as refused:
        await listed(world, other.id, page_token=first.next_page_token)
    assert "PAGE_TOKEN_INVALID" == refused.value.reason


async def test_units_stay_in_their_organization(world: World, people) -> None:
    """CM-01, CM-15: another organization finds no unit of ours, and no company to have one."""
    company = await world.company()
    unit = await world.unit(company)
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    for lost in (listed(world, company.id, elsewhere), listed(world, NOWHERE)):
        with pytest.raises(NotFound) as refused:
            await lost
        assert "COMPANY_NOT_FOUND" == refused.value.reason
    for call in (rename(world, unit, "X", metadata=elsewhere), delete(world, unit, metadata=elsewhere)):
        with pytest.raises(NotFound) as refused:
            await call
        assert "UNIT_NOT_FOUND" == refused.value.reason
    for metadata, company_id in ((elsewhere, company.id), (world.staff, NOWHERE)):
        request = pb.CreateBusinessUnitRequest(company_id=company_id, name="X")
        with pytest.raises(NotFound) as refused:
            await world.stub.CreateBusinessUnit(request, metadata=metadata)
        assert "COMPANY_NOT_FOUND" == refused.value.reason
        person = CreateCaseManagerRequest(company_id=company_id, case_manager=CaseManagerPatch(given_name="Ana"))
        with pytest.raises(NotFound) as refused:
            await world.stub.CreateCaseManager(person, metadata=metadata)
        assert "COMPANY_NOT_FOUND" == refused.value.reason


@pytest.mark.parametrize("role", [Role.FAMILY, Role.CASE_MANAGER, Role.SPECIALIST])
async def test_units_are_for_staff(world: World, role: Role) -> None:
    """CM-15: no other role lists, makes or changes a unit."""
    unit = await world.unit(await world.company())
    which = {"company_id": unit.company_id, "business_unit_id": unit.id}
    for metadata, refusal in ((world.as_role(role), Denied), ((), Unauthenticated)):
        for name, request in (
            ("CreateBusinessUnit", pb.CreateBusinessUnitRequest(company_id=unit.company_id, name="X")),
            ("ListBusinessUnits", pb.ListBusinessUnitsRequest(company_id=unit.company_id)),
            (
                "UpdateBusinessUnit",
                pb.UpdateBusinessUnitRequest(**which, name="X"),
            ),
            ("DeleteBusinessUnit", pb.DeleteBusinessUnitRequest(**which)),
        ):
            with pytest.raises(refusal):
                await getattr(world.stub, name)(request, metadata=metadata)
