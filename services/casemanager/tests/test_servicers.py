"""The RPCs of casemanager, through a real server."""

import asyncio
from uuid import uuid4

import pytest
from portico.casemanager.v1 import companies_pb2

from chassis.call import Role
from chassis.errors import AlreadyExists, Denied, InvalidArgument, NotFound, Unauthenticated
from chassis.testing.grpc import as_service


@pytest.fixture
def staff(people, org_id):
    return people.metadata(Role.STAFF, org_id=org_id, account_id=uuid4())


def create(name, request_id=""):
    return companies_pb2.CreateCompanyRequest(name=name, request_id=request_id)


async def test_a_company_is_entered_and_found(grpc_stub, staff):
    """CM-01: staff enter a company and find it again."""
    company = await grpc_stub.CreateCompany(create(" Northwind Insurance "), metadata=staff)
    found = await grpc_stub.GetCompany(companies_pb2.GetCompanyRequest(company_id=company.id), metadata=staff)
    assert found == company
    assert found.name == "Northwind Insurance"


async def test_a_name_is_taken_whatever_its_case(grpc_stub, staff, people):
    """CM-01: a name is unique in its organization, and free in the next one."""
    await grpc_stub.CreateCompany(create("Northwind"), metadata=staff)
    with pytest.raises(AlreadyExists) as refused:
        await grpc_stub.CreateCompany(create("NORTHWIND"), metadata=staff)
    assert refused.value.reason == "COMPANY_NAME_TAKEN"
    await grpc_stub.CreateCompany(create("Northwind"), metadata=people.metadata(Role.STAFF, org_id=uuid4()))


async def test_one_request_id_is_one_company(grpc_stub, staff):
    """Fifty calls with one request id enter one company; another body under that id is refused."""
    request_id = str(uuid4())
    answers = await asyncio.gather(
        *(grpc_stub.CreateCompany(create("Northwind", request_id), metadata=staff) for _ in range(50))
    )
    assert len({answer.id for answer in answers}) == 1
    with pytest.raises(AlreadyExists) as refused:
        await grpc_stub.CreateCompany(create("Southwind", request_id), metadata=staff)
    assert refused.value.reason == "REQUEST_ID_REUSED"


async def test_pages_by_name(grpc_stub, staff, people):
    """Companies are listed by name, page after page; a token of another organization's list is refused."""
    for name in ("Gamma", "alpha", "Beta"):
        await grpc_stub.CreateCompany(create(name), metadata=staff)
    first = await grpc_stub.ListCompanies(companies_pb2.ListCompaniesRequest(page_size=2), metadata=staff)
    request = companies_pb2.ListCompaniesRequest(page_size=2, page_token=first.next_page_token)
    last = await grpc_stub.ListCompanies(request, metadata=staff)
    assert ["alpha", "Beta"] == [company.name for company in first.companies]
    assert ["Gamma"] == [company.name for company in last.companies]
    assert last.next_page_token == ""
    with pytest.raises(InvalidArgument) as refused:
        await grpc_stub.ListCompanies(request, metadata=people.metadata(Role.STAFF, org_id=uuid4()))
    assert refused.value.reason == "PAGE_TOKEN_INVALID"


async def test_an_empty_list(grpc_stub, staff):
    """A new organization has no companies and no next page."""
    assert await grpc_stub.ListCompanies(companies_pb2.ListCompaniesRequest(), metadata=staff) == (
        companies_pb2.ListCompaniesResponse()
    )


async def test_another_organizations_company_does_not_exist(grpc_stub, staff, people):
    """CM-15: another organization's company is NOT_FOUND."""
    company = await grpc_stub.CreateCompany(create("Northwind"), metadata=staff)
    with pytest.raises(NotFound) as refused:
        await grpc_stub.GetCompany(
            companies_pb2.GetCompanyRequest(company_id=company.id), metadata=people.metadata(Role.STAFF, org_id=uuid4())
        )
    assert refused.value.reason == "COMPANY_NOT_FOUND"


async def test_strangers_are_refused(grpc_stub, people, org_id):
    """CM-15: nobody, and nobody of another role, enters a company."""
    with pytest.raises(Unauthenticated):
        await grpc_stub.CreateCompany(create("Northwind"))
    with pytest.raises(Denied):
        await grpc_stub.CreateCompany(create("Northwind"), metadata=people.metadata(Role.FAMILY, org_id=org_id))


async def test_other_services_ask_by_organization(grpc_stub, staff, org_id):
    """A service that the contract names gets a company of the organization that it asks for, and of no other."""
    company = await grpc_stub.CreateCompany(create("Northwind"), metadata=staff)
    request = companies_pb2.GetOrganizationCompanyRequest(org_id=str(org_id), company_id=company.id)
    assert await grpc_stub.GetOrganizationCompany(request, metadata=as_service("applications")) == company
    request.org_id = str(uuid4())
    with pytest.raises(NotFound):
        await grpc_stub.GetOrganizationCompany(request, metadata=as_service("applications"))
