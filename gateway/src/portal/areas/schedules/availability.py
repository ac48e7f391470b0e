"""When a specialist can be booked: a list of blocks and series, or a month of days."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import dates
from portico.casemanager.v1.availabilities_pb2 import ListAvailabilitiesRequest
from portico.casemanager.v1.schedule_resources_pb2 import Availability, CalendarEntry
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.schedules import blocks
from portal.areas.schedules.typed import FIRST_YEAR, LAST_YEAR
from portal.areas.schedules.whose import Whose, whose
from portal.areas.schedules.words import Words
from portal.core.calendars import WEEK_DAYS, Calendar, Day, entries_between, key_of, monday_of
from portal.core.context import PageContext
from portal.core.i18n import zone_named
from portal.core.paging import forward_ways
from portal.core.places import all_places, names_by_id
from portal.core.values import Values, values_of

PAGE = 50


async def show(context: PageContext) -> Response:
    """The list, or the month that the address names; where nothing is yet, a form of three fields."""
    person = await whose(context)
    if context.query("month"):
        return await _month(context, person)
    here = f"{person.base}/availability"
    request = ListAvailabilitiesRequest(
        page_size=PAGE,
        page_token=context.query("page"),
        specialist_id=person.specialist.id,
        from_date=person.today(context).isoformat(),
    )
    found, places, values = await together(
        context.services.casemanager.ListAvailabilities(request), all_places(context), values_of(context)
    )
    if context.query("page") and not found.availabilities:
        return context.redirect(here)

    def address(**changes: str) -> str:
        return f"{here}?{urlencode(changes)}" if changes else here

    return context.render(
        "schedules/availability.html",
        **person.shown(context),
        **blocks.first_choices(context, person, places),
        availabilities=found.availabilities,
        values=values,
        services_of=partial(_services, values),
        words=Words(times=person.times(context), places=names_by_id(places)),
        this_month=f"{person.today(context):%Y-%m}",
        ways=forward_ways(context, found.next_page_token, address),
    )


def _services(values: Values, availability: Availability) -> str:
    """What it is for, in words; empty: for all."""
    return ", ".join(values.words(ValueList.SERVICE_TYPES, key) for key in availability.service_types)


async def _month(context: PageContext, person: Whose) -> Response:
    """Its weeks, from Monday to Sunday, with the days of the months beside it."""
    first = month_of(context.query("month")) or person.today(context).replace(day=1)
    monday = monday_of(first)
    weeks = (monday_of(_next_month(first) - timedelta(days=1)) - monday).days // WEEK_DAYS + 1
    entries, places, values = await together(
        entries_between(context, [person.specialist.id], monday, weeks * WEEK_DAYS, person.zone),
        all_places(context),
        values_of(context),
    )
    calendar = Calendar(
        times=person.times(context),
        places=names_by_id(places),
        hrefs={key_of(entry): _href(person, entry) for entry in entries},
    )
    days = calendar.days(monday, weeks * WEEK_DAYS, entries)
    return context.render(
        "schedules/month.html",
        **person.shown(context),
        values=values,
        title=_title(context, first),
        month=f"{first:%Y-%m}",
        weeks=[(context.i18n.day(monday + timedelta(weeks=week)), _week(days, week)) for week in range(weeks)],
        has_entries=bool(entries),
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{_next_month(first):%Y-%m}",
    )


def month_of(written: str) -> date | None:
    """The first day of a month that an address names: 2027-01; None for what is none, or far away."""
    try:
        first = date.fromisoformat(f"{written}-01")
    except ValueError:
        return None
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else None


def _week(days: Sequence[Day], week: int) -> Sequence[Day]:
    return days[week * WEEK_DAYS : (week + 1) * WEEK_DAYS]


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _title(context: PageContext, first: date) -> str:
    words = str(dates.format_skeleton("yMMMM", first, locale=context.i18n.locale))
    return words[:1].upper() + words[1:]


def _href(person: Whose, entry: CalendarEntry) -> str:
    """A block leads to what can be different on its date."""
    if entry.kind != CalendarEntry.AVAILABLE:
        return ""
    zone = zone_named(entry.time_zone) or ZoneInfo("UTC")
    day = entry.start_time.ToDatetime(zone).date()
    return f"{person.base}/availability/{entry.availability_id}/dates?date={day.isoformat()}"
