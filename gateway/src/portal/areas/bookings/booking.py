"""One booking: where it stands, what can be done with it now, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from urllib.parse import urlsplit

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.booking_resources_pb2 import STAFF_MEMBER, Booking
from portico.casemanager.v1.bookings_pb2 import (
    GetBookingRequest,
    ListBookingHistoryRequest,
    ListBookingHistoryResponse,
)
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings import file_labels, labels, report_labels
from portal.areas.bookings.actions import DEEDS, Deed
from portal.areas.bookings.changes import changes_of
from portal.areas.bookings.messages import SentMessage, sent_messages
from portal.areas.bookings.options import open_options
from portal.areas.bookings.report_shelf import load_reports
from portal.areas.bookings.shelf import load_files
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side, myself, rebook_address, side_of
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.labels import TASK_TITLES, choice
from portal.core.paging import forward_ways
from portal.core.specialists import MODES
from portal.core.values import values_of

PAGE = 25
_TASKS = 10
"""More are seldom open for one booking."""
_TASKS_OF = {CASE_MANAGERS: "/cm/tasks", STAFF: "/tasks", SPECIALISTS: "/sp/tasks"}
_COMES_FROM = {
    **dict.fromkeys(_TASKS_OF.values(), N_("Tasks")),
    "/cm": N_("Overview"),
    "/sp": N_("Today"),
    "/staff/calendar": N_("Calendar"),
}
"""The pages that lead to a booking, and to which it leads back, beside the lists of bookings."""
_SENTENCES = {CASE_MANAGERS: labels.SENTENCES, STAFF: labels.STAFF_SENTENCES, SPECIALISTS: labels.SPECIALIST_SENTENCES}
_MOMENTS = {CASE_MANAGERS: labels.MOMENTS, STAFF: labels.STAFF_MOMENTS, SPECIALISTS: labels.SPECIALIST_MOMENTS}
_ON_THE_PAGE = frozenset({"/confirm", "/accept", "/refuse", "/decline-move", "/notes"})
"""Deeds that have a place of their own on the page; the others stand in its menu."""
_FIRST = {"/outcome": Booking.CONFIRMED, "/take-over": None}
"""Of the others, those that may be the one thing to do, and in which state; where none is said in any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What the page offers: the first thing to do, the rest in a menu, and what has a place of its own."""

    names: frozenset[str]
    primary: Deed | None
    menu: Sequence[Deed]


async def show(context: PageContext) -> Response:
    """All of it; of a cancelled appointment specialists see number, time and that it is cancelled."""
    side = side_of(context)
    (booking, history, tasks, shelf), versions, values, (person, messages) = await together(
        together(load(context), _history(context, side), _tasks(context), load_files(context)),
        load_reports(context),
        values_of(context),
        together(myself(context), _messages(context, side)),
    )
    staff_ids = [entry.actor_id for entry in history.entries if entry.actor == STAFF_MEMBER]
    staff_ids += [task.assignee_id for task in tasks if task.assignee_kind == Task.STAFF]
    colleagues = await names_of(context, [*staff_ids, booking.responsible_staff_id]) if side is STAFF else {}
    state = choice(booking, "state")
    return context.render(
        "bookings/booking.html",
        labels=labels,
        file_labels=file_labels,
        shelf=shelf,
        versions=versions,
        report_labels=report_labels,
        modes=MODES,
        side=side,
        here=address(context),
        trail=_trail(context, side),
        booking=booking,
        state=state,
        sentence=_sentence(context, booking, side),
        paperwork_due=_paperwork_due(booking, tasks),
        tasks=tasks,
        tasks_path=_TASKS_OF[side],
        titles=TASK_TITLES,
        stages=stages_of(booking),
        offers=_offers(booking, side),
        open_options=open_options(booking),
        messages=messages,
        rebook_address=rebook_address(booking, side, person),
        changes_of=partial(changes_of, i18n=context.i18n),
        entries=history.entries,
        colleagues=colleagues or {},
        values=values,
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


async def _messages(context: PageContext, side: Side) -> Sequence[SentMessage] | None:
    """What was sent about it; only staff are told."""
    return await sent_messages(context, context.param("booking_id")) if side is STAFF else ()


async def _tasks(context: PageContext) -> Sequence[Task]:
    """What is still to be done about it, as far as the reader sees that."""
    request = ListTasksRequest(booking_id=context.param("booking_id"), state=Task.OPEN, page_size=_TASKS)
    return (await context.services.casemanager.ListTasks(request)).tasks


def _paperwork_due(booking: Booking, tasks: Sequence[Task]) -> Timestamp | None:
    """The day of the task where one is open, which leaves time where a booking is made late; None where none is due."""
    due = (task.due_time for task in tasks if task.kind == Task.UPLOAD_PAPERWORK)
    return next(due, booking.paperwork_due_time if booking.HasField("paperwork_due_time") else None)


def _trail(context: PageContext, side: Side) -> tuple[str, str]:
    """Where the reader came from, and its name; else the bookings."""
    back = context.next or side.path
    path = urlsplit(back).path
    is_task = path.startswith(f"{_TASKS_OF[side]}/")
    return back, N_("Task") if is_task else _COMES_FROM.get(path, N_("Bookings"))


def _sentence(context: PageContext, booking: Booking, side: Side) -> str:
    """Where it stands, in words; empty for a state that is newer than we are."""
    moment = ""
    if booking.state == Booking.OFFERED and not open_options(booking):
        moment = "NOTHING_LEFT"
    elif booking.state == Booking.CONFIRMED and booking.end_time.ToDatetime(UTC) <= context.now:
        moment = "OVER"
    return _MOMENTS[side].get(moment) or _SENTENCES[side].get(choice(booking, "state"), "")


def _offers(booking: Booking, side: Side) -> Offers:
    """What the service allows and this side has a page for."""
    of_others = {deed.value for deed in DEEDS if not deed.roles & side.roles}
    if side is not STAFF:
        of_others.add(Booking.OFFER)
    names = {
        action: Booking.Action.Name(action)
        for action in booking.allowed_actions
        if action in _KNOWN and action not in of_others
    }
    allowed = [deed for action in names for deed in DEEDS if deed.value == action and deed.path not in _ON_THE_PAGE]
    primary = next((deed for deed in allowed if _FIRST.get(deed.path, -1) in {None, booking.state}), None)
    return Offers(
        names=frozenset(names.values()), primary=primary, menu=[deed for deed in allowed if deed is not primary]
    )


_KNOWN = frozenset(Booking.Action.values())


def _at_page(context: PageContext, page: str = "") -> str:
    return f"{address(context)}?page={page}" if page else address(context)
