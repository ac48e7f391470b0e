"""One place: what is written of it, and whether it takes new availabilities."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.places_pb2 import ActivatePlaceRequest, DeactivatePlaceRequest, UpdatePlaceRequest
from portico.casemanager.v1.schedule_resources_pb2 import Place
from portico_errors.casemanager import PlaceNotFound
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.places import labels
from portal.areas.places.fields import ABOUT, FIELDS, choices, patch_of
from portal.areas.places.places import LIST
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.places import all_places


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed and refused stays."""
    place = await _load(context)
    if not context.form.values:
        context.form = Form({name: getattr(place, name) for name in FIELDS})
    return context.render("places/place.html", labels=labels, place=place, **choices(context))


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too."""
    request = UpdatePlaceRequest(
        request_id=context.form["request_id"],
        place_id=context.param("place_id"),
        place=patch_of(context.form),
        update_mask=FieldMask(paths=FIELDS),
        etag=context.form["etag"],
    )
    try:
        await context.services.casemanager.UpdatePlace(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await show(context)
    return context.redirect(_page(context), flash="place-saved")


async def ask_deactivation(context: PageContext) -> Response:
    """What follows, before it is done."""
    return context.render("places/deactivate.html", place=await _load(context))


async def deactivate(context: PageContext) -> Response:
    """Takes no new availabilities there."""
    await context.services.casemanager.DeactivatePlace(DeactivatePlaceRequest(**_ids(context)))
    return context.redirect(_page(context), flash="place-deactivated", ids=(context.param("place_id"),))


async def activate(context: PageContext) -> Response:
    """Takes new ones again."""
    await context.services.casemanager.ActivatePlace(ActivatePlaceRequest(**_ids(context)))
    return context.redirect(_page(context), flash="place-activated")


async def _load(context: PageContext) -> Place:
    """The place of the address; raises PlaceNotFound."""
    for place in await all_places(context):
        if place.id == context.param("place_id"):
            return place
    raise PlaceNotFound()


def _ids(context: PageContext) -> dict[str, str]:
    return {"request_id": context.form["request_id"], "place_id": context.param("place_id")}


def _page(context: PageContext) -> str:
    return f"{LIST}/{context.param('place_id')}"
