"""The company of a case manager: another one, as long as nothing of theirs is in the one before."""

import asyncio
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import companies_pb2

from chassis.errors import ServiceError
from chassis.ids import new_id
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.matters import open_case, party


async def test_who_has_nothing_moves(world):
    """CM-02: the unit stays behind, unless one of the new company is said; the history says it, and lists find it."""
    company, other = await world.company("Northwind"), await world.company("Southwind")
    unit, theirs = await world.unit(company), await world.unit(other, "Perth")
    person = await world.case_manager(company.id, business_unit_id=unit.id)
    moved = await world.update(person, company_id=other.id)
    assert (other.id, "Southwind", "") == (moved.company_id, moved.company_name, moved.business_unit_id)
    assert "company_id,business_unit_id" == (await world.history(person))[0].detail
    assert ([], [person.id]) == (await world.find(company_id=company.id), await world.find(query="southw"))
    back = await world.update(moved, company_id=company.id, business_unit_id=unit.id)
    assert (company.id, unit.id) == (back.company_id, back.business_unit_id)
    with refuses("UNIT_NOT_FOUND"):
        await world.update(back, company_id=company.id, business_unit_id=theirs.id)
    assert back == await world.get(person)
    changed = next(event for subject, event in await world.events() if subject == "case_manager.updated")
    assert other.id == changed.company_id


async def test_where_nobody_moves_to(world):
    """CM-01, CM-02: an inactive company takes nobody, nor does one that there is not; the same one is no change."""
    person, other = await world.case_manager(), await world.company("Southwind")
    await world.stub.DeactivateCompany(
        companies_pb2.DeactivateCompanyRequest(company_id=other.id), metadata=world.staff
    )
    with refuses("COMPANY_INACTIVE"):
        await world.update(person, company_id=other.id)
    for nowhere in ({"company_id": str(new_id())}, {}):
        with refuses("COMPANY_NOT_FOUND"):
            await world.update(person, "company_id", **nowhere)
    before = len(await world.history(person))
    await world.update(person, company_id=person.company_id)
    assert before == len(await world.history(person))


async def test_the_main_contact_is_left_behind(world):
    """CM-01: who has gone is the main contact of their former company no longer."""
    person, other = await world.case_manager(), await world.company("Southwind")
    patch = companies_pb2.CompanyPatch(main_contact_id=person.id)
    request = companies_pb2.UpdateCompanyRequest(
        company_id=person.company_id, company=patch, update_mask=FieldMask(paths=["main_contact_id"])
    )
    await world.stub.UpdateCompany(request, metadata=world.staff)
    await world.update(person, company_id=other.id)
    asked = companies_pb2.GetCompanyRequest(company_id=person.company_id)
    assert "" == (await world.stub.GetCompany(asked, metadata=world.staff)).main_contact_id


async def test_whose_case_it_is_stays(desk):
    """CM-02: who has a case, a booking of somebody else's case, or a part in one, stays in their company."""
    world, other = desk.world, await desk.world.company("Southwind")
    with refuses("COMPANY_FIXED"):
        await world.update(desk.ana, company_id=other.id)
    ben, _ = await desk.colleague()
    booking = await desk.request()
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=ben.id)
    with refuses("COMPANY_FIXED"):
        await world.update(ben, company_id=other.id)
    cleo, _ = await desk.colleague()
    await open_case(world, desk.ana, parties=[party(case_manager_id=cleo.id)])
    with refuses("COMPANY_FIXED"):
        await world.update(cleo, company_id=other.id)
    assert [desk.ana.company_id] * 3 == [(await world.get(each)).company_id for each in (desk.ana, ben, cleo)]
    dan, _ = await desk.colleague()
    assert other.id == (await world.update(dan, company_id=other.id)).company_id


async def test_a_case_and_a_move_at_once(world):
    """CM-02: each time the case is of the company to which its case manager belongs, whichever came first."""
    other = await world.company("Southwind")
    for _ in range(10):
        person = await world.case_manager()
        outcomes: Any = await asyncio.gather(
            world.update(person, company_id=other.id), open_case(world, person), return_exceptions=True
        )
        _, case = outcomes
        refused = {each.reason for each in outcomes if isinstance(each, ServiceError)}
        assert refused <= {"COMPANY_FIXED", "CONCURRENT_CHANGE"}
        assert len(refused) < 2
        if not isinstance(case, ServiceError):
            assert (await world.get(person)).company_id == case.company_id
