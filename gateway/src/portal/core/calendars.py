"""What stretches of days hold of specialists' time, as the parts of weeks and months show it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from portico.casemanager.v1.schedule_resources_pb2 import Availability, CalendarEntry
from portico.casemanager.v1.slots_pb2 import ListCalendarEntriesRequest

from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.times import Times

WEEK_DAYS = 7
_DAYS_AT_ONCE = 28
"""Of the 31 that one question may ask for: a month in which clocks are put back has an hour more than its days."""
WORDS: Mapping[str, str] = {
    "AVAILABLE": N_("Books at once"),
    "HELD": N_("Held for an offer"),
    "CONFIRMED": N_("Booked"),
    "BLOCKED": N_("Time off"),
}
"""What a stretch of time is."""
KINDS: Mapping[str, str] = {"AVAILABLE": "free", "HELD": "taken", "CONFIRMED": "taken", "BLOCKED": "away"}
"""How `parts/week.html` draws it; a block of which the specialist is asked first is `asked`."""
Shown = tuple[str, str, str, str, str]
"""An entry of `parts/week.html`: beginning and end, both empty for a whole day; words, address, kind."""
Day = tuple[str, bool, list[Shown]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Draws entries day by day, on the clock of `times`; `places` are names by id, `hrefs` where an entry leads."""

    times: Times
    places: Mapping[str, str]
    hrefs: Mapping[str, str]

    def days(self, first: date, count: int, entries: Sequence[CalendarEntry]) -> list[Day]:
        """So many days from the first one on."""
        today = self.times.now.astimezone(self.times.zone).date()
        shown = []
        for place in range(count):
            day = first + timedelta(days=place)
            shown.append((self.times.i18n.weekday(day), day == today, self.on(day, entries)))
        return shown

    def on(self, day: date, entries: Iterable[CalendarEntry]) -> list[Shown]:
        """What a day holds; what begins before it or ends after it is cut at midnight.

        A block of which nothing is free any more is left out: nobody can book it.
        """
        since, until = midnight(day, self.times.zone), midnight(day + timedelta(days=1), self.times.zone)
        held = [
            entry
            for entry in entries
            if entry.start_time.ToDatetime(UTC) < until and since < entry.end_time.ToDatetime(UTC)
        ]
        return [
            (*self._hours(entry, since, until), self._words(entry), self.hrefs.get(key_of(entry), ""), _kind(entry))
            for entry in held
            if not _is_full(entry, held)
        ]

    def _hours(self, entry: CalendarEntry, since: datetime, until: datetime) -> tuple[str, str]:
        start, end = max(entry.start_time.ToDatetime(UTC), since), min(entry.end_time.ToDatetime(UTC), until)
        return ("", "") if (start, end) == (since, until) else (self.times.clock(start), self.times.clock(end))

    def _words(self, entry: CalendarEntry) -> str:
        i18n = self.times.i18n
        name = _name(entry)
        if name != "AVAILABLE":
            return " ".join(filter(None, (i18n(WORDS.get(name, name)), entry.booking_number)))
        words = i18n(N_("We ask first")) if _asks_first(entry) else i18n(WORDS[name])
        where = self.places.get(entry.place_id, "") if entry.place_id else i18n(N_("Telehealth"))
        return " · ".join(filter(None, (words, where)))


async def entries_between(
    context: PageContext, specialist_ids: Sequence[str], first: date, count: int, zone: tzinfo
) -> list[CalendarEntry]:
    """What so many days of some specialists hold, by start; what reaches over the end of a question stands once."""
    starts = range(0, count, _DAYS_AT_ONCE)
    asked = [
        context.services.casemanager.ListCalendarEntries(
            ListCalendarEntriesRequest(
                specialist_ids=specialist_ids,
                start_time=_written(first + timedelta(days=start), zone),
                end_time=_written(first + timedelta(days=min(start + _DAYS_AT_ONCE, count)), zone),
            )
        )
        for start in starts
    ]
    found = {key_of(entry): entry for answer in await together(*asked) for entry in answer.entries}
    return sorted(found.values(), key=lambda entry: entry.start_time.ToNanoseconds())


def key_of(entry: CalendarEntry) -> str:
    """What tells an entry from all others."""
    which = entry.availability_id or entry.time_off_id or entry.booking_id
    return f"{entry.specialist_id} {_name(entry)} {entry.start_time.ToNanoseconds()} {which}"


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins; the first instant of it where the clocks skip its beginning."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def _written(day: date, zone: tzinfo) -> str:
    return f"{midnight(day, zone):%Y-%m-%dT%H:%M:%SZ}"


def _name(entry: CalendarEntry) -> str:
    value = CalendarEntry.Kind.DESCRIPTOR.values_by_number.get(entry.kind)
    return value.name if value else str(entry.kind)


def _kind(entry: CalendarEntry) -> str:
    return "asked" if _asks_first(entry) else KINDS.get(_name(entry), "taken")


def _asks_first(entry: CalendarEntry) -> bool:
    return entry.kind == CalendarEntry.AVAILABLE and entry.availability_kind == Availability.ON_DEMAND


def _is_full(entry: CalendarEntry, beside: Iterable[CalendarEntry]) -> bool:
    """Whether it is a block of which every minute is held, booked or time off."""
    if entry.kind != CalendarEntry.AVAILABLE:
        return False
    free_from, end = entry.start_time.ToNanoseconds(), entry.end_time.ToNanoseconds()
    taken = (
        (each.start_time.ToNanoseconds(), each.end_time.ToNanoseconds())
        for each in beside
        if each.kind != CalendarEntry.AVAILABLE and each.specialist_id == entry.specialist_id
    )
    for since, until in sorted(taken):
        if since > free_from:
            break
        free_from = max(free_from, until)
    return free_from >= end
