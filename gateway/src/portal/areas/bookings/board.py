"""What staff have to do about bookings, a column for each step, with how long each has waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest, ListTasksResponse
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings.listing import LIST
from portal.areas.bookings.sides import STAFF
from portal.core.context import PageContext
from portal.core.i18n import N_

PAGE = 10
"""Rows of a column; the list has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A step: what is in it, what it says without anything, and where the list of all of it is."""

    id: str
    title: str
    bookings: Sequence[Booking] = ()
    tasks: Sequence[Task] = ()
    empty: str = N_("Nothing here.")
    more: str = ""


async def show(context: PageContext) -> Response:
    """The columns, of all bookings or of those that the reader looks after."""
    scope = "mine" if context.query("scope") == "mine" else ""
    states = (Booking.REQUESTED, Booking.OFFERED, Booking.CONFIRMED, Booking.ATTENDED)
    (requested, offered, confirmed, attended), outcomes = await together(
        together(*(_in(context, scope, state) for state in states)), _outcomes(context)
    )
    columns = [
        Column(
            id="requests",
            title=N_("Requests"),
            bookings=requested.bookings,
            empty=N_("No open requests."),
            more=_more("REQUESTED", scope, requested.next_page_token),
        ),
        Column(
            id="offered",
            title=N_("Times offered"),
            bookings=offered.bookings,
            more=_more("OFFERED", scope, offered.next_page_token),
        ),
        Column(
            id="confirmed",
            title=N_("Confirmed"),
            bookings=confirmed.bookings,
            more=_more("CONFIRMED", scope, confirmed.next_page_token),
        ),
        Column(
            id="outcomes",
            title=N_("Outcome due"),
            tasks=[task for task in outcomes.tasks if task.booking_id],
            more="/tasks?kind=RECORD_OUTCOME" if outcomes.next_page_token else "",
        ),
        Column(
            id="reports",
            title=N_("Report due"),
            bookings=attended.bookings,
            more=_more("ATTENDED", scope, attended.next_page_token),
        ),
    ]
    return context.render("bookings/board.html", side=STAFF, list_path=LIST, scope=scope, columns=columns)


async def _in(context: PageContext, scope: str, state: Booking.State.ValueType) -> ListBookingsResponse:
    whose = ListBookingsRequest.MINE if scope else ListBookingsRequest.UNIT
    return await context.services.casemanager.ListBookings(
        ListBookingsRequest(page_size=PAGE, scope=whose, states=[state])
    )


async def _outcomes(context: PageContext) -> ListTasksResponse:
    """Appointments that are over and of which nobody has said who came, whoever is to say it."""
    return await context.services.casemanager.ListTasks(ListTasksRequest(page_size=PAGE, kind=Task.RECORD_OUTCOME))


def _more(state: str, scope: str, token: str) -> str:
    """Where all of a state are listed; empty where the column has them all."""
    if not token:
        return ""
    return f"{LIST}?scope={scope}&state={state}" if scope else f"{LIST}?state={state}"
