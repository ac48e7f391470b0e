"""Reading time off, and what lies around it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from portico_errors.casemanager import TimeOffNotFound
from psycopg.types.range import TimestamptzRange

from casemanager.reservations.domain import ReservationKind
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from casemanager.specialists.usecases import load_specialist
from casemanager.tasks.domain.due import Calendar
from casemanager.time_off.domain import Around, Existing, TimeOff, Versions, check_stretch, whole
from casemanager.time_off.storage import LIST_BESIDE, LIST_TAKEN, LIST_TIME_OFF, LOAD_TIME_OFF, TakenTime
from chassis.pagination import Key


async def load_around(deps: Deps, org_id: UUID, specialist_id: UUID, start: datetime, end: datetime) -> Around:
    """A specialist, and what is taken of a stretch and of the time off beside it.

    SpecialistNotFound, or InvalidArgument for a stretch that cannot be.

    The specialist comes first: whatever is written after that makes another version of them, or is in the way.
    """
    specialist = await load_specialist(deps.database, org_id=org_id, specialist_id=specialist_id)
    check_stretch(start, end)
    beside = await deps.database.all(
        LIST_BESIDE, org_id=org_id, specialist_id=specialist_id, start_time=start, end_time=end
    )
    taken = await _taken(deps, org_id, specialist_id, *whole(beside, start, end))
    organization, settings = await organization_of(deps.database, org_id), await settings_of(deps.database, org_id)
    return Around(
        specialist=specialist,
        time_off=beside,
        reservations=[each for each, _ in taken],
        versions=_versions(taken),
        calendar=Calendar(zone=organization.time_zone, holidays=frozenset(settings.holidays)),
    )


async def load_existing(deps: Deps, org_id: UUID, specialist_id: UUID, time_off_id: UUID) -> Existing:
    """The time off and whose it is; SpecialistNotFound or TimeOffNotFound."""
    specialist = await load_specialist(deps.database, org_id=org_id, specialist_id=specialist_id)
    time_off = await deps.database.first(
        LOAD_TIME_OFF, org_id=org_id, specialist_id=specialist_id, time_off_id=time_off_id
    )
    if time_off is None:
        raise TimeOffNotFound()
    taken = await _taken(deps, org_id, specialist_id, time_off.start_time, time_off.end_time)
    return Existing(specialist, time_off, _versions(taken))


async def _taken(deps: Deps, org_id: UUID, specialist_id: UUID, start: datetime, end: datetime) -> Sequence[TakenTime]:
    during = TimestamptzRange(start, end)
    return await deps.database.all(LIST_TAKEN, org_id=org_id, specialist_id=specialist_id, during=during)


def _versions(taken: Sequence[TakenTime]) -> Versions:
    """Of what is confirmed: nothing else lies in time off."""
    return {
        each.booking_id: version
        for each, version in taken
        if each.kind is ReservationKind.CONFIRMED and each.booking_id and version
    }


async def list_time_off(
    deps: Deps, org_id: UUID, specialist_id: UUID, after: tuple[Key, ...], limit: int
) -> Sequence[TimeOff]:
    """At most so many that are not over, of a specialist, from after a position on, in the order of `BY_START`."""
    position = after or (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    return await deps.database.all(
        LIST_TIME_OFF,
        org_id=org_id,
        specialist_id=specialist_id,
        now=deps.clock(),
        after_time=position[0],
        after_id=position[1],
        limit=limit,
    )
