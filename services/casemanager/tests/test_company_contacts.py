"""The main contact of a company: one of its case managers."""

from uuid import uuid4

import pytest
from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from chassis.errors import NotFound
from services.casemanager.tests.test_companies import get, update
from services.casemanager.tests.world import World


async def test_a_company_has_a_main_contact(world: World) -> None:
    """CM-01: one of its case managers, until another one or nobody is; what else is written leaves it alone."""
    company = await world.company()
    ana, ben = [await world.case_manager(company.id) for _ in range(2)]
    assert "" == company.main_contact_id
    assert ana.id == (await update(world, company, main_contact_id=ana.id)).main_contact_id
    await update(world, company, address="1 Harbour Street")
    assert ana.id == (await get(world, company)).main_contact_id
    assert ben.id == (await update(world, company, main_contact_id=ben.id)).main_contact_id
    assert "" == (await update(world, company, "main_contact_id")).main_contact_id


async def test_who_is_no_case_manager_of_the_company(world: World, people) -> None:
    """CM-01, CM-15: another company's person, another organization's and nobody are the same; nothing is written."""
    company = await world.company()
    elsewhere = await World.with_organization(world.deps, world.identity, world.stub, people, world.clock)
    for contact_id in ((await world.case_manager()).id, (await elsewhere.case_manager()).id, str(uuid4())):
        with pytest.raises(NotFound) as refused:
            await update(world, company, name="Other", main_contact_id=contact_id)
        assert "CASE_MANAGER_NOT_FOUND" == refused.value.reason
    assert company == await get(world, company)


async def test_a_contact_who_goes_out_of_service_stays(world: World) -> None:
    """CM-01: who is the contact stays so until somebody says otherwise, and the company can be written all the same."""
    company = await world.company()
    ana = await world.case_manager(company.id)
    await update(world, company, main_contact_id=ana.id)
    await world.deactivate(ana)
    saved = await update(world, company, address="1 Harbour Street", main_contact_id=ana.id)
    assert ("1 Harbour Street", ana.id) == (saved.address, saved.main_contact_id)


async def test_the_contact_is_for_staff(world: World) -> None:
    """CM-15: a case manager reads their company's name and nothing more of it; an event tells of the contact."""
    ana = await world.active()
    company = res.Company(id=ana.company_id)
    saved = await update(world, company, main_contact_id=ana.id)
    request = pb.GetCompanyRequest(company_id=company.id)
    own = await world.stub.GetCompany(request, metadata=world.as_person(ana))
    assert res.Company(id=saved.id, name=saved.name) == own
    told = [event for subject, event in await world.events() if subject == "company.updated"]
    assert ana.id == told[-1].updated.company.main_contact_id
