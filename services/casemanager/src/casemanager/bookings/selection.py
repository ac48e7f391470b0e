"""Which bookings somebody asks for, as it stands in a request: of a list, and of its export."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from portico.casemanager.v1 import booking_exports_pb2
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb

from casemanager.bookings.domain.states import State
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.listing import Wanted
from casemanager.bookings.storage.sorts import Sort
from casemanager.bookings.storage.walks import Scope, scope_of
from casemanager.shared.instants import written_instant

_IDS = ("case_id", "company_id", "business_unit_id", "case_manager_id", "specialist_id", "place_id")
_FLAGS = ("paperwork_missing", "outcome_due", "report_due", "report_overdue")
_INSTANTS = ("start_time_from", "start_time_before", "create_time_from", "create_time_before")


Asked = pb.ListBookingsRequest | booking_exports_pb2.ExportBookingsRequest


def wanted_bookings(request: Asked, caller: Caller) -> Wanted:
    """What is asked for; InvalidArgument for a time that does not exist.

    By a company or a unit, which they do not see, a specialist finds nothing.
    """
    scope = scope_of(caller, is_mine=request.scope == pb.ListBookingsRequest.MINE)
    if (request.company_id or request.business_unit_id) and scope is Scope.BOOKED:
        scope = Scope.NONE
    column, _, direction = (request.order_by or "create_time desc").partition(" ")
    return Wanted(
        scope=scope,
        states=tuple(sorted(map(State, request.states))),
        filters=dict(_filters(request)),
        typed=request.query,
        sort=Sort(column),
        descending=direction == "desc",
    )


def _filters(request: Asked) -> Iterator[tuple[str, object]]:
    yield from ((name, UUID(getattr(request, name))) for name in _IDS if getattr(request, name))
    yield from ((name, True) for name in _FLAGS if getattr(request, name))
    for name in _INSTANTS:
        if written := getattr(request, name):
            yield name, written_instant(written, name)
    if request.mode:
        yield "mode", request.mode
    if service_type := request.service_type.strip():
        yield "service_type", service_type


def count_messages(counts: Mapping[State, int]) -> list[pb.ListBookingsResponse.StateCount]:
    """How many there are in each state, in the order of the states."""
    return [
        pb.ListBookingsResponse.StateCount(state=res.Booking.State.ValueType(state), count=count)
        for state, count in sorted(counts.items())
    ]
