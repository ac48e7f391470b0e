"""When specialists can be booked."""

from dataclasses import replace
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import availabilities_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.availabilities_pb2_grpc import AvailabilitiesServiceServicer

from casemanager.availabilities.aggregate import (
    changed_availabilities,
    deleted_availabilities,
    new_availabilities,
)
from casemanager.availabilities.domain.availability import Mode
from casemanager.availabilities.domain.changes import (
    Block,
    Booked,
    NewAvailability,
    delete_availability,
    delete_exception,
    new_availability,
    set_exception,
    update_availability,
)
from casemanager.availabilities.storage import BY_START
from casemanager.availabilities.usecases import list_availabilities, load_availability, load_booked, load_scene
from casemanager.availabilities.wire import availability_message, written_block, written_exception
from casemanager.shared.dates import day_of
from casemanager.shared.deps import Deps
from casemanager.specialists.usecases import own_specialist_id, seen_specialist_id
from casemanager.value_lists.domain import Kind
from casemanager.value_lists.usecases import listed_keys
from chassis.aggregate import Source
from chassis.call import current_call
from chassis.errors import FieldViolation, InvalidArgument
from chassis.interceptor import Context


class AvailabilitiesServicer(AvailabilitiesServiceServicer):
    """For staff; specialists see and change their own."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._new, self._changed = new_availabilities(deps), changed_availabilities(deps)
        self._deleted = deleted_availabilities(deps)

    async def CreateAvailability(self, request: pb.CreateAvailabilityRequest, context: Context) -> res.Availability:
        call, deps = current_call(), self._deps
        specialist_id = await seen_specialist_id(deps, call, UUID(request.specialist_id))
        place_id = UUID(request.place_id) if request.place_id else None
        load = partial(load_scene, deps, org_id=call.org_id, specialist_id=specialist_id, place_id=place_id)
        command = NewAvailability(id=deps.ids(), mode=Mode(request.mode), block=await self._block(request.block))
        return await self._new.change(Source(call, call.org_id, load), new_availability, command)

    async def GetAvailability(self, request: pb.GetAvailabilityRequest, context: Context) -> res.Availability:
        availability = await load_availability(self._deps, current_call(), UUID(request.availability_id))
        return availability_message(Booked(availability))

    async def ListAvailabilities(
        self, request: pb.ListAvailabilitiesRequest, context: Context
    ) -> pb.ListAvailabilitiesResponse:
        call, deps = current_call(), self._deps
        specialist_id = await own_specialist_id(deps, call) or _specialist_id(request)
        from_date = day_of(request.from_date, "from_date") if request.from_date else None
        fetch = partial(list_availabilities, deps, call.org_id, specialist_id, from_date)
        page = await deps.pager.page(request, (call.org_id, specialist_id), BY_START, fetch)
        return pb.ListAvailabilitiesResponse(
            availabilities=[availability_message(Booked(each)) for each in page.items], next_page_token=page.next_token
        )

    async def UpdateAvailability(self, request: pb.UpdateAvailabilityRequest, context: Context) -> res.Availability:
        block = await self._block(request.block)
        return await self._changed.change(
            self._source(request.availability_id, request.etag), update_availability, block
        )

    async def DeleteAvailability(self, request: pb.DeleteAvailabilityRequest, context: Context) -> res.Availability:
        return await self._deleted.change(
            self._source(request.availability_id, request.etag), delete_availability, None
        )

    async def SetAvailabilityException(
        self, request: pb.SetAvailabilityExceptionRequest, context: Context
    ) -> res.Availability:
        exception = written_exception(request)
        return await self._changed.change(self._source(request.availability_id, request.etag), set_exception, exception)

    async def DeleteAvailabilityException(
        self, request: pb.DeleteAvailabilityExceptionRequest, context: Context
    ) -> res.Availability:
        day = day_of(request.date, "date")
        return await self._changed.change(self._source(request.availability_id, request.etag), delete_exception, day)

    async def _block(self, written: pb.AvailabilityBlock) -> Block:
        block = written_block(written)
        if not block.service_types:
            return block
        org_id = current_call().org_id
        return replace(block, listed=await listed_keys(self._deps.database, org_id, Kind.SERVICE_TYPES))

    def _source(self, availability_id: str, etag: str) -> Source[Booked]:
        call = current_call()
        load = partial(load_booked, self._deps, call, UUID(availability_id))
        return Source(call, call.org_id, load).seen(etag)


def _specialist_id(request: pb.ListAvailabilitiesRequest) -> UUID:
    if not request.specialist_id:
        localized = {"es": "Elija un especialista."}
        violation = FieldViolation("specialist_id", "SPECIALIST_MISSING", "Choose a specialist.", localized=localized)
        raise InvalidArgument(violations=[violation])
    return UUID(request.specialist_id)
