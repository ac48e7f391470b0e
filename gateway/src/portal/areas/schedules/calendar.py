"""A week or a day of all specialists, for staff: what is free, held, booked and blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from portico.casemanager.v1.schedule_resources_pb2 import CalendarEntry, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.schedules.typed import FIRST_YEAR, LAST_YEAR
from portal.core.calendars import WEEK_DAYS, Calendar, entries_between, key_of, monday_of
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.paging import forward_ways
from portal.core.places import all_places, names_by_id
from portal.core.specialists import known_specialties
from portal.core.values import values_of

CALENDAR = "/staff/calendar"
PAGE = 20
"""Specialists; a question about their time may name 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which days are shown, a week or one alone, and of which specialty, as it stands in the address."""

    first: date
    is_day: bool
    specialty: str

    @classmethod
    def of(cls, context: PageContext) -> Stretch:
        """From the address; the present week where it names no day."""
        today = context.now.astimezone(context.zone).date()
        day, specialty = _day(context.query("day")), context.query("specialty")[:100]
        if day is not None:
            return cls(first=day, is_day=True, specialty=specialty)
        return cls(first=monday_of(_day(context.query("week")) or today), is_day=False, specialty=specialty)

    @property
    def count(self) -> int:
        """How many days."""
        return 1 if self.is_day else WEEK_DAYS

    def address(self, first: date | None = None, *, is_day: bool | None = None, **changes: str) -> str:
        """The calendar with something changed."""
        name = "day" if (self.is_day if is_day is None else is_day) else "week"
        asked = {name: (first or self.first).isoformat(), "specialty": self.specialty, **changes}
        return f"{CALENDAR}?{urlencode({key: value for key, value in asked.items() if value})}"

    def around(self, today: date) -> Mapping[str, str]:
        """Where the days before and after are, and the present ones; empty for these where they are shown."""
        step = timedelta(days=self.count)
        present = today if self.is_day else monday_of(today)
        return {
            "before": self.address(self.first - step),
            "after": self.address(self.first + step),
            "now": "" if present == self.first else self.address(present),
        }


async def show(context: PageContext) -> Response:
    """A table: who, by day; of one day alone a row for each."""
    today, shown = context.now.astimezone(context.zone).date(), Stretch.of(context)
    request = ListSpecialistsRequest(
        page_size=PAGE, page_token=context.query("page"), specialty=shown.specialty, account_status=Specialist.ACTIVE
    )
    found, places, specialties, values = await together(
        context.services.casemanager.ListSpecialists(request),
        all_places(context),
        known_specialties(context, shown.specialty),
        values_of(context),
    )
    if context.query("page") and not found.specialists:
        return context.redirect(shown.address())
    ids = [specialist.id for specialist in found.specialists]
    # Without an id the question would be about everybody.
    entries = await entries_between(context, ids, shown.first, shown.count, context.zone) if ids else []
    hrefs = {key_of(entry): _href(entry) for entry in entries}
    calendar = Calendar(times=context.times, places=names_by_id(places), hrefs=hrefs)
    of_each = {each: [entry for entry in entries if entry.specialist_id == each] for each in ids}
    return context.render(
        "schedules/calendar.html",
        specialists=[(each, calendar.days(shown.first, shown.count, of_each[each.id])) for each in found.specialists],
        heads=[
            (*head, shown.address(shown.first + timedelta(days=place), is_day=True))
            for place, head in enumerate(calendar.days(shown.first, shown.count, []))
        ],
        shown=shown,
        everybody=shown.address(specialty=""),
        first=(context.i18n.whole_day if shown.is_day else context.i18n.day)(shown.first),
        specialty_options=values.filters(ValueList.SPECIALTIES, specialties),
        around=shown.around(today),
        views=[
            (shown.address(is_day=False), context.i18n(N_("Week")), not shown.is_day, None),
            (shown.address(_within(shown, today), is_day=True), context.i18n(N_("Day")), shown.is_day, None),
        ],
        ways=forward_ways(context, found.next_page_token, shown.address),
        zone=context.times.zone_words,
    )


def _within(shown: Stretch, today: date) -> date:
    """The day to begin with: today, where it is among those that are shown."""
    return today if shown.first <= today < shown.first + timedelta(days=shown.count) else shown.first


def _day(written: str) -> date | None:
    """A day that the address names; None for what is none, or far away."""
    try:
        day = date.fromisoformat(written)
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
