"""Where specialists begin: who comes today or on another day, and what the days ahead hold."""

from dataclasses import replace
from datetime import UTC, date, timedelta, tzinfo

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.schedule_resources_pb2 import CalendarEntry
from starlette.responses import Response

from chassis.tasks import together
from portal.core.calendars import WEEK_DAYS, Calendar, entries_between, key_of, midnight
from portal.core.context import PageContext
from portal.core.i18n import zone_named
from portal.core.labels import TASK_TITLES
from portal.core.organizations import show_organization
from portal.core.places import all_places, names_by_id
from portal.core.specialists import MODES, own_specialist
from portal.core.tasks import next_tasks
from portal.core.zones import zone_words

TODAY = "/sp"
_DAYS_AHEAD = 28
"""How far the page looks for the next appointment."""
_ONE_DAY = timedelta(days=1)
_MAX_APPOINTMENTS = 50
"""Of a day; more of ten minutes each do not fit into one."""
_BOOKED = (Booking.CONFIRMED, Booking.ATTENDED, Booking.NOT_ATTENDED, Booking.REPORTED)
_MAX_DAYS = 3 * 366
"""How far from today a day may be; nobody is booked further ahead."""


async def show(context: PageContext) -> Response:
    """The page; a login without a profile reads whom to ask."""
    _, specialist = await together(
        show_organization(context, context.person.realm, context.person.organization), own_specialist(context)
    )
    if specialist is None:
        return context.render("sp/no_profile.html", status=404)
    zone = zone_named(specialist.time_zone) or UTC
    times = replace(context.times, zone=zone)
    today = context.now.astimezone(zone).date()
    day = _chosen(context, today)
    entries, places, waiting, found = await together(
        entries_between(context, [specialist.id], day, _DAYS_AHEAD, zone),
        all_places(context),
        next_tasks(context),
        _appointments(context, day, zone),
    )
    hrefs = {key_of(entry): f"/sp/bookings/{entry.booking_id}" for entry in entries if entry.booking_id}
    calendar = Calendar(times=times, places=names_by_id(places), hrefs=hrefs)
    booked = [entry for entry in entries if entry.kind == CalendarEntry.CONFIRMED]
    days = calendar.days(day, WEEK_DAYS, entries)
    later = [entry for entry in booked if entry.start_time.ToDatetime(zone).date() > day]
    return context.render(
        "sp/today.html",
        specialist=specialist,
        waiting=waiting,
        titles=TASK_TITLES,
        day=context.i18n.whole_day(day),
        is_today=day == today,
        before=f"{TODAY}?day={day - _ONE_DAY}",
        after=f"{TODAY}?day={day + _ONE_DAY}",
        appointments=found.bookings,
        may_record=lambda booking: Booking.RECORD_OUTCOME in booking.allowed_actions,
        modes=MODES,
        later=later[0] if later else None,
        days=days,
        has_times=any(entry.kind == CalendarEntry.AVAILABLE for entry in entries),
        times=times,
        zone=zone_words(context.i18n.language, specialist.time_zone),
    )


async def _appointments(context: PageContext, day: date, zone: tzinfo) -> ListBookingsResponse:
    """Who comes on a day, also those of whom somebody has said whether they came."""
    since, until = (f"{midnight(each, zone):%Y-%m-%dT%H:%M:%SZ}" for each in (day, day + _ONE_DAY))
    request = ListBookingsRequest(
        page_size=_MAX_APPOINTMENTS,
        states=_BOOKED,
        start_time_from=since,
        start_time_before=until,
        order_by="start_time",
    )
    return await context.services.casemanager.ListBookings(request)


def _chosen(context: PageContext, today: date) -> date:
    """The day that the address names, where there is one and it is not too far away; else today."""
    try:
        day = date.fromisoformat(context.query("day"))
    except ValueError:
        return today
    return day if abs(day - today) <= _MAX_DAYS * _ONE_DAY else today
