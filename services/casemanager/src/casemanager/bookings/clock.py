"""What time alone does to bookings: unanswered ones expire, appointments that are over ask what became of them.

Readers see it without any job (`Booking.effective`); the job writes it down, frees what is held, and tells people.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import NoReturn
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed, BookingNotFound

from casemanager.bookings.aggregate import bookings_of, finished
from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.domain.endings import expire_booking
from casemanager.bookings.domain.follow_ups import due_of, new_task
from casemanager.bookings.domain.states import THE_CLOCK
from casemanager.bookings.storage.clock import (
    FIRST,
    LIST_EXPIRED,
    LIST_WITHOUT_OUTCOME,
    SAVE_OUTCOME_TASK,
    DueBooking,
)
from casemanager.bookings.storage.load import LOAD_BOOKING
from casemanager.bookings.usecases import policy_of, with_staff
from casemanager.reservations.storage import SWEEP_PAST
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.events import task_event
from casemanager.tasks.storage import beside_params
from chassis import telemetry
from chassis.aggregate import Source
from chassis.call import Call, Caller
from chassis.db import Statement
from chassis.errors import Aborted, ServiceError
from chassis.saves import write

_LIMIT = 100
_PAUSE_SECONDS = 30.0
_ROWS, _HOUR_SECONDS = 5000, 3600.0
RESERVATION_AGE = timedelta(days=30)
"""How long a reservation is kept after its end."""
_CALL = Call(Caller(), "bookings/clock")
_log = telemetry.logger(__name__)


async def expire_due_bookings(deps: Deps) -> int:
    """Ends the unanswered bookings whose time is over, in every organization; how many this process ended."""
    return await _each(deps, LIST_EXPIRED, partial(_expire, deps))


async def ask_for_outcomes(deps: Deps) -> int:
    """Opens the task to say what became of an appointment, for each that is over; how many this process opened."""
    return await _each(deps, LIST_WITHOUT_OUTCOME, partial(_ask_for_outcome, deps))


async def remove_past_reservations(deps: Deps) -> int:
    """Removes the reservations that ended 30 days ago; how many this process removed."""
    number, before = 0, deps.clock() - RESERVATION_AGE
    while removed := await deps.database.run(SWEEP_PAST, before=before, limit=_ROWS):
        number += removed
    return number


async def keep_reservations_few(deps: Deps) -> NoReturn:
    """Looks every hour; never returns."""
    while True:
        try:
            await remove_past_reservations(deps)
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("bookings.sweep_failed", error=error.reason)
        await asyncio.sleep(_HOUR_SECONDS)


async def keep_bookings_in_time(deps: Deps) -> NoReturn:
    """Looks every half minute; never returns."""
    while True:
        try:
            await expire_due_bookings(deps)
            await ask_for_outcomes(deps)
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("bookings.clock_failed", error=error.reason)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _each(deps: Deps, stmt: Statement[DueBooking], deal_with: Callable[[DueBooking], Awaitable[bool]]) -> int:
    """How many were dealt with; one that somebody else has changed meanwhile is left to the next time."""
    return len([due async for due in _due(deps, stmt) if await deal_with(due)])


async def _due(deps: Deps, stmt: Statement[DueBooking]) -> AsyncIterator[DueBooking]:
    after, now = FIRST, deps.clock()
    while found := await deps.database.all(stmt, now=now, after_time=after[0], after_id=after[1], limit=_LIMIT):
        for due in found:
            yield due
        after = (found[-1].due_time, found[-1].id)


async def _expire(deps: Deps, due: DueBooking) -> bool:
    organization = await organization_of(deps.database, due.org_id)

    async def load() -> Seen:
        return await with_staff(deps, await _load(deps, due.org_id, due.id))

    source = Source(_CALL, due.org_id, load)
    try:
        await bookings_of(deps, organization).change(source, finished(deps, expire_booking), None)
    except (ActionNotAllowed, Aborted):
        return False
    return True


async def _ask_for_outcome(deps: Deps, due: DueBooking) -> bool:
    seen = await _load(deps, due.org_id, due.id)
    booking, now, kind = seen.booking, deps.clock(), TaskKind.RECORD_OUTCOME
    is_over = booking.appointment is not None and booking.appointment.end_time <= now
    if not is_over or any(task.kind is kind for task in booking.open_tasks):
        return False  # moved, or asked for, since it was found
    task = new_task(kind, booking, deps.ids(), due_time=due_of(kind, booking, seen.policy, now), now=now)
    hit = await write(
        deps.database,
        SAVE_OUTCOME_TASK,
        org_id=due.org_id,
        params={"booking_id": booking.id, "loaded_version": booking.version, **beside_params(opened=[task])},
        events=[task_event(task, event_id=deps.ids(), now=now)],
    )
    return hit > 0


async def _load(deps: Deps, org_id: UUID, booking_id: UUID) -> Seen:
    booking = await deps.database.first(LOAD_BOOKING, org_id=org_id, booking_id=booking_id)
    if booking is None:
        raise BookingNotFound()
    organization = await organization_of(deps.database, org_id)
    policy = policy_of(organization, await settings_of(deps.database, org_id))
    return Seen(booking=booking, actor=THE_CLOCK, policy=policy)
