"""When specialists are away."""

from functools import partial
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import time_off_pb2 as pb
from portico.casemanager.v1.time_off_pb2_grpc import TimeOffServiceServicer

from casemanager.reservations.wire import booked_times
from casemanager.shared.deps import Deps
from casemanager.specialists.usecases import load_specialist, seen_specialist_id
from casemanager.tasks.events import task_event
from casemanager.time_off.domain import (
    Existing,
    NewTimeOff,
    Taken,
    TimeOff,
    create_time_off,
    delete_time_off,
)
from casemanager.time_off.storage import (
    BY_START,
    CREATE_TIME_OFF,
    DELETE_TIME_OFF,
    LostToBooking,
    create_params,
    delete_params,
)
from casemanager.time_off.usecases import list_time_off, load_around, load_existing
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.errors import Aborted
from chassis.interceptor import Context
from chassis.wire import instant_of, timestamp

_TRIES = 3


class TimeOffServicer(TimeOffServiceServicer):
    """For staff; specialists see and change their own."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._new, self._deleted = _new_time_off(deps), _deleted_time_off(deps)

    async def CreateTimeOff(self, request: pb.CreateTimeOffRequest, context: Context) -> res.TimeOff:
        call, deps = current_call(), self._deps
        specialist_id = await seen_specialist_id(deps, call, UUID(request.specialist_id))
        start, end = (instant_of(getattr(request, field), field=field) for field in ("start_time", "end_time"))
        command = NewTimeOff(
            id=deps.ids(),
            task_id=deps.ids(),
            start_time=start,
            end_time=end,
            reason=request.reason.strip(),
            even_if_booked=request.even_if_booked,
        )
        source = Source(call, call.org_id, partial(load_around, deps, call.org_id, specialist_id, start, end))
        for _ in range(_TRIES):
            try:
                return await self._new.change(source, create_time_off, command)
            except LostToBooking:
                continue
        raise Aborted()

    async def ListTimeOff(self, request: pb.ListTimeOffRequest, context: Context) -> pb.ListTimeOffResponse:
        call, deps = current_call(), self._deps
        specialist_id = await seen_specialist_id(deps, call, UUID(request.specialist_id))
        await load_specialist(deps.database, org_id=call.org_id, specialist_id=specialist_id)
        fetch = partial(list_time_off, deps, call.org_id, specialist_id)
        page = await deps.pager.page(request, call.org_id, BY_START, fetch)
        return pb.ListTimeOffResponse(time_off=map(_time_off_message, page.items), next_page_token=page.next_token)

    async def DeleteTimeOff(self, request: pb.DeleteTimeOffRequest, context: Context) -> Empty:
        call, deps = current_call(), self._deps
        specialist_id = await seen_specialist_id(deps, call, UUID(request.specialist_id))
        load = partial(load_existing, deps, call.org_id, specialist_id, UUID(request.time_off_id))
        return await self._deleted.change(Source(call, call.org_id, load), delete_time_off, None)


def _new_time_off(deps: Deps) -> Aggregate[Taken, res.TimeOff]:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=CREATE_TIME_OFF,
        params=lambda taken, act: {**create_params(taken, deps.ids), "now": act.now},
        events=lambda taken, act: [task_event(taken.task, event_id=deps.ids(), now=act.now)] if taken.task else [],
        answer=lambda taken, _: _taken_message(taken),
        reply=res.TimeOff,
    )


def _deleted_time_off(deps: Deps) -> Aggregate[Existing, Empty]:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=DELETE_TIME_OFF,
        params=lambda existing, _: delete_params(existing),
        events=lambda *_: [],
        answer=lambda *_: Empty(),
        reply=Empty,
    )


def _taken_message(taken: Taken) -> res.TimeOff:
    message = _time_off_message(taken.time_off)
    message.bookings.extend(booked_times(taken.bookings))
    return message


def _time_off_message(time_off: TimeOff) -> res.TimeOff:
    return res.TimeOff(
        id=str(time_off.id),
        specialist_id=str(time_off.specialist_id),
        start_time=timestamp(time_off.start_time),
        end_time=timestamp(time_off.end_time),
        reason=time_off.reason,
        create_time=timestamp(time_off.create_time),
    )
