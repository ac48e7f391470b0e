"""Companies: how staff enter and change them, and what follows for their people."""

import asyncio
from uuid import UUID, uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.companies.domain import CompanyUpdate, update_company
from casemanager.companies.usecases import load_company
from chassis.call import Role
from chassis.errors import AlreadyExists, Conflict, Denied, InvalidArgument, NotFound, Unauthenticated
from chassis.testing.grpc import as_service
from services.casemanager.tests.world import World

NOWHERE = str(uuid4())
DETAILS = {
    "name": "Northwind Insurance",
    "business_type": "Insurer",
    "email": "office@north.example",
    "phone": "+61292200000",
    "address": "1 Harbour Street\nSydney",
    "booking_email": "bookings@north.example",
    "report_email": "reports@north.example",
}


def create(name, request_id=""):
    return companies_pb2.CreateCompanyRequest(name=name, request_id=request_id)


async def update(world, company, *paths, metadata=None, **fields):
    request = companies_pb2.UpdateCompanyRequest(
        company_id=company.id, company=companies_pb2.CompanyPatch(**fields), update_mask=FieldMask(paths=paths)
    )
    return await world.stub.UpdateCompany(request, metadata=metadata or world.staff)


async def get(world, company, metadata=None):
    request = companies_pb2.GetCompanyRequest(company_id=company.id)
    return await world.stub.GetCompany(request, metadata=metadata or world.staff)


async def activate(world, company):
    return await world.stub.ActivateCompany(
        companies_pb2.ActivateCompanyRequest(company_id=company.id), metadata=world.staff
    )


async def deactivate(world, company):
    return await world.stub.DeactivateCompany(
        companies_pb2.DeactivateCompanyRequest(company_id=company.id), metadata=world.staff
    )


async def test_a_company_is_entered_and_found(world: World) -> None:
    """CM-01: staff enter a company by its name, and find it as it was answered."""
    company = await world.company(" Northwind Insurance ")
    assert ("Northwind Insurance", res.Company.ACTIVE) == (company.name, company.status)
    assert company == await get(world, company)


async def test_details_of_a_company(world: World) -> None:
    """CM-01: everything of a company is written and read, each contact in its one form."""
    company = await world.company("North")
    typed = {**DETAILS, "name": "  Northwind Insurance ", "email": "Office@North.Example", "phone": "(02) 9220 0000"}
    changed = await update(world, company, **typed)
    assert DETAILS == {name: getattr(changed, name) for name in DETAILS}
    assert (company.id, company.create_time) == (changed.id, changed.create_time)
    assert changed == await get(world, company)


async def test_what_a_patch_leaves_alone(world: World) -> None:
    """CM-01: without a mask empty fields stay, with one they are emptied, and the others are not touched."""
    company = await update(world, await world.company(), **DETAILS)
    kept = await update(world, company, phone="", address="2 Harbour Street")
    assert {**DETAILS, "address": "2 Harbour Street"} == {name: getattr(kept, name) for name in DETAILS}
    emptied = await update(world, company, "phone", phone="", address="3 Harbour Street")
    expected = {**DETAILS, "address": "2 Harbour Street", "phone": ""}
    assert expected == {name: getattr(emptied, name) for name in DETAILS}


@pytest.mark.parametrize("path", ["id", "status", "create_time", "nonsense", "company.name", "search_keys"])
async def test_a_path_that_cannot_be_changed(world: World, path: str) -> None:
    """CM-01: a mask names only what staff write."""
    with pytest.raises(InvalidArgument) as refused:
        await update(world, await world.company(), path)
    assert [("update_mask", "FIELD_UNKNOWN")] == [(each.field, each.reason) for each in refused.value.violations]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {"This is not a valid email address.", "This is not a valid phone number."}),
        ("es", {"Este correo electrónico no es válido.", "Este número de teléfono no es válido."}),
    ],
)
async def test_wrong_contacts_are_named_together(world: World, language: str, words: set[str]) -> None:
    """CM-01: CONTACT_INVALID names each wrong field, in the reader's language, and nothing is written."""
    company = await world.company()
    wrong = {"email": "north", "booking_email": "a b@north.example", "report_email": "@", "phone": "12"}
    metadata = world.people.metadata(Role.STAFF, org_id=world.org_id, language=language)
    with pytest.raises(InvalidArgument) as refused:
        await update(world, company, name="Other", metadata=metadata, **wrong)
    assert "CONTACT_INVALID" == refused.value.reason
    violations = refused.value.violations
    assert {f"company.{field}" for field in wrong} == {violation.field for violation in violations}
    assert words == {violation.localized.get(language, violation.description) for violation in violations}
    assert company == await get(world, company)


async def test_a_name_is_taken_whatever_its_case(world: World, people) -> None:
    """CM-01: a name is one company's of its organization, also when another is renamed to it."""
    await world.company("Northwind")
    other = await world.company("Southwind")
    for taken in (lambda: world.company("NORTHWIND"), lambda: update(world, other, name=" northWind ")):
        with pytest.raises(AlreadyExists) as refused:
            await taken()
        assert "COMPANY_NAME_TAKEN" == refused.value.reason
    assert "Southwind" == (await get(world, other)).name
    assert "SOUTHWIND" == (await update(world, other, name="SOUTHWIND")).name
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    assert (await world.stub.CreateCompany(create("Northwind"), metadata=elsewhere)).id


@pytest.mark.parametrize(
    ("name", "reason"), [("", "STRING_MIN_LEN"), ("x" * 201, "STRING_MAX_LEN"), (" \t ", "NAME_MISSING")]
)
async def test_a_company_has_a_name(world: World, name: str, reason: str) -> None:
    """CM-01: a name has something that can be seen, and at most 200 letters."""
    with pytest.raises(InvalidArgument) as refused:
        await world.company(name)
    assert [reason] == [violation.reason for violation in refused.value.violations]
    company = await world.company()
    with pytest.raises(InvalidArgument) as refused:
        await update(world, company, "name", name=name)
    assert ["company.name"] == [violation.field for violation in refused.value.violations]
    assert company == await get(world, company)


async def test_one_request_id_is_one_company(world: World) -> None:
    """CM-01: fifty calls with one request id enter one company; another body under that id is refused."""
    request_id = str(uuid4())
    answers = await asyncio.gather(
        *(world.stub.CreateCompany(create("Northwind", request_id), metadata=world.staff) for _ in range(50))
    )
    assert 1 == len({answer.id for answer in answers})
    with pytest.raises(AlreadyExists) as refused:
        await world.stub.CreateCompany(create("Southwind", request_id), metadata=world.staff)
    assert "REQUEST_ID_REUSED" == refused.value.reason


async def test_pages_by_name(world: World, people) -> None:
    """CM-01: companies are listed by name, page after page; a token of another organization's list is refused."""
    empty = await world.stub.ListCompanies(companies_pb2.ListCompaniesRequest(), metadata=world.staff)
    assert companies_pb2.ListCompaniesResponse() == empty
    for name in ("Gamma", "alpha", "Beta"):
        await world.company(name)
    first = await world.stub.ListCompanies(companies_pb2.ListCompaniesRequest(page_size=2), metadata=world.staff)
    request = companies_pb2.ListCompaniesRequest(page_size=2, page_token=first.next_page_token)
    last = await world.stub.ListCompanies(request, metadata=world.staff)
    assert ["alpha", "Beta"] == [company.name for company in first.companies]
    assert ["Gamma"] == [company.name for company in last.companies]
    assert "" == last.next_page_token
    with pytest.raises(InvalidArgument) as refused:
        await world.stub.ListCompanies(request, metadata=people.metadata(Role.STAFF, org_id=uuid4()))
    assert "PAGE_TOKEN_INVALID" == refused.value.reason


async def test_an_inactive_company_takes_nobody_new(world: World) -> None:
    """CM-01: no new case manager, and none back from inactivity; who is there stays, and is edited."""
    company = await world.company()
    person, idle = await world.case_manager(company.id), await world.case_manager(company.id)
    await world.deactivate(idle)
    assert res.Company.INACTIVE == (await deactivate(world, company)).status
    assert res.Company.INACTIVE == (await deactivate(world, company)).status
    for call in (lambda: world.case_manager(company.id), lambda: world.activate(idle)):
        with pytest.raises(Conflict) as refused:
            await call()
        assert "COMPANY_INACTIVE" == refused.value.reason
    assert "Ann" == (await world.update(person, given_name="Ann")).given_name
    assert res.Company.ACTIVE == (await activate(world, company)).status
    assert (await world.case_manager(company.id)).id
    assert (await world.activate(idle)).account_status == res.CaseManager.ACTIVE


async def test_what_others_hear_of_a_company(world: World) -> None:
    """CM-01, CM-15: each change is told with its version, ids and status, and nothing of what staff write of it."""
    company = await world.company()
    changed = await update(world, company, **{**DETAILS, "name": "Other"}, responsible_staff_id=str(world.staff_id))
    idle = await deactivate(world, company)
    told = [(subject, event) for subject, event in await world.events() if subject.startswith("company.")]
    assert ["company.created", "company.updated", "company.updated"] == [subject for subject, _ in told]
    assert [1, 2, 3] == [event.version for _, event in told]
    for each in (company, changed, idle):
        for name in DETAILS:
            setattr(each, name, "")
    assert [company, changed, idle] == [getattr(event, event.WhichOneof("event")).company for _, event in told]
    assert (str(world.staff_id), res.Company.INACTIVE) == (idle.responsible_staff_id, idle.status)


async def test_two_who_edit_a_company_at_once(world: World) -> None:
    """CM-01: what each of them writes is kept, whoever comes first."""
    company = await world.company()
    await asyncio.gather(update(world, company, address="1 Harbour Street"), update(world, company, phone="0292200000"))
    changed = await get(world, company)
    assert ("1 Harbour Street", "+61292200000") == (changed.address, changed.phone)


async def test_another_organizations_company_does_not_exist(world: World, people) -> None:
    """CM-01, CM-15: nobody of another organization reads or changes a company; an unknown one is the same."""
    company = await world.company()
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    for company_id, metadata in ((company.id, elsewhere), (NOWHERE, world.staff)):
        patch = companies_pb2.CompanyPatch(name="X")
        for call, request in (
            (world.stub.GetCompany, companies_pb2.GetCompanyRequest(company_id=company_id)),
            (world.stub.UpdateCompany, companies_pb2.UpdateCompanyRequest(company_id=company_id, company=patch)),
            (world.stub.ActivateCompany, companies_pb2.ActivateCompanyRequest(company_id=company_id)),
            (world.stub.DeactivateCompany, companies_pb2.DeactivateCompanyRequest(company_id=company_id)),
        ):
            with pytest.raises(NotFound) as refused:
                await call(request, metadata=metadata)
            assert "COMPANY_NOT_FOUND" == refused.value.reason
    assert company == await get(world, company)


async def test_strangers_are_refused(world: World) -> None:
    """CM-15: nobody, and nobody of another role, enters a company."""
    with pytest.raises(Unauthenticated):
        await world.stub.CreateCompany(create("Northwind"))
    for role in (Role.FAMILY, Role.CASE_MANAGER, Role.SPECIALIST):
        with pytest.raises(Denied):
            await world.stub.CreateCompany(create("Northwind"), metadata=world.as_role(role))


async def test_other_services_ask_by_organization(world: World) -> None:
    """CM-01: a service that the contract names gets a company of the organization that it asks for, and of no other."""
    company = await world.company()
    request = companies_pb2.GetOrganizationCompanyRequest(org_id=str(world.org_id), company_id=company.id)
    assert company == await world.stub.GetOrganizationCompany(request, metadata=as_service("applications"))
    request.org_id = str(uuid4())
    with pytest.raises(NotFound):
        await world.stub.GetOrganizationCompany(request, metadata=as_service("applications"))


async def test_a_company_is_changed_by_a_pure_decision(world: World) -> None:
    """CM-01: an update counts the version and keeps what it does not name."""
    answered = await world.company()
    company = await load_company(world.deps, org_id=world.org_id, company_id=UUID(answered.id))
    changed = update_company(company, CompanyUpdate(texts={"name": "ÉCOLE"}), world.clock())
    assert ("ÉCOLE", "école", company.version + 1) == (changed.name, changed.name_key, changed.version)


async def test_who_looks_after_a_company(world: World) -> None:
    """CM-01: somebody of the staff looks after a company; another organization's staff is STAFF_NOT_FOUND."""
    company = await world.company()
    kept = await update(world, company, responsible_staff_id=str(world.staff_id))
    assert kept.responsible_staff_id == str(world.staff_id)
    with pytest.raises(NotFound) as refused:
        await update(world, company, responsible_staff_id=str(uuid4()))
    assert refused.value.reason == "STAFF_NOT_FOUND"
    assert (await update(world, company, "responsible_staff_id")).responsible_staff_id == ""
