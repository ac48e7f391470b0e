"""What a specialist's days hold, through a real server."""

from datetime import UTC, datetime, timedelta

import pytest
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import slots_pb2 as pb
from portico.casemanager.v1 import specialists_pb2

from casemanager.reservations.domain import ReservationKind
from chassis.errors import InvalidArgument
from services.casemanager.tests.practice import hours

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)
ON_TUESDAY = {"start_time": "2026-03-03T00:00:00Z", "end_time": "2026-03-04T00:00:00Z"}
ONE_DAY = {"start_date": "2026-03-03", "end_date": "2026-03-03", "weekdays": []}


async def calendar(practice, metadata=None, **fields):
    request = pb.ListCalendarEntriesRequest(**{**ON_TUESDAY, **fields})
    return (await practice.call("ListCalendarEntries", request, metadata)).entries


async def test_a_calendar(practice):
    """CM-06: a day holds its blocks, and what is held, confirmed and blocked of them, by start."""
    specialist, now = await practice.specialist(time_zone="UTC"), practice.clock()
    made = await practice.availability(specialist, **ONE_DAY, end_minute=840)
    confirmed = await practice.take(specialist, *hours(TUESDAY, 9, 10))
    held = {"kind": ReservationKind.HELD, "hold_expire_time": now + timedelta(hours=1)}
    offered = await practice.take(specialist, *hours(TUESDAY, 10, 11), **held)
    await practice.take(specialist, *hours(TUESDAY, 11, 12), **{**held, "hold_expire_time": now})
    off = await practice.time_off(specialist, *hours(TUESDAY, 13, 14))
    kind = res.CalendarEntry
    expected = [
        (kind.AVAILABLE, 9, made.id, "", ""),
        (kind.CONFIRMED, 9, "", confirmed.booking_number, ""),
        (kind.HELD, 10, "", offered.booking_number, ""),
        (kind.BLOCKED, 13, "", "", off.id),
    ]

    def rows(entries):
        return [
            (each.kind, each.start_time.ToDatetime().hour, each.availability_id, each.booking_number, each.time_off_id)
            for each in entries
        ]

    assert expected == rows(await calendar(practice))
    assert expected == rows(await calendar(practice, specialist_ids=[specialist.id]))
    mine = rows(await calendar(practice, await practice.login_of(specialist)))
    expected[2] = (kind.HELD, 10, "", "", "")
    assert expected == mine


async def test_whose_calendar(practice):
    """CM-06, CM-15: a specialist sees their own alone, staff whom they ask for, also one who was deactivated."""
    specialist, other = await practice.specialist(time_zone="UTC"), await practice.specialist(time_zone="UTC")
    for each in (specialist, other):
        await practice.availability(each, **ONE_DAY)
    mine = await calendar(practice, await practice.login_of(specialist), specialist_ids=[other.id])
    assert [specialist.id] == [each.specialist_id for each in mine]
    await practice.time_off(other, *hours(TUESDAY, 9, 10))
    await practice.call("DeactivateSpecialist", specialists_pb2.DeactivateSpecialistRequest(specialist_id=other.id))
    asked = await calendar(practice, specialist_ids=[other.id])
    assert [res.CalendarEntry.BLOCKED] == [each.kind for each in asked]
    assert {specialist.id} == {each.specialist_id for each in await calendar(practice)}
    with pytest.raises(InvalidArgument, match="WINDOW_TOO_LONG"):
        await calendar(practice, end_time="2026-04-03T00:00:01Z")
