"""What staff have to do about bookings: a column for each step, how many are there, and how long each has waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings import history, listing
from portal.areas.bookings.listing import LIST
from portal.areas.bookings.sides import STAFF
from portal.core.context import PageContext
from portal.core.i18n import N_, NC_
from portal.core.values import values_of

PAGE = 10
"""Rows of a column; the list has the others."""
MAX_COUNT = 1000
"""The service counts no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A step: what is in it and how that is sorted, and what it says without anything."""

    id: str
    title: str
    state: str
    order_by: str = "create_time"
    needs: str = ""
    is_ahead: bool = False
    empty: str = N_("Nothing here.")

    def request(self, scope: ListBookingsRequest.Scope.ValueType, now: datetime) -> ListBookingsRequest:
        """Its first rows, and how many there are."""
        narrowed: dict[str, Any] = {self.needs: True} if self.needs else {}
        return ListBookingsRequest(
            page_size=PAGE,
            scope=scope,
            states=[Booking.State.Value(self.state)],
            order_by=self.order_by,
            start_time_from=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if self.is_ahead else "",
            with_counts=True,
            **narrowed,
        )

    def address(self, scope: str) -> str:
        """The list that has exactly what is in it: the history where a state alone does not say it."""
        if not (self.needs or self.is_ahead):
            return listing.Chosen(side=STAFF, scope=scope, states=(self.state,)).address()
        when = "coming" if self.is_ahead else ""
        chosen = history.Chosen(side=STAFF, scope=scope, state=(self.state,), when=when, needs=self.needs)
        return chosen.address(order=self.order_by)


COLUMNS = (
    Column(id="requests", title=N_("Requests"), state="REQUESTED", empty=N_("No open requests.")),
    Column(id="offered", title=N_("Times offered"), state="OFFERED"),
    Column(id="confirmed", title=N_("Confirmed"), state="CONFIRMED", order_by="start_time", is_ahead=True),
    Column(id="outcomes", title=N_("Outcome due"), state="CONFIRMED", order_by="start_time", needs="outcome_due"),
    Column(
        id="reports", title=NC_("column", "Report due"), state="ATTENDED", order_by="start_time", needs="report_due"
    ),
)
"""The steps; what waits for longest stands at the top, and of what is ahead what comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A column with what is in it: the first rows, how many there are in all, and where the list of them is."""

    column: Column
    bookings: Sequence[Booking]
    count: int
    is_more: bool
    list: str


async def show(context: PageContext) -> Response:
    """The columns, of all bookings or of those that the reader looks after."""
    scope = "mine" if context.query("scope") == "mine" else ""
    whose = ListBookingsRequest.MINE if scope else ListBookingsRequest.UNIT
    list_bookings = context.services.casemanager.ListBookings
    found, values = await together(
        together(*(list_bookings(column.request(whose, context.now)) for column in COLUMNS)), values_of(context)
    )
    columns = [_shown(column, answer, scope) for column, answer in zip(COLUMNS, found, strict=True)]
    return context.render(
        "bookings/board.html",
        side=STAFF,
        values=values,
        list_path=LIST,
        scope=scope,
        columns=columns,
        max_count=MAX_COUNT,
    )


def _shown(column: Column, found: ListBookingsResponse, scope: str) -> Filled:
    state = Booking.State.Value(column.state)
    count = next((each.count for each in found.state_counts if each.state == state), len(found.bookings))
    return Filled(
        column=column,
        bookings=found.bookings,
        count=count,
        is_more=bool(found.next_page_token),
        list=column.address(scope),
    )
