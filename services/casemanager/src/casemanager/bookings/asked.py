"""What cases, tasks and slots ask about bookings."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from portico_errors.casemanager import BookingNotFound

from casemanager.bookings.domain.follow_ups import is_wanted
from casemanager.bookings.domain.states import Part
from casemanager.bookings.domain.visibility import Caller, part_of
from casemanager.bookings.storage.load import (
    COUNT_BOOKINGS,
    FIND_APPOINTMENT,
    FIND_AT_PLACE,
    FIND_MANAGED,
    LOAD_BOOKING,
)
from casemanager.bookings.storage.managers import managers_of
from casemanager.bookings.usecases import caller_of
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.deps import Deps
from casemanager.tasks.domain.changes import OfBooking
from casemanager.tasks.domain.task import Actor, AssigneeKind, PersonName, Task
from chassis.call import Call
from chassis.db import Executor


async def count_bookings(
    deps: Deps, executor: Executor, org_id: UUID, case_ids: Sequence[UUID]
) -> Mapping[UUID, BookingCounts]:
    """How much is booked for an organization's cases, by their ids; who is missing has none."""
    return dict(await executor.all(COUNT_BOOKINGS, org_id=org_id, case_ids=list(case_ids), now=deps.clock()))


async def find_booking(deps: Deps, call: Call, booking_id: UUID) -> OfBooking:
    """A booking that the caller sees, as tasks are about it; BookingNotFound."""
    booking = await deps.database.first(LOAD_BOOKING, org_id=call.org_id, booking_id=booking_id)
    if booking is None or part_of(await caller_of(deps, call), booking) is None:
        raise BookingNotFound()
    return OfBooking(booking_id=booking.id, number=booking.number, case_id=booking.case_id, unit_id=booking.unit_id)


async def is_place_booked(deps: Deps, org_id: UUID, place_id: UUID) -> bool:
    """Whether something is or was booked or offered at a place."""
    option = [{"place_id": str(place_id)}]
    return await deps.database.first(FIND_AT_PLACE, org_id=org_id, place_id=place_id, option=option) is not None


async def check_moving(deps: Deps, call: Call, booking_id: UUID) -> None:
    """That the caller may give a booking another time, whatever its state; BookingNotFound."""
    booking = await deps.database.first(LOAD_BOOKING, org_id=call.org_id, booking_id=booking_id)
    part = booking and part_of(await caller_of(deps, call), booking)
    if part not in {Part.STAFF, Part.OWN}:
        raise BookingNotFound()


async def is_booked(deps: Deps, call: Call, case_id: UUID) -> bool:
    """Whether the specialist who calls has, or had, an appointment of a case; or a case manager a booking of it."""
    caller, of_case = await caller_of(deps, call), {"org_id": call.org_id, "case_id": case_id}
    if own := caller.specialist_id:
        return await deps.database.first(FIND_APPOINTMENT, **of_case, specialist_id=own) is not None
    if own := caller.case_manager_id:
        return await deps.database.first(FIND_MANAGED, **of_case, case_manager_id=own) is not None
    return False


async def managers_in_tasks(
    deps: Deps, org_id: UUID, actor: Actor, booking_ids: Sequence[UUID]
) -> Mapping[UUID, PersonName]:
    """Whose bookings tasks are about, by booking, as far as who reads the tasks sees the bookings."""
    kind, person_id = actor.assignee.kind, actor.assignee.id
    caller = Caller(
        account_id=actor.account_id,
        is_staff=actor.is_staff,
        case_manager_id=person_id if kind is AssigneeKind.CASE_MANAGER else None,
        unit_id=actor.business_unit_id,
        specialist_id=person_id if kind is AssigneeKind.SPECIALIST else None,
    )
    return await managers_of(deps.database, org_id, caller, booking_ids)


async def is_task_wanted(deps: Deps, task: Task) -> bool:
    """Whether what a task of a booking asks for is still to do."""
    if task.booking_id is None:
        return False
    booking = await deps.database.first(LOAD_BOOKING, org_id=task.org_id, booking_id=task.booking_id)
    return booking is not None and is_wanted(task.kind, booking)
