"""The search of slots and the calendar, through a real server."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import booking_settings_pb2, specialists_pb2
from portico.casemanager.v1 import schedule_resources_pb2 as res

from casemanager.reservations.domain import ReservationKind
from casemanager.slots.usecases import MAX_SPECIALISTS
from chassis.call import Role
from chassis.errors import InvalidArgument
from chassis.ids import new_id
from chassis.wire import timestamp
from services.casemanager.tests.desk import at, login, refuses
from services.casemanager.tests.practice import hours, starts

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)
ONE_DAY = {"start_date": "2026-03-03", "end_date": "2026-03-03", "weekdays": []}
NINE, TEN, ELEVEN = (f"2026-03-03T{hour:02}:00" for hour in (9, 10, 11))


async def pages(practice, metadata=None, **fields):
    """All slots page by page, and how many each page had."""
    slots: list[res.Slot] = []
    sizes: list[int] = []
    token = ""
    while token or not sizes:
        page = await practice.search(metadata, page_token=token, **fields)
        slots += page.slots
        sizes.append(len(page.slots))
        token = page.next_page_token
    return slots, sizes


async def test_what_a_slot_says(practice):
    """CM-06: a slot names the specialist, the place, the mode and the kind, with its instants and its wall clock."""
    place = await practice.place("Bondi", time_zone="Australia/Sydney")
    specialist = await practice.specialist(specialties=["ORTHOPAEDICS"])
    made = await practice.availability(specialist, place, kind=res.Availability.ON_DEMAND, buffer_minutes=15)
    expected = res.Slot(
        specialist_id=specialist.id,
        specialist_name="Dr Rui Zhang",
        specialties=["ORTHOPAEDICS"],
        availability_id=made.id,
        place_id=place.id,
        place_name="Bondi",
        mode=res.IN_PERSON,
        kind=res.Availability.ON_DEMAND,
        start_time=timestamp(datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Australia/Sydney"))),
        end_time=timestamp(datetime(2026, 3, 3, 10, tzinfo=ZoneInfo("Australia/Sydney"))),
        time_zone="Australia/Sydney",
        local_start="2026-03-03T09:00",
    )
    # 9:00 in Sydney is 22:00 in UTC of the day before.
    window = {"start_time": "2026-03-03T09:00:00+11:00", "end_time": "2026-03-03T10:00:00+11:00"}
    assert [expected] == list((await practice.search(**window)).slots)


async def test_every_role_finds_what_can_be_booked(practice):
    """CM-06, CM-15: staff and case managers find everybody's slots, a specialist their own."""
    specialist, other = await practice.specialist(time_zone="UTC"), await practice.specialist(time_zone="UTC")
    for each in (specialist, other):
        await practice.availability(each, **ONE_DAY)
    myself = await practice.login_of(specialist)
    for metadata, expected in (
        (practice.staff, {specialist.id, other.id}),
        (practice.as_role(Role.STAFF_ADMIN), {specialist.id, other.id}),
        (await practice.case_manager(), {specialist.id, other.id}),
        (myself, {specialist.id}),
    ):
        assert expected == {each.specialist_id for each in (await practice.search(metadata)).slots}
    asked = await practice.search(myself, specialist_ids=[other.id])
    assert {specialist.id} == {each.specialist_id for each in asked.slots}


async def test_filters(practice):
    """CM-06: by specialist, specialty, place, state, mode, language, kind and service type, alone and together."""
    bondi, perth = await practice.place(state="NSW", time_zone="UTC"), await practice.place(state="WA", time_zone="UTC")
    zhang = await practice.specialist(specialties=["PSYCHIATRY"], languages=["zh"], time_zone="UTC")
    abreu = await practice.specialist(specialties=["ORTHOPAEDICS"], languages=["pt"], time_zone="UTC")
    at_nine = await practice.availability(zhang, bondi, **ONE_DAY, start_minute=540, end_minute=600)
    at_ten = await practice.availability(
        zhang, **ONE_DAY, start_minute=600, end_minute=660, service_types=["IME", "RE_EXAMINATION"]
    )
    at_eleven = await practice.availability(
        abreu, perth, **ONE_DAY, start_minute=660, end_minute=720, kind=res.Availability.ON_DEMAND
    )
    assert (at_nine.place_id, at_ten.place_id, at_eleven.place_id) == (bondi.id, "", perth.id)
    for filters, expected in (
        ({}, [NINE, TEN, ELEVEN]),
        ({"specialist_ids": [abreu.id]}, [ELEVEN]),
        ({"specialist_ids": [str(new_id())]}, []),
        ({"specialty": "PSYCHIATRY"}, [NINE, TEN]),
        ({"place_ids": [bondi.id, perth.id]}, [NINE, ELEVEN]),
        ({"state": "wa"}, [ELEVEN]),
        ({"mode": res.TELEHEALTH}, [TEN]),
        ({"language": "pt"}, [ELEVEN]),
        ({"kind": res.Availability.AVAILABLE}, [NINE, TEN]),
        ({"service_type": "RE_EXAMINATION"}, [NINE, TEN, ELEVEN]),
        ({"service_type": "Other"}, [NINE, ELEVEN]),
        ({"specialty": "PSYCHIATRY", "mode": res.IN_PERSON}, [NINE]),
        ({"specialty": "PSYCHIATRY", "state": "WA"}, []),
    ):
        assert expected == starts((await practice.search(**filters)).slots), filters


async def test_notice_and_horizon_bind_all_but_staff(practice, clock):
    """CM-06: for case managers a slot lies a day ahead and at most 180; staff see the others, but none that is over."""
    specialist, now = await practice.specialist(time_zone="UTC"), clock()
    await practice.availability(
        specialist,
        start_date=(now - timedelta(days=2)).date().isoformat(),
        end_date=(now + timedelta(days=300)).date().isoformat(),
        start_minute=0,
        end_minute=1440,
    )

    async def bounds(metadata, start, end):
        window = {"start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        slots, _ = await pages(practice, metadata, page_size=200, **window)
        return (slots[0].start_time.ToDatetime(UTC), slots[-1].start_time.ToDatetime(UTC)) if slots else None

    case_manager, hour = await practice.case_manager(), timedelta(hours=1)
    first, _ = await bounds(case_manager, now - timedelta(days=1), now + timedelta(days=3))
    assert now + timedelta(hours=24) <= first < now + timedelta(hours=25)
    _, last = await bounds(case_manager, now + timedelta(days=178), now + timedelta(days=200))
    assert now + timedelta(days=180) - hour < last <= now + timedelta(days=180)
    first, _ = await bounds(practice.staff, now - timedelta(days=1), now + timedelta(days=3))
    assert now <= first < now + hour
    _, last = await bounds(practice.staff, now + timedelta(days=178), now + timedelta(days=200))
    assert now + timedelta(days=200) - hour <= last


async def test_an_organization_sets_its_notice_and_horizon(practice, clock):
    """CM-06, CM-08: what administrators set binds from the next search on."""
    specialist, now = await practice.specialist(time_zone="UTC"), clock()
    await practice.availability(specialist, start_date=now.date().isoformat(), start_minute=0, end_minute=1440)
    patch = booking_settings_pb2.BookingSettingsPatch(minimum_notice_hours=0, horizon_days=7)
    request = booking_settings_pb2.UpdateBookingSettingsRequest(settings=patch)
    await practice.call("UpdateBookingSettings", request, practice.as_role(Role.STAFF_ADMIN))
    window = {"start_time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{now + timedelta(days=12):%Y-%m-%dT%H:%M:%SZ}"}
    slots, _ = await pages(practice, await practice.case_manager(), page_size=200, **window)
    first, last = (each.start_time.ToDatetime(UTC) for each in (slots[0], slots[-1]))
    hour = timedelta(hours=1)
    assert now <= first < now + hour
    assert now + timedelta(days=7) - hour < last <= now + timedelta(days=7)


async def test_what_is_taken_is_not_shown(practice):
    """CM-06, B-05: held, confirmed and blocked times are not shown, an expired hold is."""
    specialist, now = await practice.specialist(time_zone="UTC"), practice.clock()
    await practice.availability(specialist, **ONE_DAY, end_minute=840)
    await practice.take(specialist, *hours(TUESDAY, 9, 10))
    await practice.take(
        specialist, *hours(TUESDAY, 10, 11), kind=ReservationKind.HELD, hold_expire_time=now + timedelta(hours=1)
    )
    await practice.take(specialist, *hours(TUESDAY, 12, 13), kind=ReservationKind.HELD, hold_expire_time=now)
    await practice.time_off(specialist, *hours(TUESDAY, 13, 14))
    twelve = "2026-03-03T12:00"
    assert [ELEVEN, twelve] == starts((await practice.search()).slots)


async def test_who_asks_what_a_booking_could_have(desk):
    """CM-06, CM-15, B-05: the time of one's own booking is free for it; for nobody who cannot move it there is one."""
    booking, (ben, as_ben) = await desk.confirmed(at(9)), await desk.colleague()
    wanted = {"specialist_ids": [desk.zhang.id], "start_time": "2026-03-03T00:00:00Z"}
    wanted |= {"end_time": "2026-03-03T12:00:00Z"}
    assert NINE not in starts((await desk.practice.search(desk.as_ana, **wanted)).slots)
    for metadata in (desk.staff, desk.as_ana):
        slots = (await desk.practice.search(metadata, exclude_booking_id=booking.id, **wanted)).slots
        assert NINE in starts(slots)
    outsider = await desk.world.case_manager()
    as_outsider = await login(desk.world, outsider.id, Role.CASE_MANAGER)
    elsewhere = desk.world.people.metadata(Role.STAFF, org_id=new_id())
    for metadata in (as_ben, as_outsider, await desk.as_zhang(), elsewhere):
        with refuses("BOOKING_NOT_FOUND"):
            await desk.practice.search(metadata, exclude_booking_id=booking.id, **wanted)
    with refuses("BOOKING_NOT_FOUND"):
        await desk.practice.search(desk.as_ana, exclude_booking_id=str(new_id()), **wanted)
    await desk.do("AssignBooking", booking, desk.staff, case_manager_id=ben.id)
    assert NINE in starts((await desk.practice.search(as_ben, exclude_booking_id=booking.id, **wanted)).slots)


async def test_a_reservation_that_begins_after_the_window_counts(practice):
    """CM-06: what the buffer of the last slot would reach into is seen, though it lies outside the window."""
    specialist = await practice.specialist(time_zone="UTC")
    await practice.availability(specialist, **ONE_DAY, buffer_minutes=120, step_minutes=60)
    await practice.take(specialist, *hours(TUESDAY, 13, 14))
    window = {"start_time": "2026-03-03T09:00:00Z", "end_time": "2026-03-03T11:30:00Z"}
    assert [NINE, TEN] == starts((await practice.search(**window)).slots)


async def test_an_inactive_specialist_has_no_slots(practice):
    """CM-06: a deactivated specialist gives no slots, and the same ones when activated."""
    specialist = await practice.specialist(time_zone="UTC")
    await practice.availability(specialist, **ONE_DAY)
    which = {"specialist_id": specialist.id}
    await practice.call("DeactivateSpecialist", specialists_pb2.DeactivateSpecialistRequest(**which))
    assert [] == list((await practice.search()).slots)
    await practice.call("ActivateSpecialist", specialists_pb2.ActivateSpecialistRequest(**which))
    assert [NINE, TEN, ELEVEN] == starts((await practice.search()).slots)


async def test_a_specialist_who_moves_to_another_zone(practice):
    """CM-06, B-08: what was made in Sydney stays there at 9:00, booked or free; what is made later is in Chicago."""
    specialist = await practice.specialist(time_zone="Australia/Sydney")
    made = await practice.availability(specialist, end_minute=660)
    nine = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Australia/Sydney"))
    booked = await practice.take(specialist, nine, nine + timedelta(hours=1))
    request = specialists_pb2.UpdateSpecialistRequest(
        specialist_id=specialist.id,
        specialist=specialists_pb2.SpecialistPatch(time_zone="America/Chicago"),
        update_mask=FieldMask(paths=["time_zone"]),
    )
    await practice.call("UpdateSpecialist", request)
    assert [booked] == await practice.reserved(specialist)
    day = {"start_time": "2026-03-03T00:00:00+11:00", "end_time": "2026-03-04T00:00:00+11:00"}
    assert [(TEN, "Australia/Sydney", made.id)] == [
        (each.local_start, each.time_zone, each.availability_id) for each in (await practice.search(**day)).slots
    ]
    ten = nine + timedelta(hours=1)
    moved = await practice.take(specialist, ten, ten + timedelta(hours=1), booking_id=booked.booking_id)
    assert [moved] == await practice.reserved(specialist)
    later = await practice.availability(specialist)
    assert "America/Chicago" == later.time_zone


async def test_pages_in_order(practice):
    """CM-06: slots come by start, then specialist, in pages of any size, none twice and none lost."""
    for _ in range(3):
        specialist = await practice.specialist(time_zone="UTC")
        await practice.availability(specialist, end_minute=660, step_minutes=15)
    slots, _ = await pages(practice, page_size=200, start_time="2026-03-02T00:00:00Z", end_time="2026-03-18T00:00:00Z")
    keys = [(each.start_time.ToDatetime(UTC), each.specialist_id) for each in slots]
    assert 3 * 16 * 5 == len(keys) == len(set(keys))
    assert sorted(keys) == keys
    for size in (1, 7, 50):
        fields = {"start_time": "2026-03-02T00:00:00Z", "end_time": "2026-03-18T00:00:00Z", "page_size": size}
        first = await practice.search(**fields)
        second = await practice.search(**fields, page_token=first.next_page_token)
        assert slots[: 2 * size] == [*first.slots, *second.slots]
    assert slots == (await pages(practice, start_time="2026-03-02T00:00:00Z", end_time="2026-03-18T00:00:00Z"))[0]


@pytest.mark.long(seconds=15)
async def test_more_specialists_than_are_looked_at_for_a_page(practice):
    """CM-06: a page looks at 50 specialists; the token carries on, and everybody's slots come once."""
    specialists = await asyncio.gather(*(practice.specialist(time_zone="UTC") for _ in range(2 * MAX_SPECIALISTS + 5)))
    await asyncio.gather(*(practice.availability(each, **ONE_DAY, end_minute=600) for each in specialists))
    for each in sorted(specialists, key=lambda specialist: specialist.id)[:MAX_SPECIALISTS]:
        await practice.time_off(each, *hours(TUESDAY, 0, 24))
    slots, sizes = await pages(practice, page_size=200)
    assert [0, MAX_SPECIALISTS, 5] == sizes
    assert MAX_SPECIALISTS + 5 == len({each.specialist_id for each in slots}) == len(slots)


async def test_a_token_of_another_search(practice):
    """CM-06: a page token is good for its own search alone, and for whoever made it."""
    specialist = await practice.specialist(time_zone="UTC")
    await practice.availability(specialist, **ONE_DAY)
    token = (await practice.search(page_size=1)).next_page_token
    assert [TEN] == starts((await practice.search(page_size=1, page_token=token)).slots)
    for fields in (
        {"specialist_ids": [specialist.id]},
        {"mode": res.TELEHEALTH},
        {"end_time": "2026-03-07T00:00:00Z"},
        {"metadata": await practice.login_of(specialist)},
        {"metadata": practice.people.metadata(Role.STAFF, org_id=new_id())},
    ):
        with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
            await practice.search(page_token=token, **fields)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("2026-03-01T00:00:00Z", "2026-06-01T00:00:01Z", "WINDOW_TOO_LONG"),
        ("2026-03-01T00:00:00Z", "2026-06-02T00:00:00Z", "WINDOW_TOO_LONG"),
        ("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", "INVALID_REQUEST"),
        ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", "INVALID_REQUEST"),
        ("2026-02-30T00:00:00Z", "2026-03-01T00:00:00Z", "INVALID_REQUEST"),
        ("2026-03-01", "2026-03-02", "INVALID_REQUEST"),
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z", "INVALID_REQUEST"),
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:00-12:00", "INVALID_REQUEST"),
        ("", "", "INVALID_REQUEST"),
    ],
)
async def test_windows(practice, start, end, reason):
    """CM-06: a window of 92 days is searched, and refused a second later; times exist, and the end comes after."""
    await practice.search(start_time="2026-03-01T00:00:00Z", end_time="2026-06-01T00:00:00Z")
    with pytest.raises(InvalidArgument, match=reason):
        await practice.search(start_time=start, end_time=end)


async def test_many_searches_at_once(practice):
    """CM-06: two hundred searches at the same moment all get the same answer."""
    await practice.availability(await practice.specialist(time_zone="UTC"))
    expected = await practice.search()
    answers = await asyncio.gather(*(practice.search() for _ in range(200)))
    assert all(expected == answer for answer in answers)
