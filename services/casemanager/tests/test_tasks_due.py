"""When tasks are due (CM-11)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemanager.tasks.domain.due import Calendar, Due, due_on, due_time
from casemanager.tasks.domain.task import RULES, AssigneeKind, ByHand, Kind

SYDNEY, PERTH = "Australia/Sydney", "Australia/Perth"
NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)
"""Tuesday noon in Sydney."""


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        # Thursday evening in Sydney is Friday's and Monday's work, at 17:00 of daylight saving time.
        (utc(2026, 1, 15, 12), "Australia/Sydney", utc(2026, 1, 19, 6)),
        # It is Friday there while it is Thursday in UTC.
        (utc(2026, 1, 15, 14), "Australia/Sydney", utc(2026, 1, 20, 6)),
        # Friday, Saturday and Sunday: the Tuesday after.
        (utc(2026, 1, 16, 1), "Australia/Sydney", utc(2026, 1, 20, 6)),
        (utc(2026, 1, 17, 1), "Australia/Sydney", utc(2026, 1, 20, 6)),
        (utc(2026, 1, 18, 1), "Australia/Sydney", utc(2026, 1, 20, 6)),
        # Monday, also a minute after 17:00.
        (utc(2026, 1, 19, 6, 1), "Australia/Sydney", utc(2026, 1, 21, 6)),
        # The clocks go back on Sunday, 5 April: 17:00 of Tuesday is an hour later in UTC.
        (utc(2026, 4, 3, 1), "Australia/Sydney", utc(2026, 4, 7, 7)),
        # They go forward on Sunday, 8 March, in New York.
        (utc(2026, 3, 6, 15), "America/New_York", utc(2026, 3, 10, 21)),
        (utc(2026, 3, 5, 15), "America/New_York", utc(2026, 3, 9, 21)),
        (utc(2026, 10, 30, 15), "America/New_York", utc(2026, 11, 3, 22)),
        (utc(2026, 12, 31, 12), "UTC", utc(2027, 1, 4, 17)),
    ],
)
def test_when_a_task_is_due(now: datetime, zone: str, due: datetime) -> None:
    """CM-11: 17:00 two business days later, as the organization's wall clock says."""
    assert due == due_time(Kind.ENABLE_LOGIN, Due(calendar=Calendar(zone=zone), zone=zone), now)


ZONES = st.sampled_from(["Australia/Sydney", "America/New_York", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati"])


@given(
    now=st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: utc(2025, 1, 1) + timedelta(minutes=minutes)),
    zone=ZONES,
    days=st.integers(1, 12),
    holidays=st.sets(st.integers(-1, 20), max_size=8),
)
def test_business_days_are_counted(now: datetime, zone: str, days: int, holidays: set[int]) -> None:
    """CM-11: as many days from Monday to Friday and no holidays lie up to the due one, and it is the last of them."""
    today = now.astimezone(ZoneInfo(zone))
    off = frozenset(today.date() + timedelta(days=number) for number in holidays)
    day = Calendar(zone=zone, holidays=off).business_day_after(now, days)
    due = due_on(day, zone).astimezone(ZoneInfo(zone))
    assert (day, 17, 0, 0) == (due.date(), due.hour, due.minute, due.second)
    passed = [today.date() + timedelta(days=number + 1) for number in range((day - today.date()).days)]
    assert days == len([each for each in passed if each.isoweekday() <= 5 and each not in off])
    assert day.isoweekday() <= 5
    assert day not in off


def due(kind: Kind, *, now: datetime = NOW, zone: str = SYDNEY, **facts: datetime) -> datetime:
    return due_time(kind, Due(calendar=Calendar(zone=SYDNEY), zone=zone, **facts), now)


def test_days_are_the_organizations_and_the_hour_is_the_addressees() -> None:
    """CM-11: business days are counted where the organization is; it is due at 17:00 of whom it is for."""
    # Tuesday evening in Perth, and Wednesday in Sydney: the next business day is Thursday, at 17:00 in Perth.
    late = datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert datetime(2026, 3, 5, 9, tzinfo=UTC) == due(Kind.RECORD_OUTCOME, now=late, zone=PERTH)
    # A holiday of the organization is none of theirs to work on.
    calendar = Calendar(zone=SYDNEY, holidays=frozenset({date(2026, 3, 5)}))
    assert datetime(2026, 3, 6, 9, tzinfo=UTC) == due_time(
        Kind.RECORD_OUTCOME, Due(calendar=calendar, zone=PERTH), late
    )


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (Kind.ANSWER_REQUEST, 1),
        (Kind.CHECK_FILE, 1),
        (Kind.MOVE_BOOKINGS, 1),
        (Kind.RECORD_OUTCOME, 1),
        (Kind.ENABLE_LOGIN, 2),
        (Kind.READ_REPORT, 5),
        (Kind.REBOOK, 5),
    ],
)
def test_kinds_that_take_business_days(kind: Kind, days: int) -> None:
    """CM-11: each has its number of them, whatever a booking says."""
    expected = due_on(date(2026, 3, 3) + timedelta(days={1: 1, 2: 2, 5: 7}[days]), SYDNEY)
    assert expected == due(kind) == due(kind, given=NOW, start_time=NOW)


@pytest.mark.parametrize("kind", [Kind.CHOOSE_OPTION, Kind.FILE_REPORT, Kind.BY_HAND])
def test_kinds_that_are_due_at_a_time_of_the_booking(kind: Kind) -> None:
    """CM-11: the first hold's end, the report's day and what somebody wrote are taken to the second."""
    given_time = NOW + timedelta(hours=7, seconds=3)
    assert given_time == due(kind, given=given_time, start_time=NOW)
    with pytest.raises(ValueError, match="not given"):
        due(kind, start_time=NOW)


def test_a_move_is_answered_before_the_appointment() -> None:
    """CM-11: one business day, and at the latest when it starts."""
    assert due_on(date(2026, 3, 4), SYDNEY) == due(Kind.ANSWER_MOVE, start_time=NOW + timedelta(days=9))
    soon = NOW + timedelta(hours=2)
    assert soon == due(Kind.ANSWER_MOVE, start_time=soon)
    with pytest.raises(ValueError, match="not given"):
        due(Kind.ANSWER_MOVE)


def test_paperwork_has_a_business_day_and_comes_before_the_appointment() -> None:
    """CM-11: its own day; for who books late the next business day; never after the start."""
    day = due_on(date(2026, 3, 20), SYDNEY)
    assert day == due(Kind.UPLOAD_PAPERWORK, given=day, start_time=day + timedelta(days=7))
    next_day, start = due_on(date(2026, 3, 4), SYDNEY), NOW + timedelta(days=3)
    assert next_day == due(Kind.UPLOAD_PAPERWORK, given=NOW - timedelta(days=4), start_time=start)
    soon = NOW + timedelta(hours=26)
    assert soon == due(Kind.UPLOAD_PAPERWORK, given=NOW - timedelta(days=6), start_time=soon)


def kinds_for(assignees: set[AssigneeKind]) -> set[Kind]:
    return {kind for kind, rule in RULES.items() if assignees == rule.assignees}


def test_every_kind_has_a_rule() -> None:
    """CM-11: the table names each kind, whom it is for and who may say that it is done."""
    assert set(Kind) == RULES.keys()
    staff = {AssigneeKind.POOL, AssigneeKind.STAFF}
    of_bookings = {Kind.ANSWER_REQUEST, Kind.ANSWER_MOVE, Kind.CHECK_FILE, Kind.MOVE_BOOKINGS}
    assert {Kind.ENABLE_LOGIN, *of_bookings} == kinds_for(staff)
    assert {Kind.CHOOSE_OPTION, Kind.UPLOAD_PAPERWORK, Kind.READ_REPORT, Kind.REBOOK} == kinds_for(
        {AssigneeKind.CASE_MANAGER}
    )
    assert {Kind.RECORD_OUTCOME, Kind.FILE_REPORT} == kinds_for({AssigneeKind.SPECIALIST})
    assert {
        Kind.ENABLE_LOGIN: ByHand.STAFF,
        Kind.MOVE_BOOKINGS: ByHand.STAFF,
        Kind.UPLOAD_PAPERWORK: ByHand.STAFF,
        Kind.READ_REPORT: ByHand.ASSIGNEE,
        Kind.REBOOK: ByHand.ASSIGNEE,
        Kind.BY_HAND: ByHand.ASSIGNEE,
    } == {kind: rule.by_hand for kind, rule in RULES.items() if rule.by_hand is not ByHand.NOBODY}
