"""Reading places."""

from collections.abc import Sequence
from uuid import UUID

from portico_errors.casemanager import PlaceNotFound

from casemanager.places.domain import Place, Status
from casemanager.places.storage import COUNT_PLACES, LIST_PLACES, LOAD_PLACE
from casemanager.shared.deps import Deps
from chassis.pagination import Key


async def load_place(deps: Deps, *, org_id: UUID, place_id: UUID) -> Place:
    """The place; PlaceNotFound for another organization's."""
    place = await deps.database.first(LOAD_PLACE, org_id=org_id, id=place_id)
    if place is None:
        raise PlaceNotFound()
    return place


async def check_places(deps: Deps, org_id: UUID, place_ids: Sequence[UUID]) -> None:
    """Raises PlaceNotFound unless all of them, each named once, are the organization's."""
    if place_ids and await deps.database.first(COUNT_PLACES, org_id=org_id, ids=list(place_ids)) != len(place_ids):
        raise PlaceNotFound()


async def list_places(
    deps: Deps, org_id: UUID, status: Status | None, after: tuple[Key, ...], limit: int
) -> Sequence[Place]:
    """At most so many places from after a position on, in the order of `PLACES_BY_NAME`."""
    position = after[0] if after else None
    return await deps.database.all(LIST_PLACES, org_id=org_id, status=status, after=position, limit=limit)
