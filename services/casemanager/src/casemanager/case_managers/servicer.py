"""The people who book specialists for their companies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_managers_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.case_managers_pb2_grpc import CaseManagersServiceServicer
from portico_errors.casemanager import CaseManagerNotFound, CompanyFixed, EmailTaken
from psycopg.errors import ForeignKeyViolation

from casemanager.case_managers import domain
from casemanager.case_managers.aggregate import new_case_managers
from casemanager.case_managers.listing import Sort, Wanted, keyset, list_case_managers
from casemanager.case_managers.usecases import change_case_manager, email_taken, load_case_manager, load_myself
from casemanager.case_managers.wire import (
    case_manager_message,
    names_message,
    own_message,
    written_case_manager,
)
from casemanager.companies.usecases import load_company
from casemanager.history.domain import HistoryEntry
from casemanager.history.storage import LIST_HISTORY, NEWEST_HISTORY
from casemanager.history.wire import entry_message
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization, organization_of
from casemanager.shared.staff import check_staff
from casemanager.value_lists.domain import Kind
from casemanager.value_lists.usecases import listed_keys
from chassis.call import Call, Role, current_call
from chassis.interceptor import Context
from chassis.pagination import Key


class CaseManagersServicer(CaseManagersServiceServicer):
    """For staff; case managers see themselves, and the names of their unit's.

    `is_party` says whether somebody of an organization has a part in a case.
    """

    def __init__(self, deps: Deps, *, is_party: Callable[[UUID, UUID], Awaitable[bool]]) -> None:
        self._deps, self._is_party = deps, is_party

    async def CreateCaseManager(self, request: pb.CreateCaseManagerRequest, context: Context) -> res.CaseManager:
        call, deps = current_call(), self._deps
        organization = await organization_of(deps.database, call.org_id)
        written = await self._written(call, organization, request.case_manager, FieldMask())
        company = await load_company(deps, org_id=call.org_id, company_id=UUID(request.company_id))
        await check_staff(deps, call.org_id, written.ids.get("responsible_staff_id"))
        change = domain.new_case_manager(company, written, person_id=deps.ids(), now=deps.clock())
        try:
            return await new_case_managers(deps, organization).add(call, call.org_id, change)
        except EmailTaken:
            raise await email_taken(deps, call.org_id, change.person.email) from None

    async def GetCaseManager(self, request: pb.GetCaseManagerRequest, context: Context) -> res.CaseManager:
        call, deps = current_call(), self._deps
        person = await load_case_manager(deps, call.org_id, UUID(request.case_manager_id))
        if call.caller.role is not Role.CASE_MANAGER:
            return case_manager_message(person, deps.clock())
        myself = await load_myself(deps, call)
        if person.id == myself.id:
            return own_message(person, deps.clock())
        if person.business_unit_id is None or person.business_unit_id != myself.business_unit_id:
            raise CaseManagerNotFound()
        return names_message(person)

    async def ListCaseManagers(
        self, request: pb.ListCaseManagersRequest, context: Context
    ) -> pb.ListCaseManagersResponse:
        org_id, now, wanted = current_call().org_id, self._deps.clock(), _wanted(request)

        async def fetch(wanted: Wanted, position: tuple[Key, ...], limit: int) -> Sequence[domain.CaseManager]:
            return await list_case_managers(
                self._deps.database, wanted, org_id=org_id, now=now, after=position, limit=limit
            )

        page = await self._deps.pager.page(
            request,
            org_id,
            keyset(wanted.sort, now),
            partial(fetch, wanted),
            fetch_before=partial(fetch, replace(wanted, descending=not wanted.descending)),
        )
        return pb.ListCaseManagersResponse(
            case_managers=[case_manager_message(person, now) for person in page.items],
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def UpdateCaseManager(self, request: pb.UpdateCaseManagerRequest, context: Context) -> res.CaseManager:
        call, deps = current_call(), self._deps
        organization = await organization_of(deps.database, call.org_id)
        written = await self._written(call, organization, request.case_manager, request.update_mask)
        written = replace(written, etag=request.etag)
        person_id = UUID(request.case_manager_id)
        if written.company_id is not None:
            company = await load_company(deps, org_id=call.org_id, company_id=written.company_id)
            written = replace(written, company=company, is_party=await self._is_party(call.org_id, person_id))
        staff_id = written.ids.get("responsible_staff_id")
        try:
            return await change_case_manager(
                deps, call, person_id, domain.update_case_manager, written, staff_id=staff_id
            )
        except EmailTaken:
            raise await email_taken(deps, call.org_id, written.texts["email"]) from None
        except ForeignKeyViolation:  # a case or a booking of theirs, also one that came meanwhile, names their company
            raise CompanyFixed() from None

    async def DeactivateCaseManager(
        self, request: pb.DeactivateCaseManagerRequest, context: Context
    ) -> res.CaseManager:
        person_id = UUID(request.case_manager_id)
        return await change_case_manager(self._deps, current_call(), person_id, domain.deactivate, None)

    async def ActivateCaseManager(self, request: pb.ActivateCaseManagerRequest, context: Context) -> res.CaseManager:
        person_id = UUID(request.case_manager_id)
        return await change_case_manager(self._deps, current_call(), person_id, domain.activate, None)

    async def ListCaseManagerHistory(
        self, request: pb.ListCaseManagerHistoryRequest, context: Context
    ) -> pb.ListCaseManagerHistoryResponse:
        org_id, person_id = current_call().org_id, UUID(request.case_manager_id)
        await load_case_manager(self._deps, org_id, person_id)

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[HistoryEntry]:
            params = {"before_time": before[0], "before_id": before[1], "limit": limit}
            return await self._deps.database.all(LIST_HISTORY, org_id=org_id, person_id=person_id, **params)

        page = await self._deps.pager.page(request, org_id, NEWEST_HISTORY, fetch)
        entries = map(entry_message, page.items)
        return pb.ListCaseManagerHistoryResponse(entries=entries, next_page_token=page.next_token)

    async def _written(
        self, call: Call, organization: Organization, patch: pb.CaseManagerPatch, mask: FieldMask
    ) -> domain.Written:
        written = written_case_manager(patch, mask, country=organization.country, writer_id=call.account_id)
        if not written.texts.get("position"):
            return written
        return replace(written, listed=await listed_keys(self._deps.database, call.org_id, Kind.POSITIONS))


def _wanted(request: pb.ListCaseManagersRequest) -> Wanted:
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    ids = ("company_id", "business_unit_id", "responsible_staff_id")
    filters: dict[str, object] = {name: UUID(getattr(request, name)) for name in ids if getattr(request, name)}
    if request.account_status:
        filters["account_status"] = request.account_status
    if request.HasField("contact_verified"):
        filters["is_verified"] = request.contact_verified
    if request.state.strip():
        filters["state"] = request.state.strip().lower()
    if request.account_ids:
        filters["account_ids"] = [UUID(account_id) for account_id in request.account_ids]
    if request.login_statuses:
        filters["login_statuses"] = list(request.login_statuses)
    return Wanted(filters=filters, typed=request.query, sort=Sort(column), descending=direction == "desc")
