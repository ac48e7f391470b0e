"""When tasks are due (CM-11)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casemanager.tasks.domain.task import RULES, Kind, Person

DUE_HOUR = time(17)
"""When on its day a task is due, in the zone of whom it is for."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The business days of an organization: Monday to Friday in its zone, less its holidays."""

    zone: str
    holidays: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether people work on it."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def business_day_after(self, now: datetime, days: int) -> date:
        """The so-manieth business day after the day that it is now."""
        day = now.astimezone(ZoneInfo(self.zone)).date()
        while days:
            day += timedelta(days=1)
            days -= self.is_business_day(day)
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a due time is computed from: `zone` is of whom the task is for; `given` and `start_time` are a booking's."""

    calendar: Calendar
    zone: str
    given: datetime | None = None
    start_time: datetime | None = None


def due_on(day: date, zone: str) -> datetime:
    """17:00 of a day, as a wall clock of the zone says; UTC."""
    return datetime.combine(day, DUE_HOUR, ZoneInfo(zone)).astimezone(UTC)


def today(now: datetime, person: Person) -> date:
    """The day that it is where somebody lives."""
    return now.astimezone(ZoneInfo(person.zone)).date()


def due_time(kind: Kind, due: Due, now: datetime) -> datetime:
    """When a task that opens now is due, by the rule of its kind; ValueError where a time that it needs is missing."""
    rule = RULES[kind]
    times = [_known(due.given)] if rule.due_is_given else []
    if rule.business_days:
        times.append(due_on(due.calendar.business_day_after(now, rule.business_days), due.zone))
    return min(max(times), _known(due.start_time)) if rule.before_start else max(times)


def _known(instant: datetime | None) -> datetime:
    if instant is None:
        raise ValueError("A task of this kind is due by a time that was not given.")
    return instant
