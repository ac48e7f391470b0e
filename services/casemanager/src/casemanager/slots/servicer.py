"""Which times can be booked, and what weeks hold."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import slots_pb2 as pb
from portico.casemanager.v1.slots_pb2_grpc import SlotsServiceServicer

from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.instants import written_instant
from casemanager.shared.visibility import IsInService, is_staff
from casemanager.slots.calendar import entries
from casemanager.slots.domain import FoundSlot, Terms
from casemanager.slots.usecases import Wanted, explain_slot, load_weeks, search_slots
from casemanager.slots.wire import (
    entry_message,
    filters_of,
    hindrance_message,
    slot_message,
    window_of,
)
from casemanager.specialists.usecases import own_specialist_id, seen_specialist_id
from chassis.call import Call, current_call
from chassis.interceptor import Context

MAX_SEARCH_DAYS = 92
MAX_CALENDAR_DAYS = 31


class SlotsServicer(SlotsServiceServicer):
    """For all who book and are booked.

    `check_moving` raises BookingNotFound unless the caller may give a booking another time.
    """

    def __init__(
        self, deps: Deps, *, is_in_service: IsInService, check_moving: Callable[[Call, UUID], Awaitable[object]]
    ) -> None:
        self._deps, self._is_in_service, self._check_moving = deps, is_in_service, check_moving

    async def SearchSlots(self, request: pb.SearchSlotsRequest, context: Context) -> pb.SearchSlotsResponse:
        call, deps = current_call(), self._deps
        start, end = window_of(request, max_days=MAX_SEARCH_DAYS)
        if not await self._is_in_service(call):
            return pb.SearchSlotsResponse()
        filters, own = filters_of(request), await own_specialist_id(deps, call)
        if own is not None:
            filters["specialist_ids"] = [own]
        if request.exclude_booking_id:
            await self._check_moving(call, UUID(request.exclude_booking_id))
        wanted = Wanted(start=start, end=end, filters=filters)
        terms = await self._terms(call, request.exclude_booking_id, is_bound=not is_staff(call))
        fetch = partial(search_slots, deps, call.org_id, wanted, terms)
        page = await deps.pager.walk(request, (call.org_id, own), wanted.first, fetch)
        return pb.SearchSlotsResponse(slots=map(slot_message, page.items), next_page_token=page.next_token)

    async def ListCalendarEntries(
        self, request: pb.ListCalendarEntriesRequest, context: Context
    ) -> pb.ListCalendarEntriesResponse:
        call, deps = current_call(), self._deps
        start, end = window_of(request, max_days=MAX_CALENDAR_DAYS)
        own = await own_specialist_id(deps, call)
        ids: Sequence[UUID] = [own] if own else [UUID(each) for each in request.specialist_ids]
        now, weeks = deps.clock(), await load_weeks(deps, call.org_id, ids, start, end)
        found = (entry for week in weeks for entry in entries(week, start, end, now))
        return pb.ListCalendarEntriesResponse(
            entries=(entry_message(entry, names_holds=is_staff(call)) for entry in found)
        )

    async def ExplainSlot(self, request: pb.ExplainSlotRequest, context: Context) -> pb.ExplainSlotResponse:
        call, deps = current_call(), self._deps
        specialist_id = await seen_specialist_id(deps, call, UUID(request.specialist_id))
        start, is_bound = (
            written_instant(request.start_time, "start_time"),
            request.for_case_manager or not is_staff(call),
        )
        terms = await self._terms(call, is_bound=is_bound)
        filters, places = filters_of(request), [UUID(each) for each in request.place_ids]
        found = await explain_slot(deps, call.org_id, specialist_id, start, filters, terms, places=places)
        if isinstance(found, FoundSlot):
            return pb.ExplainSlotResponse(slot=slot_message(found))
        in_the_way = (hindrance_message(each, names_holds=is_staff(call)) for each in found)
        return pb.ExplainSlotResponse(hindrances=in_the_way)

    async def _terms(self, call: Call, exclude_booking_id: str = "", *, is_bound: bool) -> Terms:
        """Of who is bound by notice and horizon, as all but staff are."""
        settings = await settings_of(self._deps.database, call.org_id) if is_bound else None
        return Terms(
            now=self._deps.clock(),
            notice=timedelta(hours=settings.minimum_notice_hours) if settings else None,
            horizon=timedelta(days=settings.horizon_days) if settings else None,
            exclude_booking_id=UUID(exclude_booking_id) if exclude_booking_id else None,
        )
