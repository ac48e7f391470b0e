"""The week of all specialists, for staff: what is free, held, booked and blocked."""

from datetime import date, timedelta
from urllib.parse import urlencode

from portico.casemanager.v1.schedule_resources_pb2 import CalendarEntry, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.schedules.typed import FIRST_YEAR, LAST_YEAR
from portal.core.calendars import WEEK_DAYS, Calendar, entries_between, key_of, monday_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.paging import forward_ways
from portal.core.places import all_places, names_by_id
from portal.core.specialists import known_specialties

CALENDAR = "/staff/calendar"
PAGE = 20
"""Specialists; a question about their time may name 50."""


async def show(context: PageContext) -> Response:
    """A table: who, by day."""
    today = context.now.astimezone(context.zone).date()
    monday = monday_of(_day(context) or today)
    specialty = context.query("specialty")[:80]
    request = ListSpecialistsRequest(
        page_size=PAGE, page_token=context.query("page"), specialty=specialty, account_status=Specialist.ACTIVE
    )
    found, places, specialties = await together(
        context.services.casemanager.ListSpecialists(request),
        all_places(context),
        known_specialties(context, specialty),
    )

    def address(**changes: str) -> str:
        asked = {"week": monday.isoformat(), "specialty": specialty, **changes}
        return f"{CALENDAR}?{urlencode({name: value for name, value in asked.items() if value})}"

    if context.query("page") and not found.specialists:
        return context.redirect(address())
    ids = [specialist.id for specialist in found.specialists]
    # Without an id the question would be about everybody.
    entries = await entries_between(context, ids, monday, WEEK_DAYS, context.zone) if ids else []
    hrefs = {key_of(entry): _href(entry) for entry in entries}
    calendar = Calendar(times=context.times, places=names_by_id(places), hrefs=hrefs)
    of_each = {each: [entry for entry in entries if entry.specialist_id == each] for each in ids}
    return context.render(
        "schedules/calendar.html",
        specialists=[(each, calendar.days(monday, WEEK_DAYS, of_each[each.id])) for each in found.specialists],
        heads=calendar.days(monday, WEEK_DAYS, []),
        week=context.i18n.day(monday),
        monday=monday.isoformat(),
        specialty=specialty,
        specialty_options=[("", context.i18n(N_("any"))), *((each, each) for each in specialties)],
        before=address(week=(monday - timedelta(weeks=1)).isoformat()),
        after=address(week=(monday + timedelta(weeks=1)).isoformat()),
        now="" if monday == monday_of(today) else address(week=today.isoformat()),
        ways=forward_ways(context, found.next_page_token, address),
        zone=context.times.zone_words,
    )


def _day(context: PageContext) -> date | None:
    """A day of the week that the address names; None for what is none, or far away."""
    try:
        day = date.fromisoformat(context.query("week"))
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year < LAST_YEAR else None  # with weeks to go on to


def _href(entry: CalendarEntry) -> str:
    page = f"/specialists/{entry.specialist_id}"
    if entry.kind == CalendarEntry.AVAILABLE:
        return f"{page}/availability"
    if entry.booking_id:
        return f"/staff/bookings/{entry.booking_id}"
    return f"{page}/time-off" if entry.kind == CalendarEntry.BLOCKED else ""
