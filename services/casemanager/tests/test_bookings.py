"""Bookings from the request to the confirmation, through a real server on a real database."""

from datetime import UTC, timedelta

import pytest
from portico.casemanager.v1 import availabilities_pb2, companies_pb2, tasks_pb2
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res_tasks
from portico.casemanager.v1 import schedule_resources_pb2 as schedules

from casemanager.reservations.domain import ReservationKind
from casemanager.tasks.domain.task import AssigneeKind, Kind
from chassis.errors import Aborted, AlreadyExists, Denied, InvalidArgument
from chassis.ids import new_id
from services.casemanager.tests.desk import actions_of, at, own_time, refuses, slot, state_of, wishes
from services.casemanager.tests.matters import close_case, open_case
from services.casemanager.tests.practice import block


async def test_an_available_slot_is_confirmed_at_once(desk):
    """CM-08: one call: booked, its time taken, three people told, one task, one line of history, one kept answer."""
    await desk.practice.availability(desk.zhang, start_minute=1200, end_minute=1260, buffer_minutes=15)
    request_id = str(new_id())
    booking = await desk.request(slot=slot(desk.mornings, at(9)), note="By the window", request_id=request_id)
    assert ("B-000001", "CONFIRMED", "C-000001", "Noah Tran", "Ana García", "Dr Rui Zhang", "IME") == (
        booking.number,
        state_of(booking),
        booking.case_number,
        booking.subject_name,
        booking.case_manager_name,
        booking.specialist_name,
        booking.service_type,
    )
    assert (at(9), at(10), "UTC", desk.mornings.id, res.Booking.SLOT, 0, "1") == (
        booking.start_time.ToDatetime(UTC),
        booking.end_time.ToDatetime(UTC),
        booking.time_zone,
        booking.availability_id,
        booking.way,
        booking.calendar_sequence,
        booking.etag,
    )
    # 17:00 of seven days before.
    assert at(17, day=-7) == booking.paperwork_due_time.ToDatetime(UTC)
    assert ["UPLOAD_PAPERWORK", "RESCHEDULE", "REQUEST_MOVE", "CANCEL", "UPDATE"] == actions_of(booking)
    [reservation] = await desk.reserved()
    assert (ReservationKind.CONFIRMED, at(9), at(10), booking.id, "B-000001") == (
        reservation.kind,
        reservation.start_time,
        reservation.end_time,
        str(reservation.booking_id),
        reservation.booking_number,
    )
    assert ["requested", "confirmed"] == await desk.told()
    assert [("BOOKING_CONFIRMED", desk.zhang.email), ("BOOKING_CONFIRMED", desk.ana.email)] == sorted(
        await desk.last_mails(), key=lambda mail: mail[1] == desk.ana.email
    )
    [task] = await desk.tasks()
    assert (Kind.UPLOAD_PAPERWORK, AssigneeKind.CASE_MANAGER, desk.ana.id, booking.id, at(17, day=-7)) == (
        task.kind,
        task.assignee.kind,
        str(task.assignee.id),
        str(task.booking_id),
        task.due_time,
    )
    assert ["REQUESTED"] == await desk.kinds(booking)
    assert booking == await desk.request(slot=slot(desk.mornings, at(9)), note="By the window", request_id=request_id)
    assert booking == await desk.get(booking, desk.as_ana)


async def test_what_a_confirmation_says(desk):
    """CM-08: the message has the time, the length, the place and where its page is, and no name of the subject."""
    place = await desk.practice.place("Bondi", address="40 Oxford Street", directions="Second floor", time_zone="UTC")
    here = await desk.practice.availability(desk.zhang, place, start_minute=1080, end_minute=1140)
    booking = await desk.request(slot=slot(here, at(18)))
    assert ("Bondi", "40 Oxford Street", schedules.IN_PERSON) == (
        booking.place_name,
        booking.place_address,
        booking.mode,
    )
    [to_ana] = [mail for mail in await desk.mails() if mail.recipient.address == desk.ana.email]
    assert {
        "organization_name": "Harbour Assessments",
        "recipient_name": "Ana García",
        "time_zone": "Australia/Sydney",
        "booking_number": booking.number,
        "booking_url": f"https://portico.example/cm/bookings/{booking.id}",
        "specialist": "Dr Rui Zhang",
        "place": "Bondi, 40 Oxford Street",
        "directions": "Second floor",
        "start_time": "2026-03-03T18:00:00Z",
        "minutes": "60",
        "paperwork_due_time": "2026-02-24T17:00:00Z",
    } == dict(to_ana.values)
    assert at(18) == to_ana.not_after.ToDatetime(UTC)
    assert not any("Noah" in value or "Tran" in value for mail in await desk.mails() for value in mail.values.values())


async def test_what_somebody_has_to_be_asked_for_is_requested(desk):
    """CM-08: an ON_DEMAND slot and wishes hold nothing, and give staff a task; they expire after 30 days."""
    asked = await desk.request(slot=slot(desk.afternoons, at(13)))
    assert ("REQUESTED", at(13), "Dr Rui Zhang") == (
        state_of(asked),
        asked.start_time.ToDatetime(UTC),
        asked.specialist_name,
    )
    assert asked.request_time.ToDatetime(UTC) + timedelta(days=30) == asked.expire_time.ToDatetime(UTC)
    window = (at(0, day=7), at(0, day=14))
    wished = await desk.request(wishes=wishes(window), specialty="ORTHOPAEDICS")
    assert ("REQUESTED", "", "ORTHOPAEDICS", res.Booking.WISHES) == (
        state_of(wished),
        wished.specialist_id,
        wished.specialty,
        wished.way,
    )
    assert [window] == [(each.start_time.ToDatetime(UTC), each.end_time.ToDatetime(UTC)) for each in wished.wishes]
    assert [] == await desk.reserved()
    assert ["ANSWER_REQUEST"] * 2 == await desk.open_tasks()
    assert [("BOOKING_REQUESTED", desk.ana.email)] * 2 == await desk.last_mails()
    assert ["requested"] * 2 == await desk.told()
    assert ["UPLOAD_PAPERWORK", "CANCEL", "UPDATE"] == actions_of(asked)
    of_staff = ["OFFER", "DECLINE", "UPLOAD_PAPERWORK", "ASSIGN", "CANCEL", "UPDATE", "ADD_NOTE"]
    assert ["ACCEPT", *of_staff] == actions_of(await desk.get(asked))
    assert of_staff == actions_of(await desk.get(wished))


async def test_a_request_is_accepted(desk):
    """CM-08: the specialist said yes: confirmed with invites; the task of staff is done, the case manager's opens."""
    asked = await desk.request(slot=slot(desk.afternoons, at(13)))
    await desk.last_mails()
    with pytest.raises(Denied):
        await desk.do("AcceptRequest", asked)
    accepted = await desk.do("AcceptRequest", asked, desk.staff, etag=asked.etag)
    assert ("CONFIRMED", "2") == (state_of(accepted), accepted.etag)
    assert ["UPLOAD_PAPERWORK"] == await desk.open_tasks()
    assert {("BOOKING_CONFIRMED", desk.ana.email), ("BOOKING_CONFIRMED", desk.zhang.email)} == {
        *await desk.last_mails()
    }
    assert ["REQUESTED", "ACCEPTED"] == await desk.kinds(accepted)
    assert [at(13)] == [each.start_time for each in await desk.reserved()]
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("AcceptRequest", asked, desk.staff)
    with refuses("ACTION_NOT_ALLOWED"):
        await desk.do("AcceptRequest", await desk.request(), desk.staff)


async def test_a_request_whose_time_is_gone_is_not_accepted(desk):
    """CM-08: SLOT_TAKEN when somebody has the time, and when its availability was removed since."""
    first, second = [await desk.request(slot=slot(desk.afternoons, at(hour))) for hour in (13, 14)]
    await desk.request(desk.staff, time=own_time(desk.zhang, at(13.5), minutes=10))
    with refuses("SLOT_TAKEN"):
        await desk.do("AcceptRequest", first, desk.staff)
    await desk.call(
        "DeleteAvailability", availabilities_pb2.DeleteAvailabilityRequest(availability_id=desk.afternoons.id)
    )
    with refuses("SLOT_TAKEN"):
        await desk.do("AcceptRequest", second, desk.staff)
    assert ["REQUESTED"] * 2 == [state_of(await desk.get(each)) for each in (first, second)]


def delete_availability(availability):
    from portico.casemanager.v1 import availabilities_pb2

    return availabilities_pb2.DeleteAvailabilityRequest(availability_id=availability.id)


async def test_staff_book_a_time_of_their_own(desk):
    """CM-08, CM-10: within an availability with its buffer, outside of it with a reason; the constraint rules."""
    with pytest.raises(Denied):
        await desk.request(time=own_time(desk.zhang, at(20)))
    with refuses("OUTSIDE_REASON_NEEDED"):
        await desk.request(desk.staff, time=own_time(desk.zhang, at(20), outside_availability_reason=" "))
    outside = await desk.request(desk.staff, time=own_time(desk.zhang, at(20)))
    assert ("CONFIRMED", True, res.Booking.TIME, "") == (
        state_of(outside),
        outside.outside_availability,
        outside.way,
        outside.availability_id,
    )
    assert ["outside_availability: Asked by phone"] == list((await desk.history(outside))[0].changes)
    assert [] == list((await desk.history(outside, desk.as_ana))[0].changes)
    buffered = await desk.practice.availability(desk.zhang, start_minute=1320, end_minute=1440, buffer_minutes=30)
    inside = await desk.request(desk.staff, time=own_time(desk.zhang, at(22.25), outside_availability_reason=""))
    assert (False, buffered.id) == (inside.outside_availability, inside.availability_id)
    assert [(at(20), at(21)), (at(22.25), at(23.75))] == [
        (each.start_time, each.end_time) for each in await desk.reserved()
    ]
    with refuses("SLOT_TAKEN"):
        await desk.request(desk.staff, time=own_time(desk.zhang, at(23.5)))
    with refuses("TOO_LATE"):
        await desk.request(desk.staff, time=own_time(desk.zhang, desk.world.clock() - timedelta(minutes=1)))
    with refuses("SPECIALIST_NOT_FOUND"):
        await desk.request(desk.staff, time=own_time(schedules.Specialist(id=str(new_id())), at(20)))
    nowhere = own_time(desk.zhang, at(6), mode=schedules.IN_PERSON, place_id=str(new_id()))
    with refuses("PLACE_NOT_FOUND"):
        await desk.request(desk.staff, time=nowhere)
    with pytest.raises(InvalidArgument):
        await desk.request(desk.staff, time=own_time(desk.zhang, at(6), mode=schedules.IN_PERSON))


async def test_staff_book_for_a_case_manager(desk):
    """CM-08: staff may name another case manager of the company, nobody else's and nobody out of service."""
    ben, as_ben = await desk.colleague()
    booking = await desk.request(desk.staff, case_manager_id=ben.id)
    assert (ben.id, "Ben García") == (booking.case_manager_id, booking.case_manager_name)
    assert ["UPLOAD_PAPERWORK", "CANCEL", "UPDATE"] == actions_of(await desk.get(booking, as_ben))
    stranger = await desk.world.case_manager()
    for other_id in (stranger.id, str(new_id())):
        with refuses("CASE_MANAGER_NOT_FOUND"):
            await desk.request(desk.staff, case_manager_id=other_id)
    with refuses("CASE_MANAGER_NOT_FOUND"):
        await desk.request(case_manager_id=ben.id)
    cleo = await desk.world.case_manager(desk.ana.company_id)
    await desk.world.deactivate(cleo)
    with refuses("CASE_MANAGER_INACTIVE"):
        await desk.request(desk.staff, case_manager_id=cleo.id)


async def test_for_what_nothing_is_requested(desk):
    """CM-07, CM-08: a closed case, an inactive company, somebody else's case, none at all."""
    _, as_ben = await desk.colleague()
    for metadata, case_id in ((as_ben, desk.case.id), (desk.as_ana, str(new_id())), (desk.staff, str(new_id()))):
        request = pb.RequestBookingRequest(case_id=case_id, wishes=pb.WishedTimes())
        with refuses("CASE_NOT_FOUND"):
            await desk.call("RequestBooking", request, metadata)
    closed = await close_case(desk.world, await open_case(desk.world, desk.ana))
    with refuses("CASE_CLOSED"):
        await desk.request(case=closed)
    await desk.call("DeactivateCompany", companies_pb2.DeactivateCompanyRequest(company_id=desk.case.company_id))
    with refuses("COMPANY_INACTIVE"):
        await desk.request(desk.staff)


def deactivate_company(company_id):
    from portico.casemanager.v1 import companies_pb2

    return companies_pb2.DeactivateCompanyRequest(company_id=company_id)


async def test_what_binds_a_case_manager(desk):
    """CM-06, CM-08: notice and horizon to the second for a case manager, the past alone for staff."""
    every_minute = {"step_minutes": 1, "appointment_minutes": 10, "start_minute": 0, "end_minute": 1440}
    dates = {"start_date": "2026-01-15", "end_date": "2026-08-30"}
    around = await desk.practice.availability(await desk.practice.specialist(time_zone="UTC"), **every_minute, **dates)
    now, minute = desk.world.clock(), timedelta(minutes=1)
    day, horizon = timedelta(hours=24), timedelta(days=180)
    for start, reason in ((now + day - minute, "TOO_LATE"), (now + horizon + minute, "TOO_EARLY_TO_BOOK")):
        with refuses(reason):
            await desk.request(slot=slot(around, start))
        assert "CONFIRMED" == state_of(await desk.request(desk.staff, slot=slot(around, start)))
    for start in (now + day + 10 * minute, now + horizon - 10 * minute):
        assert "CONFIRMED" == state_of(await desk.request(slot=slot(around, start)))
    with refuses("TOO_LATE"):
        await desk.request(desk.staff, slot=slot(around, now - minute))


async def test_a_slot_that_there_is_not(desk):
    """CM-06: what search would not show is not booked: another minute, day, or availability."""
    for start in (at(9.5), at(12), at(9, day=60)):
        with refuses("SLOT_UNKNOWN"):
            await desk.request(slot=slot(desk.mornings, start))
    with refuses("AVAILABILITY_NOT_FOUND"):
        await desk.request(slot=slot(schedules.Availability(id=str(new_id())), at(9)))


async def test_a_slot_for_something_else(desk):
    """CM-06, CM-08: what search hides by type of service or specialty is not requested, offered, moved to or named."""
    reviews = await desk.practice.availability(
        desk.zhang, start_minute=1080, end_minute=1200, service_types=["RE_EXAMINATION"]
    )
    only = await desk.practice.availability(
        desk.zhang, start_minute=1200, end_minute=1260, service_types=["IME", "RE_EXAMINATION"]
    )
    asked, booked = await desk.request(), await desk.request(slot=slot(only, at(20)))
    assert "CONFIRMED" == state_of(booked)
    for by in (desk.as_ana, desk.staff):
        with refuses("SLOT_UNKNOWN"):
            await desk.request(by, slot=slot(reviews, at(18)))
        with refuses("SLOT_UNKNOWN"):
            await desk.request(by, slot=slot(desk.mornings, at(9)), specialty="PSYCHIATRY")
        with refuses("SLOT_UNKNOWN"):
            await desk.do("RescheduleBooking", booked, by, slot=slot(reviews, at(18)), reason=res.CLIENT_REQUEST)
    with refuses("SLOT_UNKNOWN"):
        await desk.offer(asked, slot(reviews, at(18)))
    with refuses("SLOT_UNKNOWN"):
        await desk.do("RequestMove", booked, slot=slot(reviews, at(18)), reason=res.CLIENT_REQUEST)
    assert "CONFIRMED" == state_of(await desk.request(slot=slot(desk.mornings, at(9)), specialty="ORTHOPAEDICS"))
    anything = await open_case(desk.world, desk.ana)
    assert "CONFIRMED" == state_of(await desk.request(case=anything, slot=slot(reviews, at(18))))
    with refuses("SLOT_TAKEN") as refused:
        await desk.request(slot=slot(only, at(20)))
    assert reviews.id not in refused.value.metadata["next_slots"]
    with refuses("SLOT_TAKEN") as refused:
        await desk.request(case=anything, slot=slot(reviews, at(18)))
    assert reviews.id in refused.value.metadata["next_slots"]


async def test_a_request_whose_availability_is_for_something_else_by_now(desk):
    """CM-08: accepting it is SLOT_TAKEN, as when the availability was removed."""
    asked = await desk.request(slot=slot(desk.afternoons, at(13)))
    changed = block(
        kind=schedules.Availability.ON_DEMAND, start_minute=780, end_minute=1020, service_types=["RE_EXAMINATION"]
    )
    request = availabilities_pb2.UpdateAvailabilityRequest(availability_id=desk.afternoons.id, block=changed)
    await desk.call("UpdateAvailability", request)
    with refuses("SLOT_TAKEN"):
        await desk.do("AcceptRequest", asked, desk.staff)


async def test_a_taken_slot_names_the_next_ones(desk):
    """CM-09: the loser gets ALREADY_EXISTS with up to 5 slots of the same search, which can be booked."""
    await desk.confirmed(at(10))
    with pytest.raises(AlreadyExists) as refused:
        await desk.confirmed(at(10))
    assert "SLOT_TAKEN" == refused.value.reason
    metadata = refused.value.metadata
    assert (desk.zhang.id, "2026-03-03T10:00:00Z") == (metadata["specialist_id"], metadata["start_time"])
    named = [each.split("@") for each in metadata["next_slots"].split(",")]
    hours = [f"2026-03-03T{hour}:00:00Z" for hour in (11, 13, 14, 15, 16)]
    assert hours == [start for _, start in named]
    assert [desk.mornings.id, *[desk.afternoons.id] * 4] == [availability_id for availability_id, _ in named]
    assert "CONFIRMED" == state_of(await desk.confirmed(at(11)))


async def test_a_case_manager_has_at_most_20_requests(desk):
    """CM-08: the 21st that nobody has answered is refused; a slot that is free at once never is."""
    requests = [await desk.request() for _ in range(20)]
    with refuses("TOO_MANY_REQUESTS"):
        await desk.request(desk.staff)
    assert "CONFIRMED" == state_of(await desk.confirmed())
    await desk.cancel(requests[0])
    assert "REQUESTED" == state_of(await desk.request())


async def test_wishes_that_cannot_be(desk):
    """CM-08: a window that ends before it begins, or is over, or is longer than a year, is named in the refusal."""
    now = desk.world.clock()
    for window in ((at(9), at(9)), (at(9), at(8)), (now - timedelta(days=2), now), (at(0), at(0, day=400))):
        with pytest.raises(InvalidArgument) as refused:
            await desk.request(wishes=wishes((at(8), at(9)), window))
        assert ["wishes.windows[1].end_time"] == [each.field for each in refused.value.violations]


async def test_booked_again(desk):
    """CM-08, CM-11: a booking says which one it takes the place of, and does the task to book again."""
    first = await desk.cancel(await desk.confirmed(), suggest_rebooking=True)
    assert ["REBOOK"] == await desk.open_tasks()
    rebooked = await desk.request(rebooked_from_id=first.id)
    assert first.id == rebooked.rebooked_from_id
    assert ["ANSWER_REQUEST"] == await desk.open_tasks()
    with refuses("BOOKING_NOT_FOUND"):
        await desk.request(rebooked_from_id=str(new_id()))


async def test_a_case_with_bookings_stays_open(desk):
    """CM-07: a case is closed only once nothing of it is open; the counts follow."""
    booking = await desk.confirmed()
    with refuses("CASE_HAS_OPEN_BOOKINGS"):
        await close_case(desk.world, desk.case)
    await desk.cancel(booking)
    closed = await close_case(desk.world, desk.case)
    assert (1, 0) == (closed.bookings_count, closed.open_bookings_count)


async def test_another_version_is_refused(desk):
    """CM-08: a command on a version that is over is CONCURRENT_CHANGE, and changes nothing."""
    booking = await desk.confirmed()
    await desk.update(booking, note="Bring the films")
    with pytest.raises(Aborted) as refused:
        await desk.cancel(booking, etag=booking.etag)
    assert "CONCURRENT_CHANGE" == refused.value.reason
    assert "CONFIRMED" == state_of(await desk.get(booking))


async def test_a_task_is_written_about_a_booking(desk):
    """CM-11, CM-15: by who sees the booking, about its case too; what happens to the booking leaves it alone."""
    booking, (ben, as_ben), (_, as_cleo) = (
        await desk.confirmed(),
        await desk.colleague(),
        await desk.colleague(business_unit_id=""),
    )
    patch = tasks_pb2.TaskPatch(title="Call the solicitor", due_date="2026-03-02")
    about = {"task": patch, "booking_id": booking.id}
    for by, assignee_id in ((desk.as_ana, ""), (as_ben, ""), (desk.staff, ben.id), (await desk.as_zhang(), "")):
        made = await desk.call("CreateTask", tasks_pb2.CreateTaskRequest(assignee_id=assignee_id, **about), by)
        assert (booking.id, booking.number, desk.case.id) == (made.booking_id, made.booking_number, made.case_id)
    for by, booking_id in ((as_cleo, booking.id), (desk.staff, str(new_id()))):
        with refuses("BOOKING_NOT_FOUND"):
            request = tasks_pb2.CreateTaskRequest(task=patch, booking_id=booking_id)
            await desk.call("CreateTask", request, by)
    listed = await desk.call("ListTasks", tasks_pb2.ListTasksRequest(booking_id=booking.id), desk.staff)
    assert ["BY_HAND"] * 4 + ["UPLOAD_PAPERWORK"] == sorted(
        res_tasks.Task.Kind.Name(each.kind) for each in listed.tasks
    )
    await desk.cancel(booking)
    assert ["BY_HAND"] * 4 == await desk.open_tasks()
