"""The matters for which companies book."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb
from portico.casemanager.v1.cases_pb2_grpc import CasesServiceServicer
from portico_errors.casemanager import CaseNotFound

from casemanager.case_managers.usecases import summaries_of, viewer_of
from casemanager.cases.aggregate import changed_cases
from casemanager.cases.domain import Case, CaseFile, Written, new_case, reopen, update_case
from casemanager.cases.listing import KEYSETS, Sort, Wanted, list_cases
from casemanager.cases.usecases import CaseFiles, CountBookings
from casemanager.cases.wire import case_message, specialists_message, written_case
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.visibility import STAFF_VIEWER, Sight, Viewer
from casemanager.value_lists.domain import Kind
from casemanager.value_lists.usecases import value_lists_of
from chassis.aggregate import Source
from chassis.call import Call, Role, current_call
from chassis.interceptor import Context
from chassis.pagination import Key

_LISTED = {"service_type": Kind.SERVICE_TYPES, "claim_type": Kind.CLAIM_TYPES}


class CasesServicer(CasesServiceServicer):
    """For staff, and for case managers: they change their own, and read their unit's and those that they book for.

    `is_booked` says whether the specialist who calls has an appointment of a case, or the case manager a booking.
    """

    def __init__(
        self, deps: Deps, *, count_bookings: CountBookings, is_booked: Callable[[Call, UUID], Awaitable[bool]]
    ) -> None:
        self._deps, self._files, self._is_booked = deps, CaseFiles(deps, count_bookings), is_booked

    async def CreateCase(self, request: pb.CreateCaseRequest, context: Context) -> res.Case:
        call, deps = current_call(), self._deps
        viewer = await viewer_of(deps, call)
        written = await self._written(call, viewer, request.case, FieldMask())
        if viewer.person_id and written.case_manager_id is None:
            written = replace(written, case_manager_id=viewer.person_id)
        if not request.validate_only:
            return await self._files.add(call, written)
        people = await summaries_of(deps.database, call.org_id, written.people)
        file = new_case(people, written, org_id=call.org_id, case_id=deps.ids(), now=deps.clock())
        return await self._files.checked(viewer, file)

    async def GetCase(self, request: pb.GetCaseRequest, context: Context) -> res.Case:
        call, case_id = current_call(), UUID(request.case_id)
        if call.caller.role is Role.SPECIALIST:
            if not await self._is_booked(call, case_id):
                raise CaseNotFound()
            return specialists_message((await self._files.load(call.org_id, STAFF_VIEWER, case_id)).case)
        viewer = await viewer_of(self._deps, call)
        try:
            return _shown(viewer, await self._files.load(call.org_id, viewer, case_id))
        except CaseNotFound:
            if not await self._is_booked(call, case_id):
                raise
        return _shown(viewer, await self._files.load(call.org_id, STAFF_VIEWER, case_id))

    async def ListCases(self, request: pb.ListCasesRequest, context: Context) -> pb.ListCasesResponse:
        call = current_call()
        wanted = _wanted(request, await viewer_of(self._deps, call))

        async def fetch(wanted: Wanted, position: tuple[Key, ...], limit: int) -> Sequence[Case]:
            return await list_cases(self._deps.database, call.org_id, wanted, position, limit)

        page = await self._deps.pager.page(
            request,
            (call.org_id, wanted.viewer),
            KEYSETS[wanted.sort],
            partial(fetch, wanted),
            fetch_before=partial(fetch, replace(wanted, descending=not wanted.descending)),
        )
        files = await self._files.of(call.org_id, page.items)
        return pb.ListCasesResponse(
            cases=[_shown(wanted.viewer, file) for file in files],
            next_page_token=page.next_token,
            previous_page_token=page.previous_token,
        )

    async def UpdateCase(self, request: pb.UpdateCaseRequest, context: Context) -> res.Case:
        call, deps = current_call(), self._deps
        viewer = await viewer_of(deps, call)
        written = await self._written(call, viewer, request.case, request.update_mask)
        written = replace(written, etag=request.etag)
        source = self._source(call, viewer, request.case_id, written)
        if request.validate_only:
            return await self._files.checked(viewer, update_case(await source.load(), written, deps.clock()))
        return await changed_cases(deps, deps.database).change(source, update_case, written)

    async def CloseCase(self, request: pb.CloseCaseRequest, context: Context) -> res.Case:
        call = current_call()
        viewer = await viewer_of(self._deps, call)
        return await self._files.close(call, viewer.of_own, UUID(request.case_id), request.etag)

    async def ReopenCase(self, request: pb.ReopenCaseRequest, context: Context) -> res.Case:
        call, deps = current_call(), self._deps
        source = self._source(call, await viewer_of(deps, call), request.case_id)
        return await changed_cases(deps, deps.database).change(source, reopen, request.etag)

    def _source(self, call: Call, viewer: Viewer, case_id: str, written: Written | None = None) -> Source[CaseFile]:
        """A case that the caller may change, and whom the change names."""
        named = written.people if written else ()
        load = partial(self._files.load, call.org_id, viewer.of_own, UUID(case_id), named=named)
        return Source(call, call.org_id, load)

    async def _written(self, call: Call, viewer: Viewer, patch: pb.CasePatch, mask: FieldMask) -> Written:
        organization = await organization_of(self._deps.database, call.org_id)
        is_all = viewer.sight is Sight.EVERYTHING
        colleagues = None if is_all else frozenset({viewer.person_id} if viewer.person_id else ())
        written = written_case(patch, mask, country=organization.country, new_id=self._deps.ids, colleagues=colleagues)
        if not any(written.values.get(name) for name in _LISTED):
            return written
        lists = await value_lists_of(self._deps.database, call.org_id)
        return replace(written, listed={name: lists[kind].keys for name, kind in _LISTED.items()})


def _shown(viewer: Viewer, file: CaseFile) -> res.Case:
    return case_message(file, may_change=viewer.owns(file.case.case_manager_id))


def _wanted(request: pb.ListCasesRequest, viewer: Viewer) -> Wanted:
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    ids = ("company_id", "business_unit_id", "case_manager_id")
    filters: dict[str, object] = {name: UUID(getattr(request, name)) for name in ids if getattr(request, name)}
    if request.state:
        filters["state"] = request.state
    if request.service_type.strip():
        filters["service_type"] = request.service_type.strip()
    return Wanted(
        viewer=viewer.of_own if request.scope == pb.ListCasesRequest.MINE else viewer,
        filters=filters,
        typed=request.query,
        sort=Sort(column),
        descending=direction == "desc",
    )
