"""Moving a confirmed booking to another time, or asking staff for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import RequestMoveRequest, RescheduleBookingRequest, WishedTimes
from portico.casemanager.v1.schedule_resources_pb2 import Availability, Slot
from starlette.responses import Response

from chassis.errors import InvalidArgument, ServiceError
from chassis.tasks import together
from portal.areas.bookings import labels
from portal.areas.bookings.actions import CHANGED, because, ids
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.deeds import NOT_NOW
from portal.areas.bookings.sides import CASE_MANAGERS, STAFF, show_own_organization, side_of
from portal.areas.bookings.wishes import refused, rows_of, wishes_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.slot_search import choice_of, key_of, next_slots, search, slots_named
from portal.core.specialists import MODES

IN_THE_FORM = frozenset(
    {"INVALID_REQUEST", "REASON_NEEDED", "SLOT_TAKEN", "SLOT_UNKNOWN", "TOO_LATE", "TOO_EARLY_TO_BOOK"}
)


async def show(context: PageContext) -> Response:
    """The free times of the same specialist, or of all; who cannot move it asks for one of them."""
    booking, _ = await together(load(context), show_own_organization(context))
    if not _may_move(booking):
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    why, is_any = _why(context), context.query("who") == "any"
    narrowed = _fits(booking)
    if not is_any:
        narrowed["specialist_ids"] = [booking.specialist_id]
    found = await search(context, {"who": "any", **why} if is_any else why, **narrowed)
    if found.is_gone:
        return context.redirect(found.wanted.address())
    return context.render(
        "bookings/move.html",
        form=found.form,
        modes=MODES,
        booking=booking,
        here=address(context),
        found=found,
        is_any=is_any,
        why=why,
        can_choose=side_of(context) is STAFF and Booking.RESCHEDULE in booking.allowed_actions,
        can_wish=side_of(context) is CASE_MANAGERS and Booking.REQUEST_MOVE in booking.allowed_actions,
        deed_words=lambda slot: _words(context, booking, slot),
        key_of=key_of,
    )


async def check(context: PageContext) -> Response:
    """From which time to which one, and why."""
    if not context.form.values:
        context.form = Form(dict(context.request.query_params))
    booking, _ = await together(load(context), show_own_organization(context))
    if not _may_move(booking):
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    return _check_page(context, booking, await slots_named(context, [context.form["slot"]], **_fits(booking)))


async def move(context: PageContext) -> Response:
    """Moves it, or asks for it; a time that somebody else has by now comes with the next free ones.

    Of a booking that somebody has changed meanwhile the form comes again.
    """
    form = context.form
    slot, moves_it = choice_of(form["slot"]), form["do"] == "reschedule" or side_of(context) is STAFF
    try:
        if moves_it:
            await context.services.casemanager.RescheduleBooking(
                RescheduleBookingRequest(**ids(context), slot=slot, **because(context))
            )
        else:
            await context.services.casemanager.RequestMove(
                RequestMoveRequest(**ids(context), slot=slot, **because(context))
            )
    except ServiceError as error:
        if error.reason == CHANGED:
            context.form = context.form.refused(error, context.i18n)
            return await check(context)
        if error.reason in NOT_NOW - IN_THE_FORM:
            return context.redirect(address(context), flash=error.reason)
        if error.reason not in IN_THE_FORM:
            raise
        context.form = form.refused(error, context.i18n)
        following = await next_slots(context, error) if error.reason == "SLOT_TAKEN" else []
        named = [] if error.reason == "SLOT_TAKEN" else [form["slot"]]
        booking, _ = await together(load(context), show_own_organization(context))
        slots = await slots_named(context, named, **_fits(booking))
        return _check_page(context, booking, slots, following=following)
    return context.redirect(address(context), flash="booking-moved" if moves_it else "booking-move-asked")


async def ask_wishes(context: PageContext) -> Response:
    """When else it would suit, where no free time does."""
    booking, _ = await together(load(context), show_own_organization(context))
    if Booking.REQUEST_MOVE not in booking.allowed_actions:
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    return context.render(
        "bookings/move_wishes.html",
        labels=labels,
        booking=booking,
        here=address(context),
        etag=context.form["etag"] or booking.etag,
        rows=rows_of(context.form),
        today=context.now.astimezone(context.zone).date().isoformat(),
    )


async def send_wishes(context: PageContext) -> Response:
    """Asks staff for another time; of a booking that somebody has changed meanwhile the form comes again."""
    try:
        wishes = WishedTimes(windows=wishes_of(context.form, context.zone))
        await context.services.casemanager.RequestMove(
            RequestMoveRequest(**ids(context), wishes=wishes, **because(context))
        )
    except InvalidArgument as error:
        context.form = refused(context, error)
        return await ask_wishes(context)
    except ServiceError as error:
        if error.reason == CHANGED:
            context.form = context.form.refused(error, context.i18n)
            return await ask_wishes(context)
        if error.reason not in NOT_NOW:
            raise
        return context.redirect(address(context), flash=error.reason)
    return context.redirect(address(context), flash="booking-move-asked")


def _fits(booking: Booking) -> dict[str, Any]:
    """What the search is asked for, so that the booking can have what it finds."""
    return {"exclude_booking_id": booking.id, "service_type": booking.service_type}


def _why(context: PageContext) -> dict[str, str]:
    """What goes along to another time: why, as far as it was chosen and typed."""
    asked = {name: context.form[name] or context.query(name) for name in ("reason", "comment")}
    return {name: value for name, value in asked.items() if value}


def _check_page(
    context: PageContext, booking: Booking, slots: Sequence[Slot], *, following: Sequence[Slot] = ()
) -> Response:
    slot, form = slots[0] if slots else None, context.form
    if slot is None and not form.problem:
        words = context.i18n(N_("This time is no longer free. Please choose another one."))
        context.form = replace(form, problem=words)
    return context.render(
        "bookings/move_check.html",
        labels=labels,
        modes=MODES,
        booking=booking,
        here=address(context),
        etag=form["etag"] or booking.etag,
        slot=slot,
        way=way_of(booking, slot, is_staff=side_of(context) is STAFF) if slot else "",
        following=following,
        key_of=key_of,
        why=_why(context),
    )


def way_of(booking: Booking, slot: Slot, *, is_staff: bool) -> str:
    """How the caller comes to a slot: `reschedule` at once, `ask` staff for it; empty: not at all now.

    The time that it has already is free for it, but nobody moves it there.
    """
    if (slot.availability_id, slot.start_time) == (booking.availability_id, booking.start_time):
        return ""
    is_sure = is_staff or slot.kind == Availability.AVAILABLE
    if is_sure and Booking.RESCHEDULE in booking.allowed_actions:
        return "reschedule"
    return "ask" if Booking.REQUEST_MOVE in booking.allowed_actions else ""


def _words(context: PageContext, booking: Booking, slot: Slot) -> str:
    """What the button of a slot says; empty where nothing can be done with it."""
    words = {"reschedule": N_("Move here"), "ask": N_("Ask for this time"), "": ""}
    way = words[way_of(booking, slot, is_staff=side_of(context) is STAFF)]
    return context.i18n(way) if way else ""


def _may_move(booking: Booking) -> bool:
    return Booking.RESCHEDULE in booking.allowed_actions or Booking.REQUEST_MOVE in booking.allowed_actions
