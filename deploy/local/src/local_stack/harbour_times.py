"""When the demo's specialists can be booked: dates and instants of their series, counted from the demo's first day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from local_stack.harbour_people import SYDNEY, DemoSeries

WEEKS = 52
LEAD_DAYS = 15
"""From here on times are booked; nearer ones stay free, and one of them is at other hours."""
_HOLIDAYS = ((1, 1), (1, 26), (4, 25), (12, 25), (12, 26))
_MINUTES = 60


@dataclass(slots=True)
class DemoTimes:
    """What is free from an instant on; nothing is given out twice."""

    began: datetime
    _given: set[tuple[str, datetime]] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The first day, where the provider is."""
        return self.began.astimezone(ZoneInfo(SYDNEY)).date()

    @property
    def monday(self) -> date:
        """On which all series begin."""
        return self.today - timedelta(days=self.today.weekday())

    @property
    def holidays(self) -> list[date]:
        """The fixed ones of the year that follows."""
        years = (self.today.year, self.today.year + 1)
        days = sorted(date(year, month, day) for year in years for month, day in _HOLIDAYS)
        return [day for day in days if self.today <= day < self.monday + timedelta(weeks=WEEKS)]

    def dates(self, series: DemoSeries) -> list[date]:
        """All dates of a series, holidays too."""
        first = self.monday + timedelta(days=series.weekday - 1)
        return [first + timedelta(weeks=week) for week in range(0, WEEKS, series.interval_weeks)]

    def odd_date(self, series: DemoSeries) -> date:
        """The next date of a series that is no holiday: it gets other hours."""
        return next(day for day in self.dates(series) if day > self.today and day not in self.holidays)

    def take(self, series: DemoSeries, *, since: date | None = None) -> str:
        """The start of the first slot that nobody was given yet, as RFC 3339."""
        first = since or self.today + timedelta(days=LEAD_DAYS)
        free = (slot for slot in self._slots(series, first) if (series.specialist.name, slot) not in self._given)
        start = next(free)
        self._given.add((series.specialist.name, start))
        return written(start)

    def around_clock_change(self, series: DemoSeries) -> tuple[str, str]:
        """A slot before the clocks change, far enough ahead, and one after it."""
        changed = _first_change(self.today + timedelta(days=LEAD_DAYS + 7), series.time_zone)
        return self.take(series, since=changed - timedelta(days=7)), self.take(series, since=changed)

    def window(self, days: int) -> dict[str, str]:
        """Working hours in Sydney of a day, so many days from the first one."""
        day = self.today + timedelta(days=LEAD_DAYS + days)
        return {
            "startTime": written(_instant(day, 9 * _MINUTES, SYDNEY)),
            "endTime": written(_instant(day, 17 * _MINUTES, SYDNEY)),
        }

    def _slots(self, series: DemoSeries, first: date) -> Iterator[datetime]:
        begin, end = (hour * _MINUTES for hour in series.hours)
        for day in self.dates(series):
            if day >= first and day not in self.holidays:
                for minute in range(begin, end - series.minutes + 1, series.minutes + series.buffer_minutes):
                    yield _instant(day, minute, series.time_zone)


def _first_change(day: date, zone: str) -> date:
    """The first day from this one on at whose noon clocks show another time than a day before."""
    while _offset(day, zone) == _offset(day - timedelta(days=1), zone):
        day += timedelta(days=1)
    return day


def _offset(day: date, zone: str) -> timedelta | None:
    return datetime.combine(day, time(12), ZoneInfo(zone)).utcoffset()


def _instant(day: date, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(minute // _MINUTES, minute % _MINUTES), ZoneInfo(zone))


def written(instant: datetime) -> str:
    """As RFC 3339."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
