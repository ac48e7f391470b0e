"""When a specialist is away: what is entered, one more, and what is taken back."""

from dataclasses import replace
from urllib.parse import urlencode

from portico.casemanager.v1.schedule_resources_pb2 import TimeOff
from portico.casemanager.v1.time_off_pb2 import CreateTimeOffRequest, DeleteTimeOffRequest, ListTimeOffRequest
from portico_errors.casemanager import TimeOffNotFound
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from chassis.wire import timestamp
from portal.areas.schedules.typed import instant_of
from portal.areas.schedules.whose import base_of, specialist_id_of, whose
from portal.areas.schedules.words import Words
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.paging import forward_ways
from portal.core.specialists import InTheWay
from portal.core.values import values_of

PAGE = 50
_FIELDS = {"start_time": "start_day", "end_time": "end_day"}
"""The fields of the form, by those of the contract that it makes."""


async def show(context: PageContext, *, in_the_way: InTheWay | None = None) -> Response:
    """What lies ahead, and a form for more; `in_the_way`: bookings for which the form was refused."""
    person, here = await whose(context), _here(context)
    request = ListTimeOffRequest(page_size=PAGE, page_token=context.query("page"), specialist_id=person.specialist.id)
    found, values = await together(context.services.casemanager.ListTimeOff(request), values_of(context))
    if context.query("page") and not found.time_off:
        return context.redirect(here)

    def address(**changes: str) -> str:
        return f"{here}?{urlencode(changes)}" if changes else here

    return context.render(
        "schedules/time_off.html",
        **person.shown(context),
        values=values,
        time_off=found.time_off,
        words=Words(times=person.times(context), places={}),
        in_the_way=in_the_way,
        today=person.today(context).isoformat(),
        ways=forward_ways(context, found.next_page_token, address),
    )


async def create(context: PageContext) -> Response:
    """Blocks the time; bookings in it are named, and may stay when that is ticked."""
    person, form = await whose(context), context.form
    if not form["end_day"]:
        form = Form({**form.values, "end_day": form["start_day"]})
    try:
        request = CreateTimeOffRequest(
            request_id=form["request_id"],
            specialist_id=person.specialist.id,
            start_time=timestamp(instant_of(form, "start_day", "start_clock", person.zone)),
            end_time=timestamp(instant_of(form, "end_day", "end_clock", person.zone, is_end=True)),
            reason=form["reason"],
            even_if_booked=bool(form["even_if_booked"]),
        )
        await context.services.casemanager.CreateTimeOff(request)
    except ServiceError as error:
        if error.reason not in {"INVALID_REQUEST", "BOOKINGS_IN_THE_WAY"}:
            raise
        refused = context.form.refused(error, context.i18n)
        problems = {_FIELDS.get(name, name): said for name, said in refused.problems.items()}
        context.form = replace(refused, problems=problems)
        in_the_way = InTheWay.of(error) if error.reason == "BOOKINGS_IN_THE_WAY" else None
        return await show(context, in_the_way=in_the_way)
    return context.redirect(_here(context), flash="time-off-created")


async def ask_removal(context: PageContext) -> Response:
    """Which one, before it is taken back."""
    person, time_off = await together(whose(context), _load(context))
    words = Words(times=person.times(context), places={})
    return context.render("schedules/remove_time_off.html", **person.shown(context), time_off=time_off, words=words)


async def remove(context: PageContext) -> Response:
    """Lets the time be booked again; when it was taken back meanwhile, a word says so."""
    request = DeleteTimeOffRequest(
        request_id=context.form["request_id"],
        specialist_id=await specialist_id_of(context),
        time_off_id=context.param("time_off_id"),
    )
    flash = "time-off-removed"
    try:
        await context.services.casemanager.DeleteTimeOff(request)
    except ServiceError as error:
        if error.reason != "TIME_OFF_NOT_FOUND":
            raise
        flash = error.reason
    return context.redirect(_here(context), flash=flash)


async def _load(context: PageContext) -> TimeOff:
    """The time off of the address; raises TimeOffNotFound."""
    request = ListTimeOffRequest(page_size=200, specialist_id=await specialist_id_of(context))
    while True:
        page = await context.services.casemanager.ListTimeOff(request)
        for each in page.time_off:
            if each.id == context.param("time_off_id"):
                return each
        if not page.next_page_token:
            raise TimeOffNotFound()
        request.page_token = page.next_page_token


def _here(context: PageContext) -> str:
    return f"{base_of(context)}/time-off"
