"""Which times can be booked: the rule of CM-06 line by line, with plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from casemanager.availabilities.domain.availability import AvailabilityException, ExceptionKind, Kind
from casemanager.reservations.domain import ReservationKind
from casemanager.slots.domain import Terms, find_slot, find_slots
from services.casemanager.tests.schedules import (
    STAFF,
    availability,
    exceptions,
    on,
    reservation,
    schedule,
    starts,
    utc,
)

DAY = date(2027, 3, 10)
NINE, TEN = utc("2027-03-10 09:00"), utc("2027-03-10 10:00")


@pytest.mark.parametrize(
    ("buffer", "free"),
    [(0, ["03-10 10:00", "03-10 10:15", "03-10 10:30"]), (15, ["03-10 10:15", "03-10 10:30"])],
)
def test_a_time_may_follow_another_without_a_gap(buffer, free):
    """CM-06, B-05: ranges are half-open: 10:00 follows 9:00 to 10:00, and 10:15 where a buffer of 15 minutes ends."""
    block = availability("9:00", "11:30", minutes=60, buffer=buffer, step=15)
    taken = reservation(NINE, TEN + timedelta(minutes=buffer))
    assert free == starts(on(DAY, "UTC", block, taken=[taken]))


def test_a_buffer_keeps_the_next_appointment_away():
    """CM-06, B-05: a candidate is free only when its own buffer ends before what is taken begins."""
    block = availability("9:00", "11:00", minutes=30, buffer=15, step=15)
    taken = reservation(TEN, TEN + timedelta(minutes=45))
    # 9:15 to 9:45 and its buffer end at 10:00; 9:30 would reach into what is taken.
    assert ["03-10 09:00", "03-10 09:15"] == starts(on(DAY, "UTC", block, taken=[taken]))


def test_the_buffer_may_stick_out_of_the_block():
    """CM-06: the appointment ends within the block, its buffer need not."""
    assert ["03-10 09:00", "03-10 09:45"] == starts(
        on(DAY, "UTC", availability("9:00", "10:15", minutes=30, buffer=15))
    )


def test_the_notice_is_elapsed_time():
    """CM-06, B-06: a notice of 168 hours that ends on the day on which clocks change moves no other hour."""
    terms = Terms(now=utc("2027-11-01 15:00"), notice=timedelta(hours=168), horizon=None)
    block = availability("9:00", "17:00", minutes=60, time_zone="America/New_York")
    found = find_slots([schedule(block)], utc("2027-11-01 00:00"), utc("2027-11-10 00:00"), terms)
    assert "11-08 15:00" == starts(found)[0]
    assert 10 == found[0].start_time.astimezone(ZoneInfo("America/New_York")).hour
    assert "11-09 14:00" == next(each for each in starts(found) if each.startswith("11-09"))
    assert not [each for each in starts(found) if each.endswith("13:00")]


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Pacific/Auckland", "Pacific/Honolulu"])
def test_an_exception_near_midnight_is_of_its_local_date(zone):
    """CM-06, B-07: a cancelled Saturday takes its own first hour away, and leaves the Saturdays beside it."""
    cancelled = AvailabilityException(date=date(2027, 6, 5), kind=ExceptionKind.CANCELLED)
    block = availability("0:00", "1:00", minutes=15, time_zone=zone, weekdays=(6,), exceptions=exceptions(cancelled))
    local = [
        slot.start_time.astimezone(ZoneInfo(zone)).strftime("%d %H:%M")
        for slot in find_slots([schedule(block)], utc("2027-05-28 00:00"), utc("2027-06-14 00:00"), STAFF)
    ]
    hours = ["00:00", "00:15", "00:30", "00:45"]
    assert [f"{day} {hour}" for day in ("29", "12") for hour in hours] == local


def test_amsterdams_cancelled_hour_in_utc():
    """CM-06, B-07: nothing begins from 22:00Z to 23:00Z of the Friday before."""
    cancelled = AvailabilityException(date=date(2027, 6, 5), kind=ExceptionKind.CANCELLED)
    series: dict[str, Any] = {"minutes": 15, "time_zone": "Europe/Amsterdam", "weekdays": (6,)}
    hour = utc("2027-06-04 22:00"), utc("2027-06-04 23:00")
    usual = availability("0:00", "1:00", **series)
    assert 4 == len(find_slots([schedule(usual)], *hour, STAFF))
    assert [] == find_slots([schedule(replace(usual, exceptions=exceptions(cancelled)))], *hour, STAFF)


def test_a_block_keeps_the_zone_it_was_made_in():
    """CM-06, B-08: 9:00 in Sydney stays 9:00 in Sydney, beside a new block of the same person in Chicago."""
    sydney = availability("9:00", "10:00", minutes=60, time_zone="Australia/Sydney")
    chicago = availability("9:00", "10:00", minutes=60, time_zone="America/Chicago")
    found = find_slots([schedule(sydney, chicago)], utc("2027-03-09 20:00"), utc("2027-03-10 20:00"), STAFF)
    assert ["03-09 22:00", "03-10 15:00"] == starts(found)


def test_other_minutes_on_a_date():
    """CM-06: a changed date has its own minutes, the next one the usual ones."""
    changed = AvailabilityException(date=DAY, kind=ExceptionKind.CHANGED, start_minute=840, end_minute=960)
    block = availability("9:00", "10:00", minutes=60, exceptions=exceptions(changed))
    assert ["03-10 14:00", "03-10 15:00"] == starts(on(DAY, "UTC", block))
    assert ["03-11 09:00"] == starts(on(date(2027, 3, 11), "UTC", block))


def test_an_exception_makes_no_date():
    """CM-06: an exception on a day that the series does not have gives nothing."""
    changed = AvailabilityException(date=DAY, kind=ExceptionKind.CHANGED, start_minute=840, end_minute=960)
    assert [] == on(
        DAY, "UTC", availability("9:00", "10:00", minutes=60, weekdays=(1,), exceptions=exceptions(changed))
    )


def test_every_other_week_from_the_monday_of_the_first_date():
    """CM-06: of a series that begins on a Thursday the Tuesdays come in the odd weeks, counted from its own Monday."""
    block = availability(
        "9:00",
        "10:00",
        minutes=60,
        start_date=date(2027, 3, 4),
        end_date=date(2027, 3, 31),
        weekdays=(2, 4),
        interval_weeks=2,
    )
    found = find_slots([schedule(block)], utc("2027-02-20 00:00"), utc("2027-04-20 00:00"), STAFF)
    assert ["03-04 09:00", "03-16 09:00", "03-18 09:00", "03-30 09:00"] == starts(found)


def test_one_date():
    """CM-06: an availability without weekdays is that of its one date."""
    block = availability("9:00", "10:00", minutes=60, start_date=DAY, end_date=DAY, weekdays=())
    found = find_slots([schedule(block)], utc("2027-02-20 00:00"), utc("2027-04-20 00:00"), STAFF)
    assert ["03-10 09:00"] == starts(found)


def test_both_ends_skipped():
    """CM-06: a block whose both ends the clocks skip has no slots."""
    block = availability("2:15", "2:45", minutes=10, time_zone="America/New_York")
    assert [] == on(date(2027, 3, 14), "America/New_York", block)
    assert 3 == len(on(date(2027, 3, 15), "America/New_York", block))


def test_a_skipped_start_is_the_first_minute_that_exists():
    """CM-06: of 2:30 to 4:00 the hour from 3:00 on is left where the clocks go from 2:00 to 3:00."""
    block = availability("2:30", "4:00", minutes=30, time_zone="America/New_York")
    assert ["03-14 07:00", "03-14 07:30"] == starts(on(date(2027, 3, 14), "America/New_York", block))


def test_over_the_repeated_hour_there_is_an_hour_more():
    """CM-06: from 0:00 to 3:00 four hours pass where the clocks go back from 2:00 to 1:00."""
    block = availability("0:00", "3:00", minutes=60, time_zone="America/New_York")
    assert ["11-07 04:00", "11-07 05:00", "11-07 06:00", "11-07 07:00"] == starts(
        on(date(2027, 11, 7), "America/New_York", block)
    )


def test_steps_are_elapsed_time():
    """CM-06: candidates step from the first instant, whatever the clocks do between."""
    block = availability("1:00", "4:00", minutes=45, time_zone="America/New_York")
    assert ["03-14 06:00", "03-14 06:45"] == starts(on(date(2027, 3, 14), "America/New_York", block))


def test_the_whole_day_ends_at_midnight():
    """CM-06: minute 1440 is the midnight that ends the day, also where the clocks skip it."""
    block = availability("22:00", "24:00", minutes=60, time_zone="Africa/Cairo")
    # On Friday, 2027-04-30, Cairo's clocks go from 0:00 to 1:00.
    assert ["04-29 20:00", "04-29 21:00"] == starts(on(date(2027, 4, 29), "Africa/Cairo", block))


def test_the_same_time_twice_is_shown_once():
    """CM-06: a time that two blocks give is AVAILABLE before it is ON_DEMAND."""
    asked = availability("9:00", "11:00", minutes=60, kind=Kind.ON_DEMAND, id=UUID(int=1))
    booked = availability("10:00", "12:00", minutes=60, id=UUID(int=2))
    kinds = [(slot.start_time.hour, slot.availability.kind) for slot in on(DAY, "UTC", asked, booked)]
    assert [(9, Kind.ON_DEMAND), (10, Kind.AVAILABLE), (11, Kind.AVAILABLE)] == kinds


def test_times_of_other_lengths_are_other_times():
    """CM-06: half an hour and an hour from 9:00 on are both shown."""
    short, long = availability("9:00", "9:30", minutes=30), availability("9:00", "10:00", minutes=60)
    assert [30, 60] == [(each.end_time - each.start_time).seconds // 60 for each in on(DAY, "UTC", short, long)]


def test_by_start_then_specialist():
    """CM-06: slots come in the order of their start, then of their specialist, and go on after any of them."""
    schedules = [
        schedule(availability("9:00", "11:00", minutes=60, specialist_id=UUID(int=each)), specialist=each)
        for each in (9, 8)
    ]
    window = utc("2027-03-10 00:00"), utc("2027-03-11 00:00")
    found = find_slots(schedules, *window, STAFF)
    assert [(9, 8), (9, 9), (10, 8), (10, 9)] == [(each.start_time.hour, each.specialist_id.int) for each in found]
    for at, slot in enumerate(found):
        assert found[at + 1 :] == find_slots(schedules, *window, STAFF, after=slot.key)
    assert found[:3] == find_slots(schedules, *window, STAFF, limit=3)


def test_notice_and_horizon_to_the_instant():
    """CM-06: a slot begins at the notice at the earliest and at the horizon at the latest; both instants count."""
    block = availability("0:00", "24:00", minutes=60)
    terms = Terms(now=utc("2027-03-10 09:00"), notice=timedelta(hours=24), horizon=timedelta(days=2))
    found = find_slots([schedule(block)], utc("2027-03-10 00:00"), utc("2027-03-20 00:00"), terms)
    assert ("03-11 09:00", "03-12 09:00") == (starts(found)[0], starts(found)[-1])
    later = replace(terms, now=terms.now + timedelta(microseconds=1))
    assert "03-11 10:00" == starts(find_slots([schedule(block)], terms.now, utc("2027-03-20 00:00"), later))[0]


def test_an_availabilitys_own_notice():
    """CM-06: an availability's own notice goes before the organization's, also when it is none."""
    terms = Terms(now=utc("2027-03-10 09:00"), notice=timedelta(hours=24), horizon=None)
    blocks = [availability("0:00", "24:00", minutes=60, minimum_notice_hours=hours) for hours in (0, 48)]
    first = [starts(find_slots([schedule(each)], terms.now, utc("2027-03-20 00:00"), terms))[0] for each in blocks]
    assert ["03-10 09:00", "03-12 09:00"] == first


def test_staff_are_bound_by_neither_but_by_the_present():
    """CM-06: staff see times before the notice and after the horizon, and none that is over."""
    block = availability("9:00", "10:00", minutes=60, minimum_notice_hours=48)
    terms = replace(STAFF, now=utc("2027-03-10 09:00"))
    assert ["03-10 09:00"] == starts(on(DAY, "UTC", block, terms=terms))
    assert ["12-01 09:00"] == starts(on(date(2028, 12, 1), "UTC", block, terms=terms))
    assert [] == on(DAY, "UTC", block, terms=replace(terms, now=utc("2027-03-10 09:01")))


def test_a_hold_takes_its_time_until_it_ends():
    """CM-06, B-03: an expired hold does not count, from the very instant at which it ends."""
    block = availability("9:00", "10:00", minutes=60)
    hold = reservation(NINE, TEN, kind=ReservationKind.HELD, hold_expire_time=utc("2027-03-01 12:00"))
    before = replace(STAFF, now=utc("2027-03-01 11:59"))
    assert [] == on(DAY, "UTC", block, taken=[hold], terms=before)
    assert ["03-10 09:00"] == starts(
        on(DAY, "UTC", block, taken=[hold], terms=replace(before, now=utc("2027-03-01 12:00")))
    )


def test_ones_own_time_is_free_for_a_move():
    """CM-06, B-04: what the booking itself has does not stand in its way, what others have does."""
    block = availability("9:00", "11:00", minutes=60, step=15)
    mine = reservation(NINE, TEN)
    theirs = reservation(utc("2027-03-10 10:15"), utc("2027-03-10 11:00"))
    moving = replace(STAFF, exclude_booking_id=mine.booking_id)
    assert ["03-10 09:00", "03-10 09:15"] == starts(on(DAY, "UTC", block, taken=[mine, theirs], terms=moving))


def test_blocked_time_is_nobodys():
    """CM-06: time off, which belongs to no booking, counts also for a move."""
    block = availability("9:00", "10:00", minutes=60)
    off = reservation(NINE, TEN, kind=ReservationKind.BLOCKED, booking_id=None)
    assert [] == on(DAY, "UTC", block, taken=[off])
    assert [] == on(DAY, "UTC", block, taken=[off], terms=replace(STAFF, exclude_booking_id=off.booking_id))


def test_what_is_shown_is_a_slot_and_nothing_else_is():
    """CM-06: each slot that is shown can be asked for by its instant, and no instant beside it."""
    block = availability("9:00", "11:00", minutes=45, buffer=10, time_zone="Australia/Lord_Howe")
    day = schedule(block)
    shown = find_slots([day], utc("2027-03-09 00:00"), utc("2027-03-11 00:00"), STAFF)
    assert shown == [find_slot(day, slot.start_time, STAFF) for slot in shown]
    for slot in shown:
        assert find_slot(day, slot.start_time + timedelta(microseconds=1), STAFF) is None
        assert find_slot(day, slot.start_time - timedelta(microseconds=1), STAFF) is None


def test_a_window_is_half_open():
    """CM-06: a slot at the window's start belongs to it, one at its end to the next."""
    block = schedule(availability("9:00", "12:00", minutes=60))
    assert ["03-10 09:00"] == starts(find_slots([block], NINE, TEN, STAFF))
    assert [] == find_slots([block], TEN, NINE, STAFF)


def test_a_skipped_date():
    """CM-06: a date that a zone never had has no slots: Samoa went over 30 December 2011."""
    block = availability(
        "0:00",
        "24:00",
        minutes=60,
        time_zone="Pacific/Apia",
        start_date=date(2011, 12, 30),
        end_date=date(2011, 12, 30),
        weekdays=(),
    )
    terms = replace(STAFF, now=datetime(2011, 1, 1, tzinfo=UTC))
    assert [] == find_slots([schedule(block)], utc("2011-12-25 00:00"), utc("2012-01-05 00:00"), terms)
