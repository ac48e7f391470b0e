"""The people who are booked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import specialists_pb2 as pb
from portico.casemanager.v1.specialists_pb2_grpc import SpecialistsServiceServicer
from portico_errors.casemanager import SpecialistNotFound

from casemanager.places.usecases import check_places
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.shared.visibility import IsInService, is_staff
from casemanager.specialists.aggregate import new_specialists
from casemanager.specialists.domain import (
    AccountStatus,
    Change,
    Specialist,
    Written,
    activate,
    new_specialist,
    update_specialist,
)
from casemanager.specialists.listing import BY_NAME, Wanted, list_specialists
from casemanager.specialists.usecases import (
    change_specialist,
    deactivate_specialist,
    load_specialist,
    own_specialist_id,
)
from casemanager.specialists.wire import own_message, public_message, specialist_message, written_specialist
from casemanager.value_lists.domain import Kind
from casemanager.value_lists.usecases import listed_keys
from chassis.aggregate import C
from chassis.call import Call, Role, current_call
from chassis.interceptor import Context
from chassis.pagination import Key


class SpecialistsServicer(SpecialistsServiceServicer):
    """For staff; case managers see what is public of the active ones, specialists themselves."""

    def __init__(self, deps: Deps, *, is_in_service: IsInService) -> None:
        self._deps, self._is_in_service = deps, is_in_service
        self._new = new_specialists(deps)

    async def CreateSpecialist(self, request: pb.CreateSpecialistRequest, context: Context) -> res.Specialist:
        call, deps = current_call(), self._deps
        written = await self._written(request.specialist, FieldMask())
        change = new_specialist(written, org_id=call.org_id, specialist_id=deps.ids(), now=deps.clock())
        return await self._new.add(call, call.org_id, change)

    async def GetSpecialist(self, request: pb.GetSpecialistRequest, context: Context) -> res.Specialist:
        call, specialist_id = current_call(), UUID(request.specialist_id)
        own = await own_specialist_id(self._deps, call)
        specialist = await load_specialist(self._deps.database, org_id=call.org_id, specialist_id=specialist_id)
        is_hidden = call.caller.role is Role.CASE_MANAGER and specialist.account_status is not AccountStatus.ACTIVE
        if is_hidden or own not in {None, specialist.id} or not await self._is_in_service(call):
            raise SpecialistNotFound()
        return _message_for(call)(specialist, self._deps.clock())

    async def ListSpecialists(self, request: pb.ListSpecialistsRequest, context: Context) -> pb.ListSpecialistsResponse:
        call = current_call()
        if not await self._is_in_service(call):
            return pb.ListSpecialistsResponse()
        wanted = _wanted(request, call, await own_specialist_id(self._deps, call))

        async def fetch(position: tuple[Key, ...], limit: int) -> Sequence[Specialist]:
            return await list_specialists(self._deps.database, wanted, org_id=call.org_id, after=position, limit=limit)

        page = await self._deps.pager.page(request, (call.org_id, wanted), BY_NAME, fetch)
        message, now = _message_for(call), self._deps.clock()
        specialists = [message(specialist, now) for specialist in page.items]
        return pb.ListSpecialistsResponse(specialists=specialists, next_page_token=page.next_token)

    async def UpdateSpecialist(self, request: pb.UpdateSpecialistRequest, context: Context) -> res.Specialist:
        written = await self._written(request.specialist, request.update_mask)
        return await self._change(request.specialist_id, update_specialist, replace(written, etag=request.etag))

    async def DeactivateSpecialist(self, request: pb.DeactivateSpecialistRequest, context: Context) -> res.Specialist:
        return await deactivate_specialist(self._deps, current_call(), UUID(request.specialist_id))

    async def ActivateSpecialist(self, request: pb.ActivateSpecialistRequest, context: Context) -> res.Specialist:
        return await self._change(request.specialist_id, activate, None)

    async def _change(
        self, specialist_id: str, decide: Callable[[Specialist, C, datetime], Change], command: C
    ) -> res.Specialist:
        return await change_specialist(self._deps, current_call(), UUID(specialist_id), decide, command)

    async def _written(self, patch: pb.SpecialistPatch, mask: FieldMask) -> Written:
        org_id = current_call().org_id
        organization = await organization_of(self._deps.database, org_id)
        written = written_specialist(patch, mask, country=organization.country)
        await check_places(self._deps, org_id, written.place_ids or ())
        if not written.lists.get("specialties"):
            return written
        return replace(written, listed=await listed_keys(self._deps.database, org_id, Kind.SPECIALTIES))


def _message_for(call: Call) -> Callable[[Specialist, datetime], res.Specialist]:
    if is_staff(call):
        return specialist_message
    return own_message if call.caller.role is Role.SPECIALIST else lambda specialist, _: public_message(specialist)


def _wanted(request: pb.ListSpecialistsRequest, call: Call, own: UUID | None) -> Wanted:
    filters: dict[str, object] = {
        name: getattr(request, name).strip() for name in ("specialty", "language") if getattr(request, name).strip()
    }
    filters |= {name: getattr(request, name) for name in ("mode", "account_status") if getattr(request, name)}
    if request.place_id:
        filters["place_id"] = UUID(request.place_id)
    if request.account_ids and is_staff(call):
        filters["account_ids"] = tuple(map(UUID, request.account_ids))
    if call.caller.role is Role.CASE_MANAGER:
        filters["account_status"] = AccountStatus.ACTIVE
    if own is not None:
        filters["id"] = own
    return Wanted(filters=filters, typed=request.query, by_contact=is_staff(call))
