"""Staff see the places by name, and add one."""

from functools import partial
from urllib.parse import urlencode

from portico.casemanager.v1.places_pb2 import CreatePlaceRequest, ListPlacesRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.places import labels
from portal.areas.places.fields import ABOUT, choices, patch_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.paging import forward_ways
from portal.core.zones import zone_words

LIST = "/places"
PAGE = 50


async def show(context: PageContext) -> Response:
    """The table by name; where a page has nothing any more, the first one."""
    request = ListPlacesRequest(page_size=PAGE, page_token=context.query("page"))
    found = await context.services.casemanager.ListPlaces(request)
    if context.query("page") and not found.places:
        return context.redirect(LIST)
    return context.render(
        "places/places.html",
        labels=labels,
        found=found,
        zone_words=partial(zone_words, context.i18n.language),
        ways=forward_ways(context, found.next_page_token, _address),
    )


async def ask(context: PageContext) -> Response:
    """The empty form, by the clock of the organization; what was typed and refused stays."""
    if not context.form.values:
        context.form = Form({"time_zone": context.person.time_zone})
    return context.render("places/new.html", **choices(context))


async def create(context: PageContext) -> Response:
    """Adds it, and goes back to the list."""
    request = CreatePlaceRequest(request_id=context.form["request_id"], place=patch_of(context.form))
    try:
        await context.services.casemanager.CreatePlace(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await ask(context)
    return context.redirect(LIST, flash="place-created")


def _address(**changes: str) -> str:
    return f"{LIST}?{urlencode(changes)}" if changes else LIST
