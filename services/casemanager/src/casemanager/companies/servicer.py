"""The companies that case managers belong to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import companies_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer, CompaniesServiceServicer
from portico_errors.casemanager import CompanyNotFound

from casemanager.companies.aggregate import changed_companies, new_companies
from casemanager.companies.domain import Company, Status, new_company, set_status, update_company
from casemanager.companies.listing import BY_NAME, Wanted, list_companies
from casemanager.companies.usecases import load_company
from casemanager.companies.wire import company_message, company_update
from casemanager.shared.deps import Deps
from casemanager.shared.names import checked_name
from casemanager.shared.organizations import organization_of
from casemanager.shared.staff import check_staff
from chassis.aggregate import Source
from chassis.call import Call, Role, current_call
from chassis.interceptor import Context
from chassis.pagination import Key

OwnCompany = Callable[[Call], Awaitable[UUID | None]]
CheckMember = Callable[[UUID, UUID, UUID], Awaitable[None]]
Renamed = Callable[[UUID, UUID], Awaitable[None]]


class CompaniesServicer(CompaniesServiceServicer):
    """For staff; a case manager sees the name of their own company.

    `own_company` gives the company of the case manager who calls; `check_member` refuses who is no case manager of a
    company; `renamed` brings a company's people up to its name.
    """

    def __init__(self, deps: Deps, *, own_company: OwnCompany, check_member: CheckMember, renamed: Renamed) -> None:
        self._deps = deps
        self._own_company, self._check_member, self._renamed = own_company, check_member, renamed
        self._new, self._changed = new_companies(deps), changed_companies(deps)

    async def CreateCompany(self, request: pb.CreateCompanyRequest, context: Context) -> res.Company:
        call, deps = current_call(), self._deps
        name = checked_name(request.name, field="name")
        company = new_company(name, org_id=call.org_id, company_id=deps.ids(), now=deps.clock())
        return await self._new.add(call, call.org_id, company)

    async def GetCompany(self, request: pb.GetCompanyRequest, context: Context) -> res.Company:
        call, company_id = current_call(), UUID(request.company_id)
        is_own_only = call.caller.role is Role.CASE_MANAGER
        if is_own_only and await self._own_company(call) != company_id:
            raise CompanyNotFound()
        company = await load_company(self._deps, org_id=call.org_id, company_id=company_id)
        return res.Company(id=str(company.id), name=company.name) if is_own_only else company_message(company)

    async def ListCompanies(self, request: pb.ListCompaniesRequest, context: Context) -> pb.ListCompaniesResponse:
        org_id = current_call().org_id
        status = Status(request.status) if request.status else None
        wanted = Wanted(status=status, typed=request.query)

        async def fetch(wanted: Wanted, position: tuple[Key, ...], limit: int) -> Sequence[Company]:
            return await list_companies(self._deps.database, wanted, org_id=org_id, after=position, limit=limit)

        page = await self._deps.pager.page(
            request,
            org_id,
            BY_NAME,
            partial(fetch, wanted),
            fetch_before=partial(fetch, replace(wanted, descending=True)),
        )
        return pb.ListCompaniesResponse(
            companies=map(company_message, page.items),
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def UpdateCompany(self, request: pb.UpdateCompanyRequest, context: Context) -> res.Company:
        org_id = current_call().org_id
        organization = await organization_of(self._deps.database, org_id)
        update = company_update(request, country=organization.country)
        source = self._source(request.company_id, request.etag)

        async def load() -> Company:
            company = await source.load()
            await check_staff(self._deps, org_id, update.ids.get("responsible_staff_id"))
            if contact_id := update.ids.get("main_contact_id"):
                await self._check_member(org_id, company.id, contact_id)
            return company

        company = await self._changed.change(replace(source, load=load), update_company, update)
        await self._renamed(org_id, UUID(request.company_id))
        return company

    async def DeactivateCompany(self, request: pb.DeactivateCompanyRequest, context: Context) -> res.Company:
        return await self._changed.change(self._source(request.company_id, request.etag), set_status, Status.INACTIVE)

    async def ActivateCompany(self, request: pb.ActivateCompanyRequest, context: Context) -> res.Company:
        return await self._changed.change(self._source(request.company_id, request.etag), set_status, Status.ACTIVE)

    def _source(self, company_id: str, etag: str) -> Source[Company]:
        call = current_call()
        load = partial(load_company, self._deps, org_id=call.org_id, company_id=UUID(company_id))
        return Source(call, call.org_id, load).seen(etag)


class CompaniesInternalServicer(CompaniesInternalServiceServicer):
    """For the other services."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def GetOrganizationCompany(self, request: pb.GetOrganizationCompanyRequest, context: Context) -> res.Company:
        org_id, company_id = UUID(request.org_id), UUID(request.company_id)
        return company_message(await load_company(self._deps, org_id=org_id, company_id=company_id))
