"""What time alone does to bookings."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb

from casemanager.bookings.clock import ask_for_outcomes, expire_due_bookings, remove_past_reservations
from casemanager.bookings.storage.clock import LIST_WITHOUT_OUTCOME
from casemanager.tasks.domain.task import AssigneeKind, State
from services.casemanager.tests.desk import at, options_of, slot, state_of

MS = timedelta(milliseconds=1)


async def test_a_request_expires(desk):
    """CM-08: readers see it from its instant on; the job then tells, and closes what was to do, once."""
    asked = await desk.request()
    desk.world.clock.now = asked.expire_time.ToDatetime(UTC) - MS
    await expire_due_bookings(desk.world.deps)
    assert "REQUESTED" == state_of(await desk.get(asked))
    desk.world.clock.now += MS
    seen = await desk.get(asked)
    assert ("EXPIRED", asked.expire_time, [asked.id], []) == (
        state_of(seen),
        seen.state_time,
        await desk.listed(states=["EXPIRED"]),
        await desk.listed(states=["REQUESTED"]),
    )
    await desk.last_mails()
    await asyncio.gather(*(expire_due_bookings(desk.world.deps) for _ in range(4)))
    assert [("BOOKING_EXPIRED", desk.ana.email)] == await desk.last_mails()
    assert "REQUESTED" == (await desk.mails())[-1].values["reason"]
    assert ["REQUESTED", "EXPIRED"] == await desk.kinds(asked)
    newest = (await desk.history(asked))[0]
    assert (res.CLOCK, "") == (newest.actor, newest.actor_id)
    [task] = await desk.tasks()
    assert State.CANCELLED is task.state
    assert ["requested", "expired"] == await desk.told()
    assert [asked.id] == await desk.listed(states=["EXPIRED"])


async def test_an_offer_expires_an_hour_before_its_last_option(desk):
    """CM-08: what is held is free, also where nobody came; what was open is withdrawn."""
    offered = await desk.offered(at(9), at(10, day=1))
    assert at(9, day=1) == offered.expire_time.ToDatetime(UTC)
    desk.world.clock.now = at(9, day=1)
    await expire_due_bookings(desk.world.deps)
    expired = await desk.get(offered)
    assert ("EXPIRED", ["WITHDRAWN", "WITHDRAWN"]) == (state_of(expired), options_of(expired))
    assert ([], []) == (await desk.reserved(), await desk.open_tasks())
    assert "OFFERED" == (await desk.mails())[-1].values["reason"]


async def test_who_was_there_is_asked_for(desk):
    """CM-11: once an appointment is over its specialist has a task, once, until somebody says it."""
    booking = await desk.confirmed()
    desk.world.clock.now = at(10) - MS
    await ask_for_outcomes(desk.world.deps)
    assert "RECORD_OUTCOME" not in await desk.open_tasks()
    desk.world.clock.now = at(10)
    await asyncio.gather(*(ask_for_outcomes(desk.world.deps) for _ in range(4)))
    await ask_for_outcomes(desk.world.deps)
    [task] = [task for task in await desk.tasks() if task.kind.name == "RECORD_OUTCOME"]
    # Tuesday is over for business: 17:00 of Wednesday, where the specialist is.
    assert (AssigneeKind.SPECIALIST, desk.zhang.id, at(17, day=1)) == (
        task.assignee.kind,
        str(task.assignee.id),
        task.due_time,
    )
    await desk.do("RecordOutcome", booking, desk.staff, outcome=pb.RecordOutcomeRequest.ATTENDED)
    await ask_for_outcomes(desk.world.deps)
    assert ["FILE_REPORT"] == await desk.open_tasks()
    [done] = [each for each in await desk.tasks() if each.kind.name == "RECORD_OUTCOME"]
    assert State.DONE is done.state


async def test_reservations_are_kept_for_30_days(desk):
    """CM-09: what ended 30 days ago is removed, of every organization; the bookings keep their times."""
    first, second = await desk.confirmed(at(9)), await desk.confirmed(at(10))
    desk.world.clock.now = at(10, day=30)
    await remove_past_reservations(desk.world.deps)
    assert [at(9), at(10)] == [each.start_time for each in await desk.reserved()]
    desk.world.clock.now += MS
    await remove_past_reservations(desk.world.deps)
    assert [at(10)] == [each.start_time for each in await desk.reserved()]
    assert [at(9), at(10)] == [(await desk.get(each)).start_time.ToDatetime(UTC) for each in (first, second)]


class Meanwhile:
    """The database; once what is due was listed, somebody does something."""

    def __init__(self, database, deed):
        self._database, self._deed = database, deed

    def __getattr__(self, name):
        return getattr(self._database, name)

    async def all(self, stmt, **params):
        found = await self._database.all(stmt, **params)
        if stmt is LIST_WITHOUT_OUTCOME and self._deed:
            deed, self._deed = self._deed, None
            await deed()
        return found


async def test_of_what_was_moved_meanwhile_nobody_is_asked(desk):
    """CM-11: a booking that gets another time while the job comes to it is still to take place."""
    booking = await desk.confirmed()
    desk.world.clock.now = at(10)

    async def move():
        await desk.do(
            "RescheduleBooking", booking, desk.staff, slot=slot(desk.mornings, at(9, day=7)), reason=res.CLIENT_REQUEST
        )

    database = Meanwhile(desk.world.deps.database, move)
    await ask_for_outcomes(replace(desk.world.deps, database=database))
    assert at(9, day=7) == (await desk.get(booking)).start_time.ToDatetime(UTC)
    assert "RECORD_OUTCOME" not in await desk.open_tasks()


async def test_who_was_there_is_told_once(desk):
    """CM-11: whoever comes to it after another process has asked opens no task, and tells of none."""
    await desk.confirmed()
    desk.world.clock.now = at(10)
    deps = desk.world.deps
    await ask_for_outcomes(replace(deps, database=Meanwhile(deps.database, lambda: ask_for_outcomes(deps))))
    assert ["opened"] * 2 == await desk.told_of_tasks()
