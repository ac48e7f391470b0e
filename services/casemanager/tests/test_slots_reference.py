"""The slots of random availabilities, beside a slow reference that looks at every minute of a clock on the wall."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casemanager.availabilities.domain.availability import Availability, AvailabilityException, ExceptionKind, Kind
from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.slots.domain import Terms, find_slot, find_slots, hindrances
from services.casemanager.tests.schedules import availability, exceptions, reservation, schedule

YEARS = (2026, 2027, 2028)
ZONES = (
    *("Pacific/Pago_Pago", "Pacific/Honolulu", "America/New_York", "America/St_Johns", "America/Santiago"),
    *("Europe/Amsterdam", "Africa/Cairo", "Asia/Kolkata"),
    *("Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati"),
)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Times = list[tuple[datetime, datetime]]


@cache
def change_days(zone: str) -> Sequence[date]:
    """The local dates on which the clocks change, of three years; where they never do, one date."""
    days = [date(YEARS[0], 1, 1) + timedelta(days=at) for at in range(3 * 366)]
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(ZoneInfo(zone)) for day in days]
    # Between two noons in UTC; the date is that of one of them or the one beside.
    found = [
        day for day, noon, last in zip(days[1:], noons[1:], noons, strict=False) if noon.utcoffset() != last.utcoffset()
    ]
    return found or [date(2027, 3, 14)]


@cache
def wall(zone: str, day: date) -> dict[datetime, list[datetime]]:
    """What a clock on the wall shows in the four days around a date, and each minute at which it shows that."""
    shown: dict[datetime, list[datetime]] = {}
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 3 * DAY
    for at in range(6 * 24 * 60):
        instant = start + at * MINUTE
        shown.setdefault(instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None), []).append(instant)
    return shown


def on_the_wall(zone: str, around: date, minute: datetime, *, is_end: bool) -> datetime:
    """The instant of a minute: the first or the last of those that show it, or of the next minute that is shown."""
    shown = wall(zone, around)
    while minute not in shown:
        minute += MINUTE
    return max(shown[minute]) if is_end else min(shown[minute])


def reference(
    block: Availability, around: date, start: datetime, end: datetime, terms: Terms, taken: Sequence[Reservation]
) -> Times:
    """The rule, word by word, without a thought for speed."""
    found = []
    for day in (around + timedelta(days=at) for at in (-2, -1, 0, 1, 2)):
        is_of_series = (
            block.start_date <= day <= block.end_date
            and day.isoweekday() in block.weekdays
            and (monday(day) - monday(block.start_date)).days // 7 % block.interval_weeks == 0
        )
        exception = block.exceptions.get(day)
        if not is_of_series or (exception and exception.kind is ExceptionKind.CANCELLED):
            continue
        first, last = (
            (exception.start_minute, exception.end_minute) if exception else (block.start_minute, block.end_minute)
        )
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 it is what the wall shows
        slot = on_the_wall(block.time_zone, around, midnight + first * MINUTE, is_end=False)
        until = on_the_wall(block.time_zone, around, midnight + last * MINUTE, is_end=True)
        while slot + block.appointment_minutes * MINUTE <= until:
            if start <= slot < end and is_bookable(block, slot, terms) and is_free(block, slot, terms, taken):
                found.append((slot, slot + block.appointment_minutes * MINUTE))
            slot += block.step_minutes * MINUTE
    return found


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_bookable(block: Availability, slot: datetime, terms: Terms) -> bool:
    if terms.notice is None:
        return slot >= terms.now
    own = block.minimum_notice_hours
    notice = terms.notice if own is None else timedelta(hours=own)
    return terms.now + notice <= slot and (terms.horizon is None or slot <= terms.now + terms.horizon)


def is_free(block: Availability, slot: datetime, terms: Terms, taken: Sequence[Reservation]) -> bool:
    end = slot + (block.appointment_minutes + block.buffer_minutes) * MINUTE
    for each in taken:
        is_over = each.hold_expire_time is not None and each.hold_expire_time <= terms.now
        is_own = each.booking_id is not None and each.booking_id == terms.exclude_booking_id
        if slot < each.end_time and each.start_time < end and not is_over and not is_own:
            return False
    return True


@st.composite
def blocks(draw: Any, zone: str) -> Any:
    """A block with its exceptions, as offsets from the date around which it lies."""
    start, end = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True)))
    minutes = draw(st.integers(10, 90))
    buffer = draw(st.sampled_from([0, 0, 5, 15, 120]))
    changed = sorted(draw(st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True)))
    return {
        "zone": zone,
        "minutes": (start, end),
        "appointment": minutes,
        "step": draw(st.sampled_from([minutes + buffer, 15, minutes])),
        "buffer": buffer,
        "weekdays": tuple(sorted(draw(st.sets(st.integers(1, 7), min_size=3)))),
        "weeks": draw(st.sampled_from([1, 1, 2])),
        "begins": draw(st.integers(0, 20)),
        "kind": draw(st.sampled_from(Kind)),
        "notice": draw(st.sampled_from([None, None, 0, 7])),
        "exceptions": draw(st.dictionaries(st.integers(-2, 2), st.sampled_from(ExceptionKind), max_size=2)),
        "changed": changed,
    }


def built(drawn: dict[str, Any], around: date) -> Availability:
    start, end = drawn["minutes"]
    others = [
        AvailabilityException(
            date=around + timedelta(days=offset),
            kind=kind,
            start_minute=drawn["changed"][0],
            end_minute=drawn["changed"][1],
        )
        for offset, kind in drawn["exceptions"].items()
    ]
    return replace(
        availability("0:00", "1:00", minutes=drawn["appointment"], buffer=drawn["buffer"], step=drawn["step"]),
        time_zone=drawn["zone"],
        start_minute=start,
        end_minute=end,
        weekdays=drawn["weekdays"],
        interval_weeks=drawn["weeks"],
        start_date=around - timedelta(days=drawn["begins"]),
        end_date=around + timedelta(days=1),
        kind=drawn["kind"],
        minimum_notice_hours=drawn["notice"],
        exceptions=exceptions(*others),
    )


def reservations(drawn: Sequence[tuple[int, int, ReservationKind, bool]], start: datetime) -> Iterator[Reservation]:
    """One after the other, each so many minutes after the last one and so long."""
    end = start
    for gap, length, kind, is_over in drawn:
        begin, end = end + gap * MINUTE, end + (gap + length) * MINUTE
        expire_time = start + (-DAY if is_over else DAY) if kind is ReservationKind.HELD else None
        yield reservation(begin, end, kind=kind, hold_expire_time=expire_time)


TAKEN = st.lists(
    st.tuples(st.integers(0, 600), st.integers(1, 300), st.sampled_from(ReservationKind), st.booleans()), max_size=8
)


@pytest.mark.long(seconds=60)
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_slots_are_those_of_the_reference(zone, data):
    """CM-06: on every clock-change day of three years the slots of a random block are those of the slow reference."""
    drawn, taken_drawn = data.draw(blocks(zone)), data.draw(TAKEN)
    window = data.draw(st.tuples(st.integers(0, 48 * 60), st.integers(1, 48 * 60)))
    bound = data.draw(st.sampled_from([None, 1, 24]))
    for around in change_days(zone):
        day = datetime(around.year, around.month, around.day, tzinfo=UTC)
        start = day - DAY + window[0] * MINUTE
        end = start + window[1] * MINUTE
        block, taken = built(drawn, around), list(reservations(taken_drawn, day - DAY))
        terms = Terms(
            now=day - DAY + timedelta(hours=12),
            notice=None if bound is None else timedelta(hours=bound),
            horizon=None if bound is None else timedelta(hours=40),
            exclude_booking_id=taken[0].booking_id if taken and taken[0].kind is not ReservationKind.BLOCKED else None,
        )
        expected = reference(block, around, start, end, terms, taken)
        mine = schedule(block, taken=taken)
        found = find_slots([mine], start, end, terms)
        assert expected == [(slot.start_time, slot.end_time) for slot in found]
        for slot in found:
            assert slot == find_slot(mine, slot.start_time, terms)
        asked = {start, *(slot.start_time for slot in found[:5]), *(each.start_time for each in taken[:5])}
        for instant in asked:
            in_the_way = hindrances(mine, block, instant, terms)
            assert bool(in_the_way) == (find_slot(mine, instant, terms) is None)
            assert {block.id} >= {each.availability_id for each in in_the_way}


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_many_blocks_are_their_sum(zone, data):
    """CM-06: overlapping blocks of several people give each time once, AVAILABLE first, page after page."""
    drawn = data.draw(st.lists(st.tuples(blocks(zone), st.integers(1, 3)), min_size=2, max_size=5))
    size = data.draw(st.integers(1, 7))
    for around in change_days(zone)[:3]:
        day = datetime(around.year, around.month, around.day, tzinfo=UTC)
        terms, window = Terms(now=day - 9 * DAY, notice=None, horizon=None), (day - DAY, day + DAY)
        people: dict[int, list[Availability]] = {}
        expected: dict[tuple[datetime, UUID, datetime], Kind] = {}
        for each, person in drawn:
            block = built(each, around)
            people.setdefault(person, []).append(block)
            for start, end in reference(block, around, *window, terms, []):
                key = (start, UUID(int=person), end)
                expected[key] = min(expected.get(key, block.kind), block.kind)
        schedules = [schedule(*each, specialist=person) for person, each in people.items()]
        found = find_slots(schedules, *window, terms)
        assert sorted(expected.items()) == [(slot.key, slot.availability.kind) for slot in found]
        paged, after = [], None
        while page := find_slots(schedules, *window, terms, after=after, limit=size):
            paged += page
            after = page[-1].key
        assert found == paged


def test_the_days_are_found():
    """CM-06: the clocks of these zones change on as many days as the laws of their countries say."""
    assert {6: 8} == {6: sum(len(change_days(zone)) == 6 for zone in ZONES)}
    assert 4 == sum(len(change_days(zone)) == 1 for zone in ZONES)
    assert date(2027, 3, 14) in change_days("America/New_York")
    assert date(2027, 11, 7) in change_days("America/New_York")
