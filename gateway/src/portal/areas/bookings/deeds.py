"""The forms and buttons of what is done with a booking, and what is said when it no longer fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from chassis.text import full_name
from portal.areas.bookings import labels
from portal.areas.bookings.actions import CHANGED, DEEDS, Deed
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.options import open_options
from portal.areas.bookings.sides import STAFF, Side, show_own_organization, side_of
from portal.core.colleagues import all_colleagues, colleague_choices
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.specialists import MODES
from portal.core.values import values_of

IN_THE_FORM = {
    "INVALID_REQUEST": "",
    "VALUE_NOT_LISTED": "specialty",
    "REASON_NEEDED": "comment",
    "CASE_MANAGER_INACTIVE": "case_manager_id",
    "CASE_MANAGER_NOT_FOUND": "case_manager_id",
    "STAFF_NOT_FOUND": "responsible_staff_id",
}
"""The refusals that a form can mend, each with the field that it is about where it names none."""
NOT_NOW = frozenset(
    {
        *("ACTION_NOT_ALLOWED", "CONCURRENT_CHANGE", "TOO_LATE", "TOO_EARLY", "SLOT_TAKEN", "REPORT_FILED"),
        *("OPTION_NOT_OPEN", "OPTION_NOT_FOUND"),
    }
)
"""What no longer fits: the page shows what fits now."""
_MAX_PEOPLE = 200
"""How many case managers of a company can be chosen."""


def pages(side: Side) -> Iterator[Page]:
    """The pages of each deed that is for this side."""
    one = side.path + "/{booking_id}"
    for deed in DEEDS:
        if deed.roles & side.roles:
            get = partial(ask, deed) if deed.asks else None
            yield Page(path=one + deed.path, get=get, post=partial(act, deed), roles=side.roles)


async def ask(deed: Deed, context: PageContext) -> Response:
    """The form, where this can be done now; else the booking."""
    booking, _ = await together(load(context), show_own_organization(context))
    if deed.value not in booking.allowed_actions:
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    if not context.form.values:
        fields = ("note", "specialty", "responsible_staff_id")
        written = {name: getattr(booking, name) for name in fields if "written" in deed.asks}
        context.form = Form({**written, "option_id": context.query("option"), "outcome": "ATTENDED"})
    return await _page(deed, context, booking)


async def act(deed: Deed, context: PageContext) -> Response:
    """Does it; when it no longer fits, the booking shows what fits now, and a word says why it was not done.

    Of a booking that somebody has changed meanwhile the form comes again with what was typed, as long as it fits.
    """
    try:
        await deed.call(context)
    except ServiceError as error:
        if error.reason not in NOT_NOW | IN_THE_FORM.keys():
            raise
        if not deed.asks or error.reason in NOT_NOW - {CHANGED}:
            return context.redirect(address(context), flash=error.reason)
        booking, _ = await together(load(context), show_own_organization(context))
        if deed.value not in booking.allowed_actions:
            return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
        context.form = context.form.refused(error, context.i18n, about=IN_THE_FORM.get(error.reason, ""))
        return await _page(deed, context, booking)
    return context.redirect(address(context), flash=deed.flash)


async def _page(deed: Deed, context: PageContext, booking: Booking) -> Response:
    return context.render(
        "bookings/deed.html",
        labels=labels,
        modes=MODES,
        deed=deed,
        booking=booking,
        here=address(context),
        is_staff=side_of(context) is STAFF,
        etag=context.form["etag"] or booking.etag,
        open_options=open_options(booking),
        chosen_options=context.form.all("option_id"),
        **await _choices(deed, context, booking),
    )


async def _choices(deed: Deed, context: PageContext, booking: Booking) -> dict[str, Any]:
    """What the form lets choose from."""
    values = await values_of(context) if "written" in deed.asks else None
    people: Sequence[tuple[str, str]] = ()
    colleagues: Sequence[tuple[str, str]] = ()
    if "person" in deed.asks:
        people = await _people(context, booking)
    if "written" in deed.asks and side_of(context) is STAFF:
        chosen = context.form["responsible_staff_id"]
        colleagues = colleague_choices(await all_colleagues(context), chosen, context)
    specialties: Sequence[tuple[str, str]] = ()
    if values:
        any_ = ("", context.i18n(N_("any")))
        specialties = [any_, *values.choices(ValueList.SPECIALTIES, context.form["specialty"])[1:]]
    return {"people": people, "colleagues": colleagues, "specialties": specialties}


async def _people(context: PageContext, booking: Booking) -> Sequence[tuple[str, str]]:
    """The other active case managers of the company."""
    request = ListCaseManagersRequest(
        page_size=_MAX_PEOPLE,
        company_id=booking.company_id,
        account_status=CaseManager.ACTIVE,
        order_by="family_name",
    )
    found = (await context.services.casemanager.ListCaseManagers(request)).case_managers
    others = [each for each in found if each.id != booking.case_manager_id]
    none = ("", context.i18n(N_("please choose")))
    return [none, *((each.id, full_name(each.given_name, each.family_name)) for each in others)]
