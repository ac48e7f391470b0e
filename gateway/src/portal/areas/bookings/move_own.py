"""Moving a booking to a time of staff's own: where, how long and of whom it may be another one, too."""

from __future__ import annotations

from datetime import UTC

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import RescheduleBookingRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings import labels
from portal.areas.bookings.actions import CHANGED, because, ids
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.deeds import NOT_NOW
from portal.areas.bookings.own_times import choices_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import zone_named
from portal.core.slot_search import AT_A_DISTANCE
from portal.core.specialists import MODES

OUTSIDE = "outside_availability_reason"
_ABOUT = {
    **dict.fromkeys((CHANGED, "INVALID_REQUEST", "REASON_NEEDED", "SLOT_TAKEN", "TOO_LATE"), ""),
    "OUTSIDE_REASON_NEEDED": OUTSIDE,
    "SPECIALIST_NOT_FOUND": "specialist",
    "PLACE_NOT_FOUND": "place",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""


async def show(context: PageContext) -> Response:
    """The form, filled with how it is now."""
    booking, choices = await together(load(context), choices_of(context))
    if Booking.RESCHEDULE not in booking.allowed_actions:
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    if not context.form.values:
        context.form = _as_it_is(booking)
    return context.render(
        "bookings/move_own.html",
        labels=labels,
        modes=MODES,
        booking=booking,
        here=address(context),
        etag=context.form["etag"] or booking.etag,
        specialists=choices.specialist_options(context.i18n),
        places=choices.place_options(context.i18n),
    )


async def move(context: PageContext) -> Response:
    """Moves it; what is wrong is said above, and the booking stays where it is."""
    form, choices = context.form, await choices_of(context)
    try:
        time = choices.typed(form.__getitem__).choice(form[OUTSIDE])
        await context.services.casemanager.RescheduleBooking(
            RescheduleBookingRequest(**ids(context), time=time, **because(context))
        )
    except ServiceError as error:
        if error.reason in _ABOUT:
            context.form = form.refused(error, context.i18n, about=_ABOUT[error.reason])
            return await show(context)
        if error.reason not in NOT_NOW:
            raise
        return context.redirect(address(context), flash=error.reason)
    return context.redirect(address(context), flash="booking-moved")


def _as_it_is(booking: Booking) -> Form:
    local = booking.start_time.ToDatetime(UTC).astimezone(zone_named(booking.time_zone) or UTC)
    return Form(
        {
            "specialist": booking.specialist_id,
            "place": booking.place_id or AT_A_DISTANCE,
            "day": local.date().isoformat(),
            "clock": f"{local:%H:%M}",
            "minutes": str((booking.end_time.seconds - booking.start_time.seconds) // 60),
        }
    )
