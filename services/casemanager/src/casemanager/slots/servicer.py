"""Which times can be booked, and what weeks hold."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from portico.casemanager.v1 import slots_pb2 as pb
from portico.casemanager.v1.slots_pb2_grpc import SlotsServiceServicer

from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.visibility import is_staff
from casemanager.slots.calendar import entries
from casemanager.slots.domain import Terms
from casemanager.slots.usecases import Wanted, load_weeks, search_slots
from casemanager.slots.wire import entry_message, filters_of, slot_message, window_of
from casemanager.specialists.usecases import own_specialist_id
from chassis.call import Call, current_call
from chassis.interceptor import Context

MAX_SEARCH_DAYS = 92
MAX_CALENDAR_DAYS = 31


class SlotsServicer(SlotsServiceServicer):
    """For all who book and are booked."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def SearchSlots(self, request: pb.SearchSlotsRequest, context: Context) -> pb.SearchSlotsResponse:
        call, deps = current_call(), self._deps
        start, end = window_of(request, max_days=MAX_SEARCH_DAYS)
        filters, own = filters_of(request), await own_specialist_id(deps, call)
        if own is not None:
            filters["specialist_ids"] = [own]
        wanted = Wanted(start=start, end=end, filters=filters)
        fetch = partial(search_slots, deps, call.org_id, wanted, await self._terms(call, request))
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

    async def _terms(self, call: Call, request: pb.SearchSlotsRequest) -> Terms:
        """Staff are bound by neither notice nor horizon."""
        settings = None if is_staff(call) else await settings_of(self._deps.database, call.org_id)
        return Terms(
            now=self._deps.clock(),
            notice=timedelta(hours=settings.minimum_notice_hours) if settings else None,
            horizon=timedelta(days=settings.horizon_days) if settings else None,
            exclude_booking_id=UUID(request.exclude_booking_id) if request.exclude_booking_id else None,
        )
