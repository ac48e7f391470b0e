"""The companies that case managers belong to."""

from functools import partial
from uuid import UUID

from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer, CompaniesServiceServicer

from casemanager.companies.aggregate import Companies
from casemanager.companies.domain import new_company
from casemanager.companies.storage import COMPANIES_BY_NAME
from casemanager.companies.usecases import list_companies, load_company
from casemanager.companies.wire import company_message
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.interceptor import Context


class CompaniesServicer(CompaniesServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps, companies: Companies) -> None:
        self._deps = deps
        self._companies = companies

    async def CreateCompany(self, request: pb.CreateCompanyRequest, context: Context) -> res.Company:
        call, deps = current_call(), self._deps
        company = new_company(request.name, org_id=call.org_id, company_id=deps.ids(), now=deps.clock())
        return await self._companies.add(call, call.org_id, company)

    async def GetCompany(self, request: pb.GetCompanyRequest, context: Context) -> res.Company:
        company_id = UUID(request.company_id)
        return company_message(await load_company(self._deps, org_id=current_call().org_id, company_id=company_id))

    async def ListCompanies(self, request: pb.ListCompaniesRequest, context: Context) -> pb.ListCompaniesResponse:
        org_id = current_call().org_id
        fetch = partial(list_companies, self._deps, org_id)
        page = await self._deps.pager.page(request, org_id, COMPANIES_BY_NAME, fetch)
        return pb.ListCompaniesResponse(companies=map(company_message, page.items), next_page_token=page.next_token)


class CompaniesInternalServicer(CompaniesInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganizationCompany(self, request: pb.GetOrganizationCompanyRequest, context: Context) -> res.Company:
        org_id, company_id = UUID(request.org_id), UUID(request.company_id)
        return company_message(await load_company(self._deps, org_id=org_id, company_id=company_id))
