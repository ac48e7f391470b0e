"""The places where an organization's specialists see people, by name."""

from collections.abc import Mapping, Sequence

from portico.casemanager.v1.places_pb2 import ListPlacesRequest
from portico.casemanager.v1.schedule_resources_pb2 import Place

from portal.core.context import PageContext

MAX_PLACES = 1000
"""How many a page knows; an organization has a few dozen."""
_PAGE = 200


async def all_places(context: PageContext) -> Sequence[Place]:
    """The places of the organization by name, at most `MAX_PLACES`; case managers and specialists see active ones."""
    found: list[Place] = []
    request = ListPlacesRequest(page_size=_PAGE)
    while True:
        page = await context.services.casemanager.ListPlaces(request)
        found += page.places
        if not page.next_page_token or len(found) >= MAX_PLACES:
            return found[:MAX_PLACES]
        request.page_token = page.next_page_token


def names_by_id(places: Sequence[Place]) -> Mapping[str, str]:
    """The places' names, by their ids."""
    return {place.id: place.name for place in places}
