"""What a reader's clock says: an instant shortly or whole, a deadline, how long something lasts; and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from babel import Locale, dates, numbers
from markupsafe import Markup

from chassis.regions import TWELVE_HOURS
from portal.core.i18n import N_, I18n

_DAY_MINUTES = 24 * 60
_DUE_DAYS = {0: N_("today"), 1: N_("tomorrow")}
_NEAR_DAYS = {-1: N_("Tomorrow %(time)s"), 0: N_("Today %(time)s"), 1: N_("Yesterday %(time)s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How a reader reads instants at a moment: in their words and zone; the region decides about 12 or 24 hours."""

    i18n: I18n
    zone: tzinfo
    now: datetime
    region: str = ""

    def short(self, instant: datetime, *, in_sentence: bool = False) -> str:
        """`Today 12:17 PM`, `Nov 27, 12:17 PM`; the year only where it is another one. `in_sentence`: `today`."""
        local, today = instant.astimezone(self.zone), self.now.astimezone(self.zone).date()
        clock = self.clock(instant)
        if (near := _NEAR_DAYS.get((today - local.date()).days)) is not None:
            words = self.i18n(near)
            return (words[0].lower() + words[1:] if in_sentence else words) % {"time": clock}
        if local.year == today.year:
            return f"{dates.format_skeleton('MMMd', local, locale=self._locale)}, {clock}"
        return f"{dates.format_date(local, 'medium', locale=self._locale)}, {clock}"

    def deadline(self, instant: datetime, *, in_sentence: bool = False) -> str:
        """The same with the zone, where somebody must not be late: `Today 5:00 PM CST`."""
        return f"{self.short(instant, in_sentence=in_sentence)} {self._zone_name(instant)}"

    def due(self, instant: datetime) -> str:
        """How many days of the reader's calendar until then: `tomorrow`, `in 3 days`, `2 days late`."""
        days = (instant.astimezone(self.zone).date() - self.now.astimezone(self.zone).date()).days
        if instant <= self.now:
            late = self.i18n.plural("%(count)s day late", "%(count)s days late", -days)
            return late % {"count": self.number(-days)} if days < 0 else self.i18n(N_("late since today"))
        if days in _DUE_DAYS:
            return self.i18n(_DUE_DAYS[days])
        return self.i18n(N_("in %(count)s days")) % {"count": self.number(days)}

    def whole(self, instant: datetime) -> str:
        """To the second: `Friday, November 27, 2026, 12:17:05 PM CST`."""
        local = instant.astimezone(self.zone)
        day = dates.format_date(local, "full", locale=self._locale)
        return f"{day}, {dates.format_time(local, 'medium', locale=self._locale)} {self._zone_name(instant)}"

    def clock(self, instant: datetime) -> str:
        """The time of day alone: `12:17 PM`."""
        return str(dates.format_time(instant.astimezone(self.zone), "short", locale=self._locale))

    def wall_clock(self, minute: int) -> str:
        """The same for a minute of any day; 1440 is its end, which clocks show as its beginning."""
        hour, rest = divmod(minute % _DAY_MINUTES, 60)
        return str(dates.format_time(time(hour, rest), "short", locale=self._locale))

    def lasting(self, span: timedelta) -> str:
        """`1 hour`, `15 minutes`: the largest unit that it fills."""
        return str(dates.format_timedelta(span, threshold=1, locale=self._locale))

    def number(self, count: int) -> str:
        """`1,234`, as the region writes it."""
        return str(numbers.format_decimal(count, locale=self._locale))

    def file_size(self, size: int) -> str:
        """`48 KB`, `1.2 MB`: thousands of bytes, and no small ones at all for what is smaller; on one line."""
        if size < 1_000_000:
            return f"{self.number(max(1, round(size / 1000)))}\u00a0KB"
        return f"{numbers.format_decimal(round(size / 1_000_000, 1), locale=self._locale)}\u00a0MB"

    def element(self, instant: datetime, words: str) -> Markup:
        """`<time>` with these words; the whole instant shows when it is pointed at."""
        written = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(written, self.whole(instant), words)

    @property
    def zone_words(self) -> str:
        """The zone as people call it: `Central Time`; by its own name where it lies nowhere: `UTC`."""
        name = str(self.zone)
        is_nowhere = name.partition("/")[0] in {"UTC", "GMT", "Etc"}
        return name if is_nowhere else dates.get_timezone_name(self.zone, locale=self._locale)

    @property
    def _locale(self) -> Locale:
        language = self.i18n.locale.language
        return Locale(language, territory="US") if self.region in TWELVE_HOURS else self.i18n.locale

    def _zone_name(self, instant: datetime) -> str:
        # The zone's own short name: where a locale has none it would write `-0600`.
        return str(instant.astimezone(self.zone).tzname())
