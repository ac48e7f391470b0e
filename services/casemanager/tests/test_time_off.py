"""Time off, through a real server."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1 import resources_pb2, tasks_pb2
from portico.casemanager.v1 import schedule_resources_pb2 as res
from portico.casemanager.v1 import time_off_pb2 as pb

from casemanager.reservations.domain import ReservationKind
from casemanager.specialists.usecases import load_specialist
from casemanager.tasks.domain.due import Calendar, due_on
from casemanager.time_off.domain import Around, NewTimeOff, create_time_off
from chassis.errors import Conflict, InvalidArgument, NotFound
from chassis.ids import new_id
from services.casemanager.tests.practice import hours, taken

DAY = datetime(2026, 3, 3, tzinfo=UTC)


async def listed(practice, specialist, metadata=None, **fields):
    request = pb.ListTimeOffRequest(specialist_id=specialist.id, **fields)
    return await practice.call("ListTimeOff", request, metadata)


async def spans(practice, specialist):
    """The time off, each from hour to hour of DAY."""
    return [
        tuple(int((each.ToDatetime(UTC) - DAY).total_seconds() // 3600) for each in (off.start_time, off.end_time))
        for off in (await listed(practice, specialist)).time_off
    ]


async def blocked(practice, specialist):
    """What is blocked, each from hour to hour of DAY."""
    return [
        tuple(int((each - DAY).total_seconds() // 3600) for each in (taken.start_time, taken.end_time))
        for taken in await practice.reserved(specialist)
        if taken.kind is ReservationKind.BLOCKED
    ]


async def delete(practice, specialist, off, metadata=None):
    request = pb.DeleteTimeOffRequest(specialist_id=specialist.id, time_off_id=off.id)
    await practice.call("DeleteTimeOff", request, metadata)


@pytest.fixture
async def specialist(practice):
    return await practice.specialist(time_zone="UTC")


async def test_time_off_blocks(practice, specialist):
    """CM-06: what is blocked cannot be booked until the time off is removed, and then it can."""
    off = await practice.time_off(specialist, *hours(DAY, 9, 12), reason="Conference")
    assert [off] == list((await listed(practice, specialist)).time_off)
    assert await practice.take(specialist, *hours(DAY, 11, 13)) is None
    assert await practice.take(specialist, *hours(DAY, 12, 13))
    await delete(practice, specialist, off)
    assert await practice.take(specialist, *hours(DAY, 11, 12))
    assert [] == await spans(practice, specialist)
    with pytest.raises(NotFound, match="TIME_OFF_NOT_FOUND"):
        await delete(practice, specialist, off)


async def test_overlapping_time_off_is_one(practice, specialist):
    """CM-06: what overlaps or touches becomes one, also when it joins two, and what lies apart stays apart."""
    first = await practice.time_off(specialist, *hours(DAY, 9, 11), reason="Conference")
    await practice.time_off(specialist, *hours(DAY, 13, 14))
    await practice.time_off(specialist, *hours(DAY, 20, 21))
    joined = await practice.time_off(specialist, *hours(DAY, 10, 13))
    assert [(9, 14), (20, 21)] == await spans(practice, specialist) == await blocked(practice, specialist)
    assert "Conference" == joined.reason
    inside = await practice.time_off(specialist, *hours(DAY, 10, 11), reason="Ill")
    assert ([(9, 14), (20, 21)], "Ill") == (await spans(practice, specialist), inside.reason)
    with pytest.raises(NotFound, match="TIME_OFF_NOT_FOUND"):
        await delete(practice, specialist, first)


async def test_over_a_booking_it_is_refused(practice, specialist):
    """CM-06: confirmed bookings are named, however many, and nothing is blocked."""
    booked = [await practice.take(specialist, *hours(DAY, at, at + 1)) for at in (9, 10)]
    await practice.take(specialist, *hours(DAY, 12, 13))
    with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY") as refused:
        await practice.time_off(specialist, *hours(DAY, 8, 12))
    numbers = ",".join(each.booking_number for each in booked)
    assert {"booking_numbers": numbers, "count": "2"} == refused.value.metadata
    assert [] == await spans(practice, specialist) == await blocked(practice, specialist)


async def test_even_if_booked(practice, specialist):
    """CM-06: when the specialist is ill the bookings stay and are named, and what is free around them is blocked."""
    booked = [await practice.take(specialist, *hours(DAY, at, at + 1)) for at in (9, 11)]
    off = await practice.time_off(specialist, *hours(DAY, 9, 14), even_if_booked=True)
    assert [each.booking_number for each in booked] == [each.booking_number for each in off.bookings]
    assert [(9, 14)] == await spans(practice, specialist)
    assert [(10, 11), (12, 14)] == await blocked(practice, specialist)
    longer = await practice.time_off(specialist, *hours(DAY, 14, 15))
    assert ([(9, 15)], [(10, 11), (12, 15)]) == (await spans(practice, specialist), await blocked(practice, specialist))
    await delete(practice, specialist, longer)
    assert [] == await blocked(practice, specialist)
    assert booked == await practice.reserved(specialist)


async def tasks_of(practice):
    return list((await practice.call("ListTasks", tasks_pb2.ListTasksRequest())).tasks)


async def test_what_is_booked_in_it_is_a_task(practice, specialist):
    """CM-06, CM-11: one for the staff, due on the next business day, names what is to be moved, whoever is ill."""
    booked = [await practice.take(specialist, *hours(DAY, at, at + 1)) for at in (11, 9, 16)]
    await practice.time_off(specialist, *hours(DAY, 13, 14), even_if_booked=True)
    assert [] == await tasks_of(practice)
    myself, request_id = await practice.login_of(specialist), str(new_id())
    for _ in range(2):
        given = {"even_if_booked": True, "metadata": myself, "request_id": request_id}
        await practice.time_off(specialist, *hours(DAY, 9, 12), **given)
    [task] = await tasks_of(practice)
    kinds = resources_pb2.Task
    late, early, _ = (each.booking_number for each in booked)
    assert (kinds.MOVE_BOOKINGS, kinds.POOL, f"Dr Rui Zhang: {early}, {late}") == (
        task.kind,
        task.assignee_kind,
        task.note,
    )
    expected = due_on(Calendar(zone="UTC").business_day_after(practice.clock(), 1), "UTC")
    assert expected == task.due_time.ToDatetime(UTC)
    assert ["task.opened"] == [each for each in await practice.subjects() if each.startswith("task.")]
    await practice.time_off(specialist, *hours(DAY, 15, 18), even_if_booked=True)
    assert {f"Dr Rui Zhang: {each}" for each in (f"{early}, {late}", booked[2].booking_number)} == {
        each.note for each in await tasks_of(practice)
    }


async def test_staff_say_that_all_is_moved(practice, specialist):
    """CM-11: nobody but staff can know, and they may find that it was not."""
    await practice.take(specialist, *hours(DAY, 9, 10))
    await practice.time_off(specialist, *hours(DAY, 9, 12), even_if_booked=True)
    [task] = await tasks_of(practice)
    await practice.call("CompleteTask", tasks_pb2.CompleteTaskRequest(task_id=task.id))
    assert [] == await tasks_of(practice)
    await practice.call("ReopenTask", tasks_pb2.ReopenTaskRequest(task_id=task.id))
    assert [task.id] == [each.id for each in await tasks_of(practice)]


async def test_a_task_names_as_many_as_its_note_holds(practice, specialist):
    """CM-06: of more than 150 bookings it says how many there are besides, and staff can still write to its note."""
    around = Around(
        specialist=await load_specialist(
            practice.deps.database, org_id=practice.org_id, specialist_id=UUID(specialist.id)
        ),
        time_off=[],
        reservations=[
            taken(practice.org_id, specialist, *hours(DAY, at, at + 1), booking_id=UUID(int=1_000_000 - at))
            for at in range(152)
        ],
        versions={},
        calendar=Calendar(zone="UTC"),
    )
    start, end = hours(DAY, 0, 152)
    command = NewTimeOff(id=new_id(), task_id=new_id(), start_time=start, end_time=end, reason="", even_if_booked=True)
    task = create_time_off(around, command, practice.clock()).task
    assert task
    assert task.note.endswith(", B-999851, + 2")
    assert len(task.note) < 2000


async def test_over_a_held_time_it_is_refused(practice, specialist):
    """CM-06: what is offered to somebody is named, also for who is ill; a hold that is over is in nobody's way."""
    now = practice.clock()
    for minutes in (5, 0):
        await practice.take(
            specialist,
            *hours(DAY, 10 - minutes, 11 - minutes),
            kind=ReservationKind.HELD,
            hold_expire_time=now + timedelta(minutes=minutes),
        )
    for even_if_booked in (False, True):
        with pytest.raises(Conflict, match="BOOKINGS_IN_THE_WAY"):
            await practice.time_off(specialist, *hours(DAY, 5, 6), even_if_booked=even_if_booked)
    await practice.time_off(specialist, *hours(DAY, 9, 12))
    assert [(9, 12)] == await blocked(practice, specialist)


@pytest.mark.parametrize(("length", "words"), [(timedelta(), "after"), (timedelta(hours=-1), "after")])
async def test_it_ends_after_it_begins(practice, specialist, length, words):
    """CM-06: time off that ends where it begins, or before, is refused."""
    with pytest.raises(InvalidArgument, match=words):
        await practice.time_off(specialist, DAY, DAY + length)


async def test_it_lasts_two_years_at_most(practice, specialist):
    """CM-06: two years are taken, more is refused."""
    await practice.time_off(specialist, DAY, DAY + timedelta(days=731))
    with pytest.raises(InvalidArgument, match="two years"):
        await practice.time_off(specialist, DAY, DAY + timedelta(days=731, seconds=1))


async def test_a_list_of_what_is_not_over(practice, specialist):
    """CM-06: time off is listed by its beginning, page after page, until it is over."""
    await practice.time_off(specialist, *hours(practice.clock(), -3, -2))
    running = await practice.time_off(specialist, *hours(practice.clock(), -1, 1))
    later = await practice.time_off(specialist, *hours(practice.clock(), 5, 6))
    first = await listed(practice, specialist, page_size=1)
    rest = await listed(practice, specialist, page_size=1, page_token=first.next_page_token)
    assert [running, later] == [*first.time_off, *rest.time_off]
    with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
        await listed(practice, await practice.specialist(), page_size=1, page_token=first.next_page_token)


async def test_specialists_look_after_their_own(practice, specialist):
    """CM-06, CM-15: a specialist blocks and frees their own time, and nobody else's."""
    myself, other = await practice.login_of(specialist), await practice.specialist()
    mine = await practice.time_off(specialist, *hours(DAY, 9, 10), metadata=myself)
    theirs = await practice.time_off(other, *hours(DAY, 9, 10))
    assert [mine] == list((await listed(practice, specialist, myself)).time_off)
    for attempt in (
        practice.time_off(other, *hours(DAY, 9, 10), metadata=myself),
        listed(practice, other, myself),
        delete(practice, other, theirs, myself),
    ):
        with pytest.raises(NotFound, match="SPECIALIST_NOT_FOUND"):
            await attempt
    with pytest.raises(NotFound, match="TIME_OFF_NOT_FOUND"):
        await delete(practice, specialist, theirs, myself)


async def test_time_off_and_bookings_at_once(practice, specialist):
    """CM-06, CM-09: of a booking and time off for one hour at the same moment exactly one comes, 20 times over."""
    for at in range(20):
        booking_id = await practice.booking()
        span = hours(DAY + timedelta(days=at), 9, 10)
        answers: Any = await asyncio.gather(
            practice.time_off(specialist, *span),
            practice.take(specialist, *span, booking_id=booking_id),
            return_exceptions=True,
        )
        off, booked = answers
        assert isinstance(off, Conflict) == (booked is not None)
        assert isinstance(off, Conflict | res.TimeOff)


async def test_time_off_of_many_at_once(practice, specialist):
    """CM-06: overlapping time off that comes at the same moment is one in the end, and blocks what it says."""
    made = await asyncio.gather(
        *(practice.time_off(specialist, *hours(DAY, at, at + 2)) for at in range(6)), return_exceptions=True
    )
    done = [at for at, each in enumerate(made) if isinstance(each, res.TimeOff)]
    assert done
    left = await spans(practice, specialist)
    assert left == await blocked(practice, specialist)
    assert {hour for at in done for hour in (at, at + 1)} == {hour for start, end in left for hour in range(start, end)}
    assert all(before[1] < after[0] for before, after in pairwise(left))


async def test_one_request_id_is_one_time_off(practice, specialist):
    """CM-06: ten calls with one request id make one time off, with one answer."""
    request_id = str(new_id())
    answers = await asyncio.gather(
        *(practice.time_off(specialist, *hours(DAY, 9, 10), request_id=request_id) for _ in range(10))
    )
    assert all(answers[0] == answer for answer in answers)
