"""What a message is worth."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.quiet_hours import CLOSING, OPENING, next_opening, quiet_zones
from notifications.messages.domain import is_too_late

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
_SINCE = datetime(1990, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)
"""Every zone's clock is a whole number of quarters ahead of UTC or behind it, since 1973."""


@pytest.mark.parametrize(("ahead", "expected"), [(1, False), (0, True), (-1, True)])
def test_expired_message_is_too_late(ahead: int, expected: bool) -> None:
    """NT-01: at `not_after` a message is worth nothing any more."""
    assert expected is is_too_late(NOW + timedelta(seconds=ahead), NOW)


def _is_open(instant: datetime, zone: str) -> bool:
    return OPENING <= instant.astimezone(ZoneInfo(zone)).time() < CLOSING


@given(
    due=st.integers(0, 50 * 366 * 86_400).map(lambda seconds: _SINCE + timedelta(seconds=seconds)),
    zone=st.sampled_from(sorted(available_timezones())),
)
@example(due=datetime(2026, 3, 8, 7, 30, tzinfo=UTC), zone="America/New_York")  # the night that has an hour less
@example(due=datetime(2026, 11, 1, 5, 30, tzinfo=UTC), zone="America/New_York")  # and the one that has an hour more
@example(due=datetime(2011, 12, 30, 9, tzinfo=UTC), zone="Pacific/Apia")  # its 30 December did not take place
def test_text_waits_for_the_next_opening(due: datetime, zone: str) -> None:
    """NT-13: in every zone, over every change of its clocks, the first instant of 8:00 to 21:00 that is not before."""
    opening = next_opening(due, zone)
    assert _is_open(opening, zone)
    if opening != due:
        assert due < opening == opening.replace(second=0, microsecond=0) < due + timedelta(hours=14)
        quarters = int((opening - due) / _QUARTER) + 1
        assert not any(_is_open(max(opening - number * _QUARTER, due), zone) for number in range(1, quarters + 1))


@pytest.mark.parametrize(
    ("due", "zone", "expected"),
    [
        ("2026-01-15T20:59:59-05:00", "America/New_York", "2026-01-15T20:59:59-05:00"),
        ("2026-01-15T21:00:00-05:00", "America/New_York", "2026-01-16T08:00:00-05:00"),
        ("2026-03-08T00:30:00-05:00", "America/New_York", "2026-03-08T08:00:00-04:00"),
        ("2026-01-15T07:59:00+00:00", "Mars/Olympus", "2026-01-15T08:00:00+00:00"),
        ("2026-01-15T07:59:00+00:00", "../etc/passwd", "2026-01-15T08:00:00+00:00"),
        ("2026-01-15T07:59:00+00:00", "", "2026-01-15T08:00:00+00:00"),
    ],
)
def test_texts_go_out_by_day(due: str, zone: str, expected: str) -> None:
    """NT-13: from 8:00 until 21:00 by the clock of the zone, and by UTC for a zone that nobody knows."""
    assert datetime.fromisoformat(expected) == next_opening(datetime.fromisoformat(due), zone)


def test_quiet_zones_are_those_that_wait() -> None:
    """NT-13: at noon in UTC it is night in Honolulu and in Auckland, and not yet eight in New York."""
    assert {"Pacific/Honolulu": True, "Pacific/Auckland": True, "America/New_York": True, "UTC": False} == {
        zone: zone in quiet_zones(NOW) for zone in ("Pacific/Honolulu", "Pacific/Auckland", "America/New_York", "UTC")
    }
