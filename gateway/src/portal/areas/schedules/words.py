"""An availability and a time off in words, as their specialist would say them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from babel import dates, lists
from portico.casemanager.v1.schedule_resources_pb2 import Availability, AvailabilityException, TimeOff

from portal.areas.schedules import labels
from portal.core.i18n import N_, I18n
from portal.core.labels import choice, label
from portal.core.specialists import mode_words
from portal.core.times import Times
from portal.core.zones import zone_words

WEEKDAYS = range(1, 8)
"""Monday is 1, as in ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Says what stands in a schedule to a reader; `places` are names by id."""

    times: Times
    places: Mapping[str, str]

    @property
    def i18n(self) -> I18n:
        """The reader's language."""
        return self.times.i18n

    def days(self, availability: Availability) -> str:
        """`Monday and Wednesday, every 2 weeks`, or the one day."""
        if not availability.weekdays:
            return self.day(availability.start_date)
        days = self._weekdays(availability.weekdays)
        count = availability.interval_weeks
        said = self.i18n(N_("%(days)s, every week")) if count == 1 else self.i18n(N_("%(days)s, every %(count)s weeks"))
        return said % {"days": days[:1].upper() + days[1:], "count": count}

    def _weekdays(self, numbers: Sequence[int]) -> str:
        """`Monday to Friday` for three or more in a row, else each by its name."""
        named = [weekday_name(self.i18n, number) for number in numbers]
        if len(numbers) > 2 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
            return self.i18n(N_("%(first)s to %(last)s")) % {"first": named[0], "last": named[-1]}
        return str(lists.format_list(named, locale=self.i18n.locale))

    def until(self, availability: Availability) -> str:
        """From which day to which day a series goes; empty for one day."""
        if not availability.weekdays:
            return ""
        first, last = self.day(availability.start_date), self.day(availability.end_date)
        return self.i18n(N_("%(first)s to %(last)s")) % {"first": first, "last": last}

    def hours(self, block: Availability | AvailabilityException) -> str:
        """`9:00 AM–12:00 PM` on its own clock."""
        return f"{self.times.wall_clock(block.start_minute)}–{self.times.wall_clock(block.end_minute)}"

    def where(self, availability: Availability) -> str:
        """The place, or how else people are seen."""
        return self.places.get(availability.place_id, "") or mode_words(availability.mode, self.i18n)

    def zone(self, availability: Availability) -> str:
        """Whose clock its hours are on."""
        return zone_words(self.i18n.language, availability.time_zone)

    def kind(self, availability: Availability) -> str:
        """What a request of its times comes to."""
        return self.i18n(label(labels.KINDS, availability, "kind"))

    def color(self, availability: Availability) -> str:
        """The state whose colour the badge of its kind has."""
        return labels.COLORS.get(choice(availability, "kind"), "")

    def exception(self, exception: AvailabilityException) -> str:
        """What is different on a date."""
        said = self.i18n(label(labels.EXCEPTIONS, exception, "kind"))
        is_changed = exception.kind == AvailabilityException.CHANGED
        return f"{said}: {self.hours(exception)}" if is_changed else said

    def day(self, written: str) -> str:
        """`Mon, Feb 1, 2027`, from how the contract writes it."""
        return str(dates.format_skeleton("yMMMEd", date.fromisoformat(written), locale=self.i18n.locale))

    def away(self, time_off: TimeOff) -> str:
        """From when to when, on the specialist's clock; whole days without their hours."""
        zone = self.times.zone
        start, end = (each.ToDatetime(UTC).astimezone(zone) for each in (time_off.start_time, time_off.end_time))
        first = self.day(start.date().isoformat())
        if _is_midnight(start) and _is_midnight(end):
            last = self.day((end.date() - timedelta(days=1)).isoformat())
            return first if first == last else self.i18n(N_("%(first)s to %(last)s")) % {"first": first, "last": last}
        last = self.day(end.date().isoformat())
        hours = self.times.clock(start), self.times.clock(end)
        if first == last:
            return f"{first}, {hours[0]}–{hours[1]}"
        return self.i18n(N_("%(first)s to %(last)s")) % {"first": f"{first}, {hours[0]}", "last": f"{last}, {hours[1]}"}


def weekday_name(i18n: I18n, number: int) -> str:
    """`Monday` for 1."""
    return str(i18n.locale.days["stand-alone"]["wide"][number - 1])


def weekday_chips(i18n: I18n, chosen: Sequence[str]) -> list[tuple[str, str, bool, None]]:
    """The days of the week to choose from."""
    names = i18n.locale.days["stand-alone"]["abbreviated"]
    return [(str(number), names[number - 1], str(number) in chosen, None) for number in WEEKDAYS]


def _is_midnight(instant: datetime) -> bool:
    return (instant.hour, instant.minute, instant.second) == (0, 0, 0)
