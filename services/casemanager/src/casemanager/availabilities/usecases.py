"""Reading availabilities, each for staff and for its specialist."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from portico_errors.casemanager import AvailabilityNotFound
from psycopg.types.range import TimestamptzRange

from casemanager.availabilities.domain.availability import Availability
from casemanager.availabilities.domain.changes import Booked, Scene
from casemanager.availabilities.storage import LIST_AVAILABILITIES, LOAD_AVAILABILITY
from casemanager.places.usecases import load_place
from casemanager.reservations.storage import LIST_CONFIRMED
from casemanager.shared.deps import Deps
from casemanager.specialists.usecases import load_specialist, own_specialist_id
from chassis.call import Call
from chassis.pagination import Key

_MAX_CONFIRMED = 5000
"""More than a specialist is booked for in the two years of a series."""


async def load_scene(deps: Deps, *, org_id: UUID, specialist_id: UUID, place_id: UUID | None) -> Scene:
    """Whose availability is made, and where; SpecialistNotFound or PlaceNotFound."""
    specialist = await load_specialist(deps.database, org_id=org_id, specialist_id=specialist_id)
    return Scene(specialist, await load_place(deps, org_id=org_id, place_id=place_id) if place_id else None)


async def load_availability(deps: Deps, call: Call, availability_id: UUID) -> Availability:
    """The availability; AvailabilityNotFound for one that is none of the caller's."""
    own = await own_specialist_id(deps, call)
    availability = await deps.database.first(LOAD_AVAILABILITY, org_id=call.org_id, availability_id=availability_id)
    if availability is None or own not in {None, availability.specialist_id}:
        raise AvailabilityNotFound()
    return availability


async def load_booked(deps: Deps, call: Call, availability_id: UUID) -> Booked:
    """The availability, and what is confirmed of its specialist's time from now on."""
    availability = await load_availability(deps, call, availability_id)
    confirmed = await deps.database.all(
        LIST_CONFIRMED,
        org_id=call.org_id,
        specialist_id=availability.specialist_id,
        during=TimestamptzRange(deps.clock(), None),
        limit=_MAX_CONFIRMED,
    )
    return Booked(availability, confirmed)


async def list_availabilities(
    deps: Deps, org_id: UUID, specialist_id: UUID, from_date: date | None, after: tuple[Key, ...], limit: int
) -> Sequence[Availability]:
    """At most so many availabilities of a specialist from after a position on, in the order of `BY_START`."""
    position = (date.fromisoformat(str(after[0])), after[1]) if after else (date.min, UUID(int=0))
    return await deps.database.all(
        LIST_AVAILABILITIES,
        org_id=org_id,
        specialist_id=specialist_id,
        from_date=from_date,
        after_date=position[0],
        after_id=position[1],
        limit=limit,
    )
