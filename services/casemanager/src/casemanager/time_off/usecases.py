"""Reading time off, and what lies around it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from portico_errors.casemanager import TimeOffNotFound
from psycopg.types.range import TimestamptzRange

from casemanager.reservations.storage import LIST_RESERVATIONS
from casemanager.shared.deps import Deps
from casemanager.specialists.usecases import load_specialist
from casemanager.time_off.domain import Around, Existing, TimeOff, check_stretch, whole
from casemanager.time_off.storage import LIST_BESIDE, LIST_TIME_OFF, LOAD_TIME_OFF
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
    during = TimestamptzRange(*whole(beside, start, end))
    taken = await deps.database.all(LIST_RESERVATIONS, org_id=org_id, specialist_ids=[specialist_id], during=during)
    return Around(specialist=specialist, time_off=beside, reservations=taken)


async def load_existing(deps: Deps, org_id: UUID, specialist_id: UUID, time_off_id: UUID) -> Existing:
    """The time off and whose it is; SpecialistNotFound or TimeOffNotFound."""
    specialist = await load_specialist(deps.database, org_id=org_id, specialist_id=specialist_id)
    time_off = await deps.database.first(
        LOAD_TIME_OFF, org_id=org_id, specialist_id=specialist_id, time_off_id=time_off_id
    )
    if time_off is None:
        raise TimeOffNotFound()
    return Existing(specialist, time_off)


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
