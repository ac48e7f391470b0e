"""Why a specialist has no slot that begins at an instant, through a real server."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from portico.casemanager.v1 import availabilities_pb2, specialists_pb2
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import slots_pb2 as pb

from casemanager.reservations.domain import ReservationKind
from casemanager.slots.domain import Reason
from chassis.errors import InvalidArgument, NotFound
from chassis.ids import new_id
from services.casemanager.tests.practice import hours

TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)
ONE_DAY = {"start_date": "2026-03-03", "end_date": "2026-03-03", "weekdays": []}


def test_names_and_numbers_are_the_contracts():
    """CM-06: what can be in the way is the contract's."""
    listed = dict(res.SlotHindrance.Reason.items())
    assert {"REASON_UNSPECIFIED": 0, **{reason.name: reason.value for reason in Reason}} == listed


async def explained(practice, specialist, start, metadata=None, **fields):
    """What is answered about an instant."""
    written = f"{start:%Y-%m-%dT%H:%M:%SZ}"
    request = pb.ExplainSlotRequest(specialist_id=specialist.id, start_time=written, **fields)
    return await practice.call("ExplainSlot", request, metadata)


async def reasons(practice, specialist, start, metadata=None, **fields):
    """The names of what is in the way; `FREE`: there is a slot."""
    answer = await explained(practice, specialist, start, metadata, **fields)
    assert bool(answer.slot.specialist_id) == (not answer.hindrances)
    named = [res.SlotHindrance.Reason.Name(each.reason) for each in answer.hindrances]
    return named or ["FREE"]


async def test_why_a_time_is_not_free(practice):
    """CM-06: what is reserved is named with its times: held, confirmed and blocked, also in the buffer after a slot."""
    specialist, now = await practice.specialist(time_zone="UTC"), practice.clock()
    made = await practice.availability(specialist, **ONE_DAY, end_minute=840, buffer_minutes=15, step_minutes=60)
    confirmed = await practice.take(specialist, *hours(TUESDAY, 10, 11))
    held = {"kind": ReservationKind.HELD, "hold_expire_time": now + timedelta(hours=1)}
    offered = await practice.take(specialist, *hours(TUESDAY, 11, 12), **held)
    off = await practice.time_off(specialist, *hours(TUESDAY, 13, 14))
    at = [TUESDAY + timedelta(hours=hour) for hour in range(9, 14)]
    # At 9:00 the appointment itself would be free, not the quarter of an hour after it.
    expected = [["CONFIRMED"], ["CONFIRMED", "HELD"], ["HELD"], ["BLOCKED"], ["BLOCKED"]]
    assert expected == [await reasons(practice, specialist, each) for each in at]
    answer = await explained(practice, specialist, at[1])
    assert [
        (made.id, 10, 11, str(confirmed.booking_id), confirmed.booking_number, ""),
        (made.id, 11, 12, str(offered.booking_id), offered.booking_number, ""),
    ] == [
        (
            each.availability_id,
            each.start_time.ToDatetime().hour,
            each.end_time.ToDatetime().hour,
            each.booking_id,
            each.booking_number,
            each.time_off_id,
        )
        for each in answer.hindrances
    ]
    assert [off.id] == [each.time_off_id for each in (await explained(practice, specialist, at[4])).hindrances]
    # A hold that is over is nobody's.
    practice.clock.advance(timedelta(hours=1))
    assert ["FREE"] == await reasons(practice, specialist, at[2])


async def test_the_slot_where_there_is_one(practice):
    """CM-06: what is free is answered as the search shows it."""
    specialist = await practice.specialist(time_zone="UTC")
    await practice.availability(specialist, **ONE_DAY)
    [shown, *_] = (await practice.search()).slots
    answer = await explained(practice, specialist, TUESDAY + timedelta(hours=9))
    assert (shown, []) == (answer.slot, list(answer.hindrances))


async def test_where_no_block_is(practice):
    """CM-06: beside all blocks, within one but between its slots or too late in it, and where an exception is."""
    specialist = await practice.specialist(time_zone="UTC")
    made = await practice.availability(specialist)
    cancelled = {"availability_id": made.id, "date": "2026-03-04", "kind": res.AvailabilityException.CANCELLED}
    await practice.call("SetAvailabilityException", availabilities_pb2.SetAvailabilityExceptionRequest(**cancelled))
    for hour, expected in (
        (8, "NO_AVAILABILITY"),
        (9.5, "BETWEEN_SLOTS"),
        (12, "NO_AVAILABILITY"),
        (24 + 9, "EXCEPTION"),
        (24 + 8, "NO_AVAILABILITY"),
    ):
        assert [expected] == await reasons(practice, specialist, TUESDAY + timedelta(hours=hour)), hour
    answer = await explained(practice, specialist, TUESDAY + timedelta(hours=9.5))
    assert [made.id] == [each.availability_id for each in answer.hindrances]


async def test_who_is_bound_by_what(practice):
    """CM-06: notice and horizon are in the way of case managers alone; what is over is in everybody's."""
    specialist, now = await practice.specialist(time_zone="UTC"), practice.clock()
    await practice.availability(
        specialist,
        start_date=(now - timedelta(days=2)).date().isoformat(),
        end_date=(now + timedelta(days=300)).date().isoformat(),
        start_minute=0,
        end_minute=1440,
    )
    myself = await practice.login_of(specialist)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for days, staffs, case_managers in ((-1, "PAST", "PAST"), (1, "FREE", "TOO_SOON"), (200, "FREE", "TOO_FAR")):
        start = midnight + timedelta(days=days)
        assert [staffs] == await reasons(practice, specialist, start)
        assert [case_managers] == await reasons(practice, specialist, start, for_case_manager=True)
        assert [case_managers] == await reasons(practice, specialist, start, myself)


async def test_what_is_not_as_it_is_wanted(practice):
    """CM-06: each filter of the search that hides it is named, of the specialist or of the availability."""
    bondi, perth = await practice.place(state="NSW", time_zone="UTC"), await practice.place(state="WA", time_zone="UTC")
    zhang = await practice.specialist(specialties=["PSYCHIATRY"], languages=["zh"], time_zone="UTC")
    await practice.availability(zhang, bondi, **ONE_DAY, service_types=["IME"])
    for filters, expected in (
        ({}, ["FREE"]),
        ({"specialty": "PSYCHIATRY", "language": "zh", "state": "nsw", "service_type": "IME"}, ["FREE"]),
        ({"specialty": "ORTHOPAEDICS"}, ["OTHER_SPECIALTY"]),
        ({"language": "pt"}, ["OTHER_LANGUAGE"]),
        ({"place_ids": [perth.id]}, ["OTHER_PLACE"]),
        ({"state": "WA"}, ["OTHER_STATE"]),
        ({"mode": res.TELEHEALTH}, ["OTHER_MODE"]),
        ({"kind": res.Availability.ON_DEMAND}, ["OTHER_KIND"]),
        ({"service_type": "RE_EXAMINATION"}, ["OTHER_SERVICE_TYPE"]),
        ({"mode": res.TELEHEALTH, "language": "pt"}, ["OTHER_LANGUAGE", "OTHER_MODE"]),
    ):
        assert expected == await reasons(practice, zhang, TUESDAY + timedelta(hours=9), **filters), filters
        window = {"start_time": "2026-03-03T09:00:00Z", "end_time": "2026-03-03T09:01:00Z"}
        assert (expected == ["FREE"]) == bool((await practice.search(**window, **filters)).slots), filters
    with pytest.raises(NotFound, match="PLACE_NOT_FOUND"):
        await explained(practice, zhang, TUESDAY + timedelta(hours=9), place_ids=[bondi.id, str(new_id())])
    # A filter and what is taken are both said.
    await practice.take(zhang, *hours(TUESDAY, 9, 10))
    both = await reasons(practice, zhang, TUESDAY + timedelta(hours=9), service_type="RE_EXAMINATION")
    assert ["OTHER_SERVICE_TYPE", "CONFIRMED"] == both


async def test_of_whom_it_is_asked(practice):
    """CM-06, CM-15: specialists ask of themselves, and of an offer see only that the time is held."""
    specialist, other = await practice.specialist(time_zone="UTC"), await practice.specialist(time_zone="UTC")
    await practice.availability(specialist, **ONE_DAY)
    held = {"kind": ReservationKind.HELD, "hold_expire_time": practice.clock() + timedelta(hours=1)}
    await practice.take(specialist, *hours(TUESDAY, 9, 10), **held)
    myself, nine = await practice.login_of(specialist), TUESDAY + timedelta(hours=9)
    [mine] = (await explained(practice, specialist, nine, myself)).hindrances
    assert (res.SlotHindrance.HELD, "", "") == (mine.reason, mine.booking_id, mine.booking_number)
    for metadata, whose in ((myself, other), (practice.staff, res.Specialist(id=str(new_id())))):
        with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
            await explained(practice, whose, nine, metadata)
    await practice.call("DeactivateSpecialist", specialists_pb2.DeactivateSpecialistRequest(specialist_id=other.id))
    assert ["SPECIALIST_INACTIVE"] == await reasons(practice, other, nine)
    request = pb.ExplainSlotRequest(specialist_id=str(UUID(int=1)), start_time="2026-02-30T00:00:00Z")
    with pytest.raises(InvalidArgument):
        await practice.call("ExplainSlot", request)
