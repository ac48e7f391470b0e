"""Availabilities, through a real server."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from portico.casemanager.v1 import availabilities_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as res

from chassis.errors import InvalidArgument, NotFound
from chassis.ids import new_id
from services.casemanager.tests.practice import availability_request, block, starts

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)
CANCELLED, CHANGED = res.AvailabilityException.CANCELLED, res.AvailabilityException.CHANGED


async def get(practice, made, metadata=None):
    return await practice.call("GetAvailability", pb.GetAvailabilityRequest(availability_id=made.id), metadata)


async def update(practice, made, metadata=None, **fields):
    request = pb.UpdateAvailabilityRequest(availability_id=made.id, block=block(**fields))
    return await practice.call("UpdateAvailability", request, metadata)


async def delete(practice, made, metadata=None):
    return await practice.call("DeleteAvailability", pb.DeleteAvailabilityRequest(availability_id=made.id), metadata)


async def set_exception(practice, made, day, kind=CANCELLED, metadata=None, **fields):
    request = pb.SetAvailabilityExceptionRequest(availability_id=made.id, date=day, kind=kind, **fields)
    return await practice.call("SetAvailabilityException", request, metadata)


async def shown(practice, specialist, day):
    """The wall clock of the slots of a day in UTC."""
    end = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    window = {"start_time": f"{day}T00:00:00Z", "end_time": f"{end}T00:00:00Z"}
    return starts((await practice.search(specialist_ids=[specialist.id], **window)).slots)


@pytest.fixture
async def specialist(practice):
    return await practice.specialist(time_zone="UTC")


async def test_a_series_is_made_and_read(practice, specialist):
    """CM-06: all that is written of a series comes back, with its zone and its step."""
    place = await practice.place(time_zone="Australia/Perth")
    fields = {"service_types": ["IME"], "interval_weeks": 2, "buffer_minutes": 15, "minimum_notice_hours": 0}
    made = await practice.availability(specialist, place, **fields)
    assert made == await get(practice, made)
    written = block(**fields)
    for field, value in written.ListFields():
        assert value == getattr(made, field.name)
    assert ("Australia/Perth", 75, res.IN_PERSON) == (made.time_zone, made.step_minutes, made.mode)
    assert made.HasField("minimum_notice_hours")


async def test_a_single_date(practice, specialist):
    """CM-06: without weekdays it is that of its one date, and has the usual notice."""
    made = await practice.availability(specialist, start_date="2026-03-03", end_date="", weekdays=[])
    assert ("2026-03-03", "2026-03-03") == (made.start_date, made.end_date)
    assert not made.HasField("minimum_notice_hours")
    assert ["2026-03-03T09:00", "2026-03-03T10:00", "2026-03-03T11:00"] == await shown(
        practice, specialist, "2026-03-03"
    )
    assert [] == await shown(practice, specialist, "2026-03-04")


@pytest.mark.parametrize(
    "fields",
    [
        {"start_date": "2026-02-30"},
        {"start_date": "2026-3-1"},
        {"start_minute": 1440},
        {"end_minute": 1441},
        {"start_minute": 700},
        {"appointment_minutes": 9},
        {"appointment_minutes": 481},
        {"buffer_minutes": 121},
        {"interval_weeks": 9},
        {"weekdays": [0]},
        {"weekdays": [1, 1]},
        {"minimum_notice_hours": 721},
    ],
)
async def test_bounds(practice, specialist, fields):
    """CM-06: what lies outside the bounds of the contract is refused."""
    with pytest.raises(InvalidArgument, match="INVALID_REQUEST"):
        await practice.availability(specialist, **fields)


async def test_a_series_of_two_years_and_a_day(practice, specialist):
    """CM-06: a series lasts at most two years, also when it is changed."""
    made = await practice.availability(specialist, start_date="2026-03-01", end_date="2028-03-01")
    with pytest.raises(InvalidArgument, match="AVAILABILITY_TOO_LONG"):
        await practice.availability(specialist, start_date="2026-03-01", end_date="2028-03-02")
    with pytest.raises(InvalidArgument, match="AVAILABILITY_TOO_LONG"):
        await update(practice, made, start_date="2026-03-01", end_date="2028-03-02")


async def test_for_nobody_and_nowhere(practice, specialist):
    """CM-06: a specialist or a place that is not there is named."""
    stranger, nowhere = res.Specialist(id=str(new_id())), res.Place(id=str(new_id()))
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await practice.call("CreateAvailability", availability_request(stranger))
    with pytest.raises(NotFound, match="PLACE_NOT_FOUND"):
        await practice.call("CreateAvailability", availability_request(specialist, nowhere))


async def test_exceptions(practice, specialist):
    """CM-06: a cancelled date has no slots, a changed one others, and none is as before once it is let be."""
    made = await practice.availability(specialist)
    await set_exception(practice, made, "2026-03-03", reason="Public holiday")
    assert [] == await shown(practice, specialist, "2026-03-03")
    changed = await set_exception(practice, made, "2026-03-03", CHANGED, start_minute=840, end_minute=900)
    assert [("2026-03-03", CHANGED, 840)] == [(each.date, each.kind, each.start_minute) for each in changed.exceptions]
    assert ["2026-03-03T14:00"] == await shown(practice, specialist, "2026-03-03")
    request = pb.DeleteAvailabilityExceptionRequest(availability_id=made.id, date="2026-03-03")
    for _ in range(2):
        assert [] == list((await practice.call("DeleteAvailabilityException", request)).exceptions)
    assert 3 == len(await shown(practice, specialist, "2026-03-03"))
    with pytest.raises(InvalidArgument, match="does not take place on this date"):
        await set_exception(practice, made, "2026-04-01")


async def test_bookings_stay_and_are_named(practice, specialist):
    """CM-06: changing or removing an availability keeps its bookings, and names those that it no longer covers."""
    made = await practice.availability(specialist)
    booked = await practice.take(specialist, TUESDAY.replace(hour=11), TUESDAY.replace(hour=12))
    shorter = await update(practice, made, end_minute=660)
    assert [booked.booking_number] == [each.booking_number for each in shorter.bookings]
    assert [] == list((await update(practice, made)).bookings)
    cancelled = await set_exception(practice, made, "2026-03-03")
    assert [str(booked.booking_id)] == [each.booking_id for each in cancelled.bookings]
    other = await practice.availability(specialist)
    assert [booked.booking_number] == [each.booking_number for each in (await delete(practice, other)).bookings]
    assert [booked] == await practice.reserved(specialist)


async def test_what_is_removed_is_gone(practice, specialist):
    """CM-06: a removed availability is not found, not listed, and gives no slots; its place stays used."""
    made = await practice.availability(specialist)
    await delete(practice, made)
    for attempt in (get(practice, made), update(practice, made), delete(practice, made)):
        with pytest.raises(NotFound, match="AVAILABILITY_NOT_FOUND"):
            await attempt
    assert [] == await shown(practice, specialist, "2026-03-03")
    request = pb.ListAvailabilitiesRequest(specialist_id=specialist.id)
    assert pb.ListAvailabilitiesResponse() == await practice.call("ListAvailabilities", request)


async def test_a_list_by_first_date(practice, specialist):
    """CM-06: a specialist's availabilities come by first date, page after page, from a date on."""
    for start in ("2026-03-05", "2026-03-03", "2026-03-04", "2026-03-03"):
        await practice.availability(specialist, start_date=start, end_date=start, weekdays=[])

    async def dates(**fields):
        request = pb.ListAvailabilitiesRequest(specialist_id=specialist.id, **fields)
        page = await practice.call("ListAvailabilities", request)
        return [each.start_date for each in page.availabilities], page.next_page_token

    first, token = await dates(page_size=3)
    assert ["2026-03-03", "2026-03-03", "2026-03-04"] == first
    assert (["2026-03-05"], "") == await dates(page_size=3, page_token=token)
    assert (["2026-03-04", "2026-03-05"], "") == await dates(from_date="2026-03-04")
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await dates(from_date="2026-03-04", page_token=token)
    with pytest.raises(InvalidArgument, match="Choose a specialist"):
        await practice.call("ListAvailabilities", pb.ListAvailabilitiesRequest())


async def test_specialists_look_after_their_own(practice, specialist):
    """CM-06, CM-15: a specialist makes and changes their own availabilities, and finds nobody else's."""
    myself, other = await practice.login_of(specialist), await practice.specialist()
    mine, theirs = await practice.availability(specialist, metadata=myself), await practice.availability(other)
    assert await update(practice, mine, myself, end_minute=660)
    assert await set_exception(practice, mine, "2026-03-03", metadata=myself)
    with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
        await practice.availability(other, metadata=myself)
    for attempt in (
        get(practice, theirs, myself),
        update(practice, theirs, myself),
        delete(practice, theirs, myself),
        set_exception(practice, theirs, "2026-03-03", metadata=myself),
    ):
        with pytest.raises(NotFound, match="AVAILABILITY_NOT_FOUND"):
            await attempt
    listed = await practice.call("ListAvailabilities", pb.ListAvailabilitiesRequest(specialist_id=other.id), myself)
    assert [mine.id] == [each.id for each in listed.availabilities]


async def test_exceptions_of_many_at_once(practice, specialist):
    """CM-06: of exceptions that are set at the same moment none is lost, though somebody may be told to come again."""
    made = await practice.availability(specialist)
    days = [f"2026-03-{day:02}" for day in range(2, 12)]
    answers = await asyncio.gather(*(set_exception(practice, made, day) for day in days), return_exceptions=True)
    kept = {each.date for each in (await get(practice, made)).exceptions}
    done = {day for day, answer in zip(days, answers, strict=True) if isinstance(answer, res.Availability)}
    assert done == kept
    assert done


async def test_one_request_id_is_one_availability(practice, specialist):
    """CM-06: ten calls with one request id make one availability."""
    request = availability_request(specialist)
    request.request_id = str(new_id())
    answers = await asyncio.gather(*(practice.call("CreateAvailability", request) for _ in range(10)))
    assert 1 == len({answer.id for answer in answers})
