"""When the demo's provider books: the times that it takes, whatever the day of the first start."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from local_stack.harbour_people import CHEN_SURE, OKAFOR_ASKED, SERIES, SYDNEY, WIREMU_SURE
from local_stack.harbour_times import LEAD_DAYS, DemoTimes

FIRST_STARTS = [datetime(2026, 11, 30, 16, 5, tzinfo=UTC) + timedelta(days=days) for days in range(0, 366, 13)]


def local(instant: str, zone: str = SYDNEY) -> datetime:
    """What a clock there shows."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))


@pytest.mark.parametrize("began", FIRST_STARTS)
def test_no_time_is_given_twice(began: datetime) -> None:
    """OP-01: each one is on a date of its series, far enough ahead, in its hours, and on no holiday."""
    times = DemoTimes(began)
    for series in SERIES:
        given = [local(times.take(series), series.time_zone) for _ in range(12)]
        assert sorted(set(given)) == given
        begin, end = series.hours
        for start in given:
            assert series.weekday == start.isoweekday()
            assert begin <= start.hour < end
            assert start.date() >= times.today + timedelta(days=LEAD_DAYS)
            assert start.date() not in times.holidays


@pytest.mark.parametrize("began", FIRST_STARTS)
def test_a_booking_is_moved_across_a_change_of_the_clocks(began: datetime) -> None:
    """CM-06: the hour on the wall stays, and the two times have other offsets."""
    before, after = map(local, DemoTimes(began).around_clock_change(CHEN_SURE))
    assert before.time() == after.time()
    assert before.utcoffset() != after.utcoffset()
    assert timedelta(days=7) == after.replace(tzinfo=None) - before.replace(tzinfo=None)


def test_each_holiday_of_the_year_cancels_somebodys_times() -> None:
    """CM-06: every weekday has a series, and its dates are those on which it takes place."""
    times = DemoTimes(datetime(2026, 11, 30, 16, 5, tzinfo=UTC))
    assert [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 1, 26)] == times.holidays[:4]
    assert date(2027, 1, 26) in times.dates(CHEN_SURE)
    assert {1, 2, 3, 4, 5} == {series.weekday for series in SERIES}


def test_a_series_of_every_other_week_skips_the_weeks_between() -> None:
    """CM-06: they count from the first Monday; the first day is the provider's, where it is tomorrow already."""
    times = DemoTimes(datetime(2026, 11, 30, 16, 5, tzinfo=UTC))
    assert date(2026, 12, 1) == times.today
    assert [date(2026, 12, 2), date(2026, 12, 16)] == times.dates(OKAFOR_ASKED)[:2]
    assert date(2026, 12, 7) == times.odd_date(WIREMU_SURE)
