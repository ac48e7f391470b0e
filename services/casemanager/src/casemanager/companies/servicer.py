"""The companies that case managers belong to."""

from uuid import UUID

from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer, CompaniesServiceServicer
from portico.casemanager.v1.resources_pb2 import Company

from casemanager.companies import usecases
from casemanager.companies.events import company_message
from casemanager.companies.usecases import Deps
from chassis.call import current_call
from chassis.interceptor import Context


class CompaniesServicer(CompaniesServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def CreateCompany(self, request: companies_pb2.CreateCompanyRequest, context: Context) -> Company:
        return await usecases.enter_company(
            self._deps, current_call(), name=request.name, reply=company_message, reply_type=Company
        )

    async def GetCompany(self, request: companies_pb2.GetCompanyRequest, context: Context) -> Company:
        company = await usecases.find_company(
            self._deps, org_id=current_call().org_id, company_id=UUID(request.company_id)
        )
        return company_message(company)

    async def ListCompanies(
        self, request: companies_pb2.ListCompaniesRequest, context: Context
    ) -> companies_pb2.ListCompaniesResponse:
        companies, next_page_token = await usecases.list_companies(
            self._deps,
            org_id=current_call().org_id,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return companies_pb2.ListCompaniesResponse(
            companies=map(company_message, companies), next_page_token=next_page_token
        )


class CompaniesInternalServicer(CompaniesInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganizationCompany(
        self, request: companies_pb2.GetOrganizationCompanyRequest, context: Context
    ) -> Company:
        company = await usecases.find_company(
            self._deps, org_id=UUID(request.org_id), company_id=UUID(request.company_id)
        )
        return company_message(company)
