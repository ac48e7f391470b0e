"""The list of bookings: whose, in which states, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.resources_pb2 import CaseManager
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings import labels
from portal.areas.bookings.options import open_options
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side, myself, rebook_address, side_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.paging import forward_ways
from portal.core.specialists import MODES
from portal.core.values import values_of

PAGE = 25
LIST = f"{STAFF.path}/list"
"""Where staff have them as a table; their bookings begin with the board."""
_SCOPES = {"": ListBookingsRequest.MINE, "unit": ListBookingsRequest.UNIT}
_STAFFS_SCOPES = {"": ListBookingsRequest.UNIT, "mine": ListBookingsRequest.MINE}
_SCOPES_OF = {CASE_MANAGERS: _SCOPES, STAFF: _STAFFS_SCOPES, SPECIALISTS: {"": ListBookingsRequest.UNIT}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; empty: everything."""

    side: Side
    scope: str = ""
    states: tuple[str, ...] = ()
    case: str = ""

    @classmethod
    def of(cls, context: PageContext) -> Chosen:
        """From the address; what there is not is passed over."""
        side, scope = side_of(context), context.query("scope")
        asked = context.request.query_params.getlist("state")
        return cls(
            side=side,
            scope=scope if scope in _SCOPES_OF[side] else "",
            states=tuple(state for state in labels.STATES if state in asked),
            case=context.query("case")[:36],
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.states or self.case)

    def address(self, **changes: Any) -> str:
        """The list with something changed, from its first page on."""
        asked = {"scope": self.scope, "state": self.states, "case": self.case, **changes}
        query = urlencode({name: value for name, value in asked.items() if value}, doseq=True)
        path = LIST if self.side is STAFF else self.side.path
        return f"{path}?{query}" if query else path

    def request(self, **fields: Any) -> ListBookingsRequest:
        """The same for the contract."""
        states = [Booking.State.Value(state) for state in self.states]
        return ListBookingsRequest(
            **{"scope": _SCOPES_OF[self.side][self.scope], "states": states, "case_id": self.case, **fields}
        )


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one. A login without a profile begins at its own page."""
    chosen = Chosen.of(context)
    try:
        person, found, values = await together(myself(context), _found(context, chosen), values_of(context))
    except ServiceError as error:
        if error.reason != "CASE_MANAGER_NOT_FOUND":
            raise
        return context.redirect(context.home)
    if context.query("page") and not found.bookings:
        return context.redirect(chosen.address())
    i18n = context.i18n
    return context.render(
        "bookings/list.html",
        labels=labels,
        values=values,
        modes=MODES,
        chosen=chosen,
        side=chosen.side,
        is_staff=chosen.side is STAFF,
        is_specialist=chosen.side is SPECIALISTS,
        has_unit=bool(person and person.business_unit_id),
        bookings=found.bookings,
        next_step=partial(next_step, person=person),
        open_options=open_options,
        state_options=[(state, i18n(words), state in chosen.states, None) for state, words in labels.STATES.items()],
        ways=forward_ways(context, found.next_page_token, chosen.address),
    )


def next_step(booking: Booking, side: Side, person: CaseManager | None) -> tuple[str, str]:
    """What a row leads to: an address and its words, both empty where nothing is to be done; `person` is who reads."""
    here = f"{side.path}/{booking.id}"
    names = [Booking.Action.Name(action) for action in booking.allowed_actions if action in _KNOWN]
    first = next((name for name in names if name in labels.NEXT_STEPS), "")
    waits_for_another = first == "OFFER" and booking.state == Booking.OFFERED and open_options(booking)
    if waits_for_another or (first == "RECORD_OUTCOME" and booking.state != Booking.CONFIRMED):
        first = ""
    if first:
        return here, labels.NEXT_STEPS[first]
    address = rebook_address(booking, side, person)
    return address, N_("Book again") if address else ""


_KNOWN = frozenset(Booking.Action.values())
"""A service that is a release ahead may allow more than we know."""


async def _found(context: PageContext, chosen: Chosen) -> ListBookingsResponse:
    request = chosen.request(page_size=PAGE, page_token=context.query("page"))
    return await context.services.casemanager.ListBookings(request)
