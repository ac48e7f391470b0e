"""One booking: where it stands, what can be done with it now, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portico.casemanager.v1.booking_resources_pb2 import STAFF_MEMBER, Booking
from portico.casemanager.v1.bookings_pb2 import (
    GetBookingRequest,
    ListBookingHistoryRequest,
    ListBookingHistoryResponse,
)
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings import file_labels, labels
from portal.areas.bookings.actions import DEEDS, Deed
from portal.areas.bookings.options import open_options
from portal.areas.bookings.shelf import load_files
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side, show_own_organization, side_of
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.labels import choice
from portal.core.paging import forward_ways
from portal.core.specialists import MODES
from portal.core.values import values_of

PAGE = 25
_SENTENCES = {CASE_MANAGERS: labels.SENTENCES, STAFF: labels.STAFF_SENTENCES, SPECIALISTS: labels.SPECIALIST_SENTENCES}
_ON_THE_PAGE = frozenset({"/confirm", "/accept", "/refuse", "/decline-move", "/notes"})
"""Deeds that have a place of their own on the page; the others stand in its menu."""
_FIRST = ("/outcome", "/take-over")
"""Of the others, those that may be the one thing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What the page offers: the first thing to do, the rest in a menu, and what has a place of its own."""

    names: frozenset[str]
    primary: Deed | None
    menu: Sequence[Deed]


async def show(context: PageContext) -> Response:
    """All of it; of a cancelled appointment specialists see number, time and that it is cancelled."""
    side = side_of(context)
    (booking, history, shelf), values, _ = await together(
        together(load(context), _history(context, side), load_files(context)),
        values_of(context),
        show_own_organization(context),
    )
    staff_ids = [entry.actor_id for entry in history.entries if entry.actor == STAFF_MEMBER]
    colleagues = await names_of(context, [*staff_ids, booking.responsible_staff_id]) if side is STAFF else {}
    state = choice(booking, "state")
    return context.render(
        "bookings/booking.html",
        labels=labels,
        file_labels=file_labels,
        shelf=shelf,
        modes=MODES,
        side=side,
        here=address(context),
        booking=booking,
        state=state,
        sentence=_sentence(booking, side),
        stages=stages_of(booking),
        offers=_offers(booking, side),
        open_options=open_options(booking),
        entries=history.entries,
        colleagues=colleagues or {},
        service=values.words(ValueList.SERVICE_TYPES, booking.service_type),
        ways=forward_ways(context, history.next_page_token, lambda **changes: _at_page(context, **changes)),
    )


async def load(context: PageContext) -> Booking:
    """The booking of the address."""
    request = GetBookingRequest(booking_id=context.param("booking_id"))
    return await context.services.casemanager.GetBooking(request)


def address(context: PageContext) -> str:
    """Where the booking of the address is shown."""
    return f"{side_of(context).path}/{context.param('booking_id')}"


def stages_of(booking: Booking) -> tuple[Sequence[str], int] | None:
    """The words of its line of steps, and which one it has come to; None for one that does not go on."""
    state = choice(booking, "state")
    if state not in labels.STAGES:
        return None
    was_offered = bool(booking.options) or booking.state in {Booking.REQUESTED, Booking.OFFERED}
    names = [name for name in labels.STAGES if was_offered or name != "OFFERED"]
    now = names.index(state)
    return [labels.STAGES[name] for name in names], now + (state == "REPORTED")


async def _history(context: PageContext, side: Side) -> ListBookingHistoryResponse:
    """What happened; specialists see none of it."""
    if side is SPECIALISTS:
        return ListBookingHistoryResponse()
    return await context.services.casemanager.ListBookingHistory(
        ListBookingHistoryRequest(
            booking_id=context.param("booking_id"), page_size=PAGE, page_token=context.query("page")
        )
    )


def _sentence(booking: Booking, side: Side) -> str:
    """Where it stands, in words; empty for a state that is newer than we are."""
    return _SENTENCES[side].get(choice(booking, "state"), "")


def _offers(booking: Booking, side: Side) -> Offers:
    """What the service allows and this side has a page for."""
    of_others = {deed.value for deed in DEEDS if not deed.roles & side.roles}
    names = {
        action: Booking.Action.Name(action)
        for action in booking.allowed_actions
        if action in _KNOWN and action not in of_others
    }
    allowed = [deed for action in names for deed in DEEDS if deed.value == action and deed.path not in _ON_THE_PAGE]
    primary = next((deed for deed in allowed if deed.path in _FIRST), None)
    return Offers(
        names=frozenset(names.values()), primary=primary, menu=[deed for deed in allowed if deed is not primary]
    )


_KNOWN = frozenset(Booking.Action.values())


def _at_page(context: PageContext, page: str = "") -> str:
    return f"{address(context)}?page={page}" if page else address(context)
