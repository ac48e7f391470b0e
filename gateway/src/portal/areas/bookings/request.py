"""Requesting a booking in three steps: the case, when and who, and a check before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from portico.casemanager.v1.booking_resources_pb2 import Booking, TimeWindow
from portico.casemanager.v1.bookings_pb2 import RequestBookingRequest, WishedTimes
from portico.casemanager.v1.case_resources_pb2 import Case
from portico.casemanager.v1.cases_pb2 import GetCaseRequest, ListCasesRequest
from portico.casemanager.v1.schedule_resources_pb2 import Availability, Slot
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import InvalidArgument, ServiceError
from chassis.tasks import together
from portal.areas.bookings.sides import CASE_MANAGERS, show_own_organization, side_of
from portal.areas.bookings.wishes import kept_of, refused, rows_of, wishes_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.slot_search import choice_of, key_of, next_slots, search, slots_named
from portal.core.specialists import MODES
from portal.core.values import values_of

STEPS = (N_("Case"), N_("When and who"), N_("Check"))
PAGE = 20
IN_THE_FORM = frozenset(
    {
        *("INVALID_REQUEST", "SLOT_TAKEN", "SLOT_UNKNOWN", "TOO_LATE", "TOO_EARLY_TO_BOOK", "TOO_MANY_REQUESTS"),
        "VALUE_NOT_LISTED",
        *("CASE_CLOSED", "COMPANY_INACTIVE", "CASE_MANAGER_INACTIVE", "CASE_NOT_FOUND"),
    }
)
"""What the last step says above the form; the way back is beside it."""


async def show(context: PageContext) -> Response:
    """The first step, or with a case the second one: its times, day by day."""
    if not context.query("case"):
        return await _choose_case(context)
    kept = _kept(context)
    if slot := context.query("slot"):  # found before the case was chosen
        return context.redirect(f"{side_of(context).request}/check?{urlencode({**kept, 'slot': slot})}")
    case, _ = await together(_case(context), show_own_organization(context))
    found = await search(context, kept, service_type=case.service_type)
    if found.is_gone:
        return context.redirect(found.wanted.address())
    return context.render(
        "bookings/request_times.html",
        form=found.form,
        steps=STEPS,
        modes=MODES,
        side=side_of(context),
        case=case,
        found=found,
        kept={**kept, "specialty": found.wanted.specialty},
        key_of=key_of,
    )


async def ask_wishes(context: PageContext) -> Response:
    """The second step without a slot: a specialty, and when it would suit."""
    context.form = context.form if context.form.values else Form(dict(context.request.query_params))
    if not context.form["case"]:
        return await _choose_case(context)
    case, values, _ = await together(_case(context), values_of(context), show_own_organization(context))
    chosen = context.form["specialty"]
    return context.render(
        "bookings/request_wishes.html",
        steps=STEPS,
        side=side_of(context),
        case=case,
        kept=_kept(context),
        rows=rows_of(context.form),
        today=context.now.astimezone(context.zone).date().isoformat(),
        specialties=[("", context.i18n(N_("any"))), *values.choices(ValueList.SPECIALTIES, chosen)[1:]],
    )


async def check(context: PageContext) -> Response:
    """The third step: all of it once more, and the note; wishes that cannot be are said where they were typed."""
    if not context.form.values:
        context.form = Form(dict(context.request.query_params))
    if not context.form["case"]:
        return await _choose_case(context)
    slots: Sequence[Slot] = []
    try:
        wishes = wishes_of(context.form, context.zone)
        if context.form["slot"]:
            slots = await _fitting(context)
    except InvalidArgument as error:
        context.form = context.form.refused(error, context.i18n)
        return await ask_wishes(context)
    return await _check_page(context, slots, wishes)


async def send(context: PageContext) -> Response:
    """Books it, or sends the request; a slot that somebody else has by now comes with the next free ones."""
    form = context.form
    try:
        booking = await _requested(context)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM:
            raise
        if error.reason in {"INVALID_REQUEST", "VALUE_NOT_LISTED"} and not form["slot"]:
            context.form = refused(context, error)
            return await ask_wishes(context)
        context.form = form.refused(error, context.i18n)
        following = await next_slots(context, error) if error.reason == "SLOT_TAKEN" else []
        slots = await _fitting(context) if form["slot"] and error.reason != "SLOT_TAKEN" else []
        wishes = [] if form["slot"] else wishes_of(form, context.zone)
        return await _check_page(context, slots, wishes, following=following, is_refused=True)
    flash = "booking-booked" if booking.state == Booking.CONFIRMED else "booking-requested"
    return context.redirect(f"{side_of(context).path}/{booking.id}", flash=flash)


async def _requested(context: PageContext) -> Booking:
    form = context.form
    slot = choice_of(form["slot"])
    wishes = None if slot else WishedTimes(windows=wishes_of(form, context.zone))
    return await context.services.casemanager.RequestBooking(
        RequestBookingRequest(
            request_id=form["request_id"],
            case_id=form["case"],
            slot=slot,
            wishes=wishes,
            specialty=form["specialty"],
            note=form["note"],
            rebooked_from_id=form["rebook"],
        )
    )


async def _check_page(
    context: PageContext,
    slots: Sequence[Slot],
    wishes: Sequence[TimeWindow],
    *,
    following: Sequence[Slot] = (),
    is_refused: bool = False,
) -> Response:
    """`following`: slots to take in place of one that is gone."""
    case, values, _ = await together(_case(context), values_of(context), show_own_organization(context))
    form, slot = context.form, slots[0] if slots else None
    if form["slot"] and slot is None and not is_refused:
        words = context.i18n(N_("This time is no longer free. Please choose another one."))
        context.form = form = replace(form, problem=words)
    return context.render(
        "bookings/request_check.html",
        steps=STEPS,
        modes=MODES,
        values=values,
        side=side_of(context),
        case=case,
        slot=slot,
        is_sure=slot is not None and slot.kind == Availability.AVAILABLE,
        can_send=slot is not None or not form["slot"],
        following=following,
        key_of=key_of,
        wishes=wishes,
        kept={**_kept(context), "specialty": form["specialty"]},
        typed=kept_of(form),
    )


async def _choose_case(context: PageContext) -> Response:
    """Open cases, found by name or number: a case manager's own, of staff all."""
    query = context.query("query")[:100]
    is_own = side_of(context) is CASE_MANAGERS
    found, _ = await together(
        context.services.casemanager.ListCases(
            ListCasesRequest(
                page_size=PAGE,
                query=query,
                state=Case.OPEN,
                scope=ListCasesRequest.MINE if is_own else ListCasesRequest.UNIT,
            )
        ),
        show_own_organization(context),
    )
    return context.render(
        "bookings/request_case.html",
        steps=STEPS,
        side=side_of(context),
        query=query,
        found=found,
        is_own=is_own,
        slot=context.query("slot"),
    )


async def _fitting(context: PageContext) -> Sequence[Slot]:
    """The chosen slot, when it is free and for what the case asks."""
    case = await _case(context)
    return await slots_named(context, [context.form["slot"]], service_type=case.service_type)


async def _case(context: PageContext) -> Case:
    case_id = context.form["case"] or context.query("case")
    return await context.services.casemanager.GetCase(GetCaseRequest(case_id=case_id))


def _kept(context: PageContext) -> dict[str, str]:
    """What goes from step to step: the case, the booking in whose place this one comes, and a note that was typed."""
    asked = {name: context.form[name] or context.query(name) for name in ("case", "rebook", "note")}
    return {name: value for name, value in asked.items() if value}
