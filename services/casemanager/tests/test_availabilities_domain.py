"""Making and changing availabilities, with plain values."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from casemanager.availabilities.domain.availability import AvailabilityException, ExceptionKind, Kind, Mode
from casemanager.availabilities.domain.changes import (
    Block,
    Booked,
    NewAvailability,
    Scene,
    delete_availability,
    delete_exception,
    new_availability,
    set_exception,
    two_years_after,
    update_availability,
)
from casemanager.places.domain import Place, Status
from casemanager.specialists.domain import Specialist
from chassis.errors import Conflict, InvalidArgument
from services.casemanager.tests.schedules import MADE, ORG_ID, availability, exceptions, reservation, utc

RECORD: dict[str, Any] = {"org_id": ORG_ID, "create_time": MADE, "update_time": MADE, "version": 1}
ZHANG = Specialist(id=UUID(int=7), time_zone="America/Chicago", **RECORD)
BONDI = Place(id=UUID(int=8), name="Bondi", time_zone="Australia/Sydney", **RECORD)
MONDAY = date(2027, 3, 1)
BLOCK = Block(
    kind=Kind.AVAILABLE,
    service_types=(),
    start_minute=540,
    end_minute=720,
    start_date=MONDAY,
    end_date=date(2027, 12, 31),
    weekdays=(1, 3),
    interval_weeks=1,
    appointment_minutes=45,
    step_minutes=None,
    buffer_minutes=15,
    minimum_notice_hours=None,
)
CANCELLED = AvailabilityException(date=date(2027, 3, 3), kind=ExceptionKind.CANCELLED)


def make(block, mode=Mode.TELEHEALTH, place=None):
    return new_availability(Scene(ZHANG, place), NewAvailability(id=UUID(int=9), mode=mode, block=block), MADE)


def reasons(refused):
    return [(violation.field, violation.reason) for violation in refused.value.violations]


def at(day, start, end):
    return reservation(utc(f"{day} {start}"), utc(f"{day} {end}"))


def booked(*confirmed, **given):
    usual = {"start_date": MONDAY, "end_date": date(2027, 12, 31)}
    return Booked(availability("9:00", "12:00", minutes=45, buffer=15, **{**usual, **given}), confirmed)


def block_of(made, **given):
    fields = {name: getattr(made.availability, name) for name in Block.__dataclass_fields__ if name != "listed"}
    return Block(**{**fields, **given})


def test_the_clock_is_the_places_or_the_specialists():
    """CM-06, B-08: the zone is copied from the place, for telehealth from the specialist."""
    assert "Australia/Sydney" == make(BLOCK, Mode.IN_PERSON, BONDI).availability.time_zone
    assert "America/Chicago" == make(BLOCK).availability.time_zone


def test_the_step_is_appointment_and_buffer():
    """CM-06: without a step the next time begins after the buffer."""
    assert 60 == make(BLOCK).availability.step_minutes
    assert 5 == make(replace(BLOCK, step_minutes=5)).availability.step_minutes


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"start_minute": 720}, "end_minute", "BLOCK_EMPTY"),
        ({"start_minute": 900}, "end_minute", "BLOCK_EMPTY"),
        ({"start_minute": 700}, "appointment_minutes", "BLOCK_TOO_SHORT"),
        ({"end_date": date(2027, 2, 28)}, "end_date", "SERIES_ENDS_BEFORE_IT_BEGINS"),
        ({"weekdays": ()}, "weekdays", "WEEKDAYS_MISSING"),
        ({"end_date": date(2027, 3, 2), "weekdays": (7,)}, "weekdays", "NO_DATES"),
        ({"start_date": date(1, 1, 1)}, "start_date", "DATE_OUT_OF_BOUNDS"),
        ({"start_date": date(9999, 1, 1), "end_date": date(9999, 12, 31)}, "end_date", "DATE_OUT_OF_BOUNDS"),
    ],
)
def test_a_block_that_makes_no_sense(given, field, reason):
    """CM-06: a block ends after it begins, fits an appointment, and has dates that calendars of people have."""
    with pytest.raises(InvalidArgument) as refused:
        make(replace(BLOCK, **given))
    assert (f"block.{field}", reason) in reasons(refused)


def test_a_series_lasts_two_years_and_not_a_day_more():
    """CM-06: two years are taken, two years and a day are AVAILABILITY_TOO_LONG."""
    assert make(replace(BLOCK, end_date=date(2029, 3, 1)))
    with pytest.raises(InvalidArgument, match="AVAILABILITY_TOO_LONG"):
        make(replace(BLOCK, end_date=date(2029, 3, 2)))
    assert date(2030, 2, 28) == two_years_after(date(2028, 2, 29))


@pytest.mark.parametrize(("mode", "place"), [(Mode.IN_PERSON, None), (Mode.TELEHEALTH, BONDI)])
def test_a_place_is_where_people_are_seen(mode, place):
    """CM-06: in person there is a place, for telehealth there is none."""
    with pytest.raises(InvalidArgument) as refused:
        make(BLOCK, mode, place)
    assert [("place_id", "PLACE_NOT_NEEDED" if place else "PLACE_MISSING")] == reasons(refused)


def test_an_inactive_place():
    """CM-06: at an inactive place nothing new is made."""
    with pytest.raises(Conflict, match="PLACE_INACTIVE"):
        make(BLOCK, Mode.IN_PERSON, replace(BONDI, status=Status.INACTIVE))


def test_a_change_names_the_bookings_that_it_leaves_outside():
    """CM-06: of what is confirmed, those are named that lay in its times and no longer do."""
    inside, outside, elsewhere = (
        at("2027-03-03", "09:00", "10:00"),
        at("2027-03-03", "11:00", "12:00"),
        at("2027-03-03", "14:00", "15:00"),
    )
    before = booked(inside, outside, elsewhere)
    after = update_availability(before, block_of(before, end_minute=660), MADE)
    assert [outside] == after.confirmed
    assert 2 == after.availability.version
    longer = update_availability(before, block_of(before, end_minute=840), MADE)
    assert [] == longer.confirmed


def test_an_appointment_that_would_stick_out_is_named():
    """CM-06: an appointment must end within the block, its buffer need not."""
    last = at("2027-03-03", "11:15", "12:15")
    before = booked(last)
    assert [] == update_availability(before, block_of(before, minimum_notice_hours=1), MADE).confirmed
    assert [last] == update_availability(before, block_of(before, end_minute=719), MADE).confirmed


def test_a_removal_names_all_its_bookings():
    """CM-06: whatever is confirmed in the times of a removed availability is named, and nothing beside."""
    inside, elsewhere = at("2027-03-03", "09:00", "10:00"), at("2027-03-03", "14:00", "15:00")
    assert [inside] == delete_availability(booked(inside, elsewhere), None, MADE).confirmed


def test_exceptions_name_the_bookings_of_their_date():
    """CM-06: a cancelled date names its bookings, and only its own; letting it be names nobody."""
    here, next_day = at("2027-03-03", "09:00", "10:00"), at("2027-03-04", "09:00", "10:00")
    cancelled = set_exception(booked(here, next_day), CANCELLED, MADE)
    assert [here] == cancelled.confirmed
    assert CANCELLED == cancelled.availability.exceptions[CANCELLED.date]
    assert {} == delete_exception(cancelled, CANCELLED.date, MADE).availability.exceptions


def test_an_exception_is_of_one_of_its_dates():
    """CM-06: an exception on another date, or with minutes that are none, is refused."""
    with pytest.raises(InvalidArgument) as refused:
        set_exception(booked(weekdays=(1,)), CANCELLED, MADE)
    assert [("date", "NOT_A_DATE_OF_IT")] == reasons(refused)
    changed = AvailabilityException(date=CANCELLED.date, kind=ExceptionKind.CHANGED, start_minute=600, end_minute=600)
    with pytest.raises(InvalidArgument) as refused:
        set_exception(booked(), changed, MADE)
    assert [("end_minute", "BLOCK_EMPTY")] == reasons(refused)


def test_exceptions_on_dates_that_it_no_longer_has_are_gone():
    """CM-06: a series that loses a weekday loses the exceptions on it, and keeps the others."""
    other = replace(CANCELLED, date=date(2027, 3, 1))
    before = booked(exceptions=exceptions(CANCELLED, other))
    after = update_availability(before, block_of(before, weekdays=(1,)), MADE)
    assert {other.date: other} == after.availability.exceptions


def test_a_booking_at_night_is_of_its_local_date():
    """CM-06, B-07: a cancelled Saturday in Auckland names the booking of its first hour, which is Friday in UTC."""
    friday_noon = datetime.fromisoformat("2027-06-04T12:00:00+00:00")
    booking = reservation(friday_noon, friday_noon + timedelta(minutes=15))
    block = availability("0:00", "1:00", minutes=15, time_zone="Pacific/Auckland", weekdays=(6,))
    saturday = AvailabilityException(date=date(2027, 6, 5), kind=ExceptionKind.CANCELLED)
    assert [booking] == set_exception(Booked(block, [booking]), saturday, MADE).confirmed
