"""The places where people are seen."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import places_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1.places_pb2_grpc import PlacesServiceServicer

from casemanager.places.domain import TEXTS, Place, Status, new_place, set_status, update_place
from casemanager.places.storage import ADD_PLACE, PLACE, PLACES_BY_NAME, SAVE_PLACE, place_params
from casemanager.places.usecases import list_places, load_place
from casemanager.shared.deps import Deps
from casemanager.shared.names import checked_name
from casemanager.shared.patches import written_fields
from casemanager.shared.visibility import IsInService, is_staff
from casemanager.shared.zones import checked_zone
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context
from chassis.mapping import Params
from chassis.saves import Save
from chassis.wire import timestamp


class PlacesServicer(PlacesServiceServicer):
    """For staff; the others see the active ones. `is_booked` says whether something was booked at a place."""

    def __init__(
        self, deps: Deps, *, is_in_service: IsInService, is_booked: Callable[[UUID, UUID], Awaitable[bool]]
    ) -> None:
        self._deps, self._is_in_service, self._is_booked = deps, is_in_service, is_booked
        self._new, self._changed = _places(deps, ADD_PLACE, PLACE.params), _places(deps, SAVE_PLACE, place_params)

    async def CreatePlace(self, request: pb.CreatePlaceRequest, context: Context) -> res.Place:
        call, deps = current_call(), self._deps
        texts = _written(request.place, FieldMask())
        place = new_place(texts, org_id=call.org_id, place_id=deps.ids(), now=deps.clock())
        return await self._new.add(call, call.org_id, place)

    async def ListPlaces(self, request: pb.ListPlacesRequest, context: Context) -> pb.ListPlacesResponse:
        call = current_call()
        if not await self._is_in_service(call):
            return pb.ListPlacesResponse()
        status = (Status(request.status) if request.status else None) if is_staff(call) else Status.ACTIVE
        fetch = partial(list_places, self._deps, call.org_id, status)
        page = await self._deps.pager.page(request, (call.org_id, status), PLACES_BY_NAME, fetch)
        return pb.ListPlacesResponse(places=map(_place_message, page.items), next_page_token=page.next_token)

    async def UpdatePlace(self, request: pb.UpdatePlaceRequest, context: Context) -> res.Place:
        source, texts = self._source(request.place_id, request.etag), _written(request.place, request.update_mask)

        async def load() -> Place:
            place = await source.load()
            is_moved = texts.get("time_zone", place.time_zone) != place.time_zone
            # Times of staff's own are booked at it without an availability.
            if is_moved and not place.is_used and await self._is_booked(place.org_id, place.id):
                return replace(place, is_used=True)
            return place

        return await self._changed.change(replace(source, load=load), update_place, texts)

    async def DeactivatePlace(self, request: pb.DeactivatePlaceRequest, context: Context) -> res.Place:
        return await self._changed.change(self._source(request.place_id, request.etag), set_status, Status.INACTIVE)

    async def ActivatePlace(self, request: pb.ActivatePlaceRequest, context: Context) -> res.Place:
        return await self._changed.change(self._source(request.place_id, request.etag), set_status, Status.ACTIVE)

    def _source(self, place_id: str, etag: str) -> Source[Place]:
        call = current_call()
        load = partial(load_place, self._deps, org_id=call.org_id, place_id=UUID(place_id))
        return Source(call, call.org_id, load).seen(etag)


def _written(patch: pb.PlacePatch, mask: FieldMask) -> dict[str, str]:
    """What to write of a place; raises TimeZoneInvalid, or InvalidArgument for a name that cannot be seen."""
    texts = {name: text.strip() for name, text in written_fields(patch, mask, known=TEXTS).items()}
    if texts.get("name"):
        texts["name"] = checked_name(texts["name"], field="place.name")
    if "time_zone" in texts:
        texts["time_zone"] = checked_zone(texts["time_zone"], field="place.time_zone")
    return texts


def _places(deps: Deps, save: Save, params: Callable[[Place], Params]) -> Aggregate[Place, res.Place]:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=lambda place, _: params(place),
        events=lambda *_: [],
        answer=lambda place, _: _place_message(place),
        reply=res.Place,
    )


def _place_message(place: Place) -> res.Place:
    return res.Place(
        id=str(place.id),
        status=res.Place.Status.ValueType(place.status),
        create_time=timestamp(place.create_time),
        update_time=timestamp(place.update_time),
        etag=str(place.version),
        **{name: getattr(place, name) for name in TEXTS},
    )
