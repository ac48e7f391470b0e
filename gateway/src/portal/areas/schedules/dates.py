"""The dates of a series that are different: cancelled, or at other hours."""

from portico.casemanager.v1.availabilities_pb2 import (
    DeleteAvailabilityExceptionRequest,
    SetAvailabilityExceptionRequest,
)
from portico.casemanager.v1.schedule_resources_pb2 import AvailabilityException
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.schedules import blocks, labels
from portal.areas.schedules.typed import clock_of, day_of, minute_of, refusal
from portal.areas.schedules.whose import base_of, whose
from portal.areas.schedules.words import Words
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.places import all_places, names_by_id


async def show(context: PageContext) -> Response:
    """Which dates differ, and a form for one more; what was typed and refused stays."""
    person, places, availability = await together(whose(context), all_places(context), blocks.load(context))
    if not context.form.values:
        hours = {name: clock_of(getattr(availability, name)) for name in ("start_minute", "end_minute")}
        context.form = Form({"date": context.query("date"), "kind": "CANCELLED", **hours})
    return context.render(
        "schedules/dates.html",
        **person.shown(context),
        availability=availability,
        words=Words(times=person.times(context), places=names_by_id(places)),
        kinds=[(name, context.i18n(words), name == context.form["kind"]) for name, words in labels.EXCEPTIONS.items()],
        here=_here(context),
    )


async def change(context: PageContext) -> Response:
    """Cancels a date or moves its hours; bookings that no longer lie in it are named."""
    try:
        changed = await context.services.casemanager.SetAvailabilityException(_exception(context))
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        context.form = context.form.refused(error, context.i18n)
        return await show(context)
    return await blocks.done(context, changed, "date-changed", back=_here(context))


async def restore(context: PageContext) -> Response:
    """Lets a date be as the others again."""
    request = DeleteAvailabilityExceptionRequest(**blocks.ids(context), date=context.param("date"))
    changed = await context.services.casemanager.DeleteAvailabilityException(request)
    return await blocks.done(context, changed, "date-restored", back=_here(context))


def _exception(context: PageContext) -> SetAvailabilityExceptionRequest:
    form = context.form
    if form["kind"] not in labels.EXCEPTIONS:
        raise refusal("kind", "VALUE_MISSING")
    is_changed = form["kind"] == "CHANGED"
    return SetAvailabilityExceptionRequest(
        **blocks.ids(context),
        date=day_of(form, "date").isoformat(),
        kind=AvailabilityException.Kind.Value(form["kind"]),
        start_minute=minute_of(form, "start_minute") if is_changed else 0,
        end_minute=minute_of(form, "end_minute", is_end=True) if is_changed else 0,
        reason=form["reason"],
    )


def _here(context: PageContext) -> str:
    return f"{base_of(context)}/availability/{context.param('availability_id')}/dates"
