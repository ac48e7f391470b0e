"""A renamed company: its people are found by the new name, whatever happens meanwhile."""

from itertools import count

import pytest
from portico.casemanager.v1 import companies_pb2

from casemanager.case_managers import renames
from chassis.errors import Aborted, ServiceError
from chassis.ids import new_id
from services.casemanager.tests.world import World


def renaming(company, name):
    """Renames a company; with a request id, since it may be repeated."""
    patch = companies_pb2.CompanyPatch(name=name)
    return companies_pb2.UpdateCompanyRequest(company_id=company.id, company=patch, request_id=str(new_id()))


async def rename(world, company, name):
    return await world.stub.UpdateCompany(renaming(company, name), metadata=world.staff)


async def test_a_renamed_company_finds_its_people(world: World) -> None:
    """CM-01: people are found by their company's new name and no longer by the old one, as they are listed by it."""
    company, other = await world.company("Northwind"), await world.company("Middle")
    people = [await world.case_manager(company.id) for _ in range(3)]
    colleague = await world.case_manager(other.id)
    assert {person.id for person in people} == {*await world.find(query="northw")}
    await rename(world, company, "Aardvark Überseas")
    assert {person.id for person in people} == {*await world.find(query="ubersea")}
    assert [] == await world.find(query="northw")
    assert colleague.id == (await world.find(order_by="company_name"))[-1]
    assert "Aardvark Überseas" == (await world.get(people[0])).company_name


async def test_an_interrupted_rename_goes_on(world: World, monkeypatch) -> None:
    """CM-01: a rename that died after its first piece is completed by the same call, in pieces of any size."""
    monkeypatch.setattr(renames, "_CHUNK", 2)
    company = await world.company("Northwind")
    people = {(await world.case_manager(company.id)).id for _ in range(5)}
    request = renaming(company, "Aardvark")
    refresh, pieces = renames._REFRESH, count(1)

    async def dies(database, stmt, /, **params):
        if stmt is refresh and next(pieces) == 2:
            raise ConnectionError
        return await run(database, stmt, **params)

    run = type(world.deps.database).run
    with monkeypatch.context() as patched:
        patched.setattr(type(world.deps.database), "run", dies)
        with pytest.raises(ServiceError, match="INTERNAL"):
            await world.stub.UpdateCompany(request, metadata=world.staff)
    assert 2 == len(await world.find(query="aardvark"))
    await world.stub.UpdateCompany(request, metadata=world.staff)
    assert people == {*await world.find(query="aardvark")}


async def test_a_person_who_is_renamed_while_their_company_is(world: World, monkeypatch) -> None:
    """CM-01: whoever is written meanwhile is found by their own new name and by their company's."""
    company = await world.company("Northwind")
    person = await world.case_manager(company.id, given_name="Ana")
    refresh, run = renames._REFRESH, type(world.deps.database).run

    async def overtaken(database, stmt, /, **params):
        if stmt is refresh:
            patched.undo()
            await world.update(person, given_name="Zoe")
        return await run(database, stmt, **params)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.deps.database), "run", overtaken)
        await rename(world, company, "Aardvark")
    assert [person.id] == await world.find(query="zoe aardvark")


async def test_a_person_who_is_saved_after_their_company_was_renamed(world: World, monkeypatch) -> None:
    """CM-01: who was loaded under the old name and is saved after the rename is found under the new one."""
    company = await world.company("Northwind")
    person = await world.case_manager(company.id)
    first = type(world.deps.database).first

    async def overtaken(database, stmt, /, **params):
        if "search_keys" in params:
            patched.undo()
            await rename(world, company, "Aardvark")
        return await first(database, stmt, **params)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.deps.database), "first", overtaken)
        await world.update(person, given_name="Zoe")
    assert [person.id] == await world.find(query="zoe aardvark")


async def test_a_person_who_is_entered_while_their_company_is_renamed(world: World, monkeypatch) -> None:
    """CM-01: who would be entered under a name that is gone is not; the next try enters them under the new one."""
    company, first = await world.company("Northwind"), type(world.deps.database).first

    async def overtaken(database, stmt, /, **params):
        if "search_keys" in params:
            patched.undo()
            await rename(world, company, "Aardvark")
        return await first(database, stmt, **params)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.deps.database), "first", overtaken)
        with pytest.raises(Aborted):
            await world.case_manager(company.id)
    assert [] == await world.find()
    person = await world.case_manager(company.id)
    assert [person.id] == await world.find(query="aardvark")
