"""The bounds of what is asked for and held, where calls come at once: each on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

import pytest

from casemanager.availabilities.domain.availability import Mode
from casemanager.bookings.choices import load_offering
from casemanager.bookings.domain.offers import MAX_HOLDS, Offer, offer_options
from casemanager.bookings.domain.requests import MAX_REQUESTS, Request
from casemanager.bookings.domain.times import TimeChoice
from casemanager.bookings.usecases import BookingCommands
from casemanager.shared.deps import Deps
from chassis.call import Call, Caller, Role
from chassis.db import Database, DatabaseOptions
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.testing import eventually
from services.casemanager.tests.desk import Desk, at, own_time
from services.casemanager.tests.test_reservations import deadlocks

RIVALS = 8


@asynccontextmanager
async def rivals(desk: Desk, number: int) -> AsyncIterator[Sequence[tuple[Deps, BookingCommands]]]:
    """Commands of staff, each with a pool of its own that has one connection."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(number):
            options = DatabaseOptions(max_connections=1)
            database = Database(desk.world.deps.database.url, application="rival", options=options)
            await database.open()
            stack.push_async_callback(database.close)
            deps = replace(desk.world.deps, database=database)
            caller = Caller(service="gateway", org_id=desk.world.org_id, account_id=new_id(), role=Role.STAFF)
            made.append((deps, await BookingCommands.by(deps, Call(caller, "test"))))
        yield made


async def all_wait(connection, number: int) -> bool:
    """Whether so many wait for a lock, of whatever kind."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")  # else who connects after the first look is not seen
    waiting = await connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    [found] = await waiting.fetchone()
    return bool(number == found)


async def released_at_once(desk: Desk, table: str, calls) -> list[str]:
    """Why each was refused, in order, empty where it was not: all have decided before the first one is written."""
    async with await desk.world.deps.database.connect() as lock:
        async with lock.transaction():
            # Reads go on; whoever writes waits.
            await lock.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            running = [asyncio.create_task(call) for call in calls]
            await eventually(partial(all_wait, lock, len(running)))
        outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert not [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, ServiceError)]
    return sorted(each.reason if isinstance(each, ServiceError) else "" for each in outcomes)


@pytest.mark.long(seconds=10)
async def test_the_last_request_is_one(desk):
    """CM-08: of many who ask at once as many are written as are left of 20; the others are told, none is ABORTED."""
    for _ in range(MAX_REQUESTS - 2):
        await desk.request()
    before = await deadlocks(desk.practice)
    async with rivals(desk, RIVALS) as all_of_them:
        calls = [
            commands.request(UUID(desk.case.id), None, None, Request(org_id=desk.world.org_id, booking_id=new_id()))
            for _, commands in all_of_them
        ]
        reasons = await released_at_once(desk, "bookings", calls)
    assert ["", "", *["TOO_MANY_REQUESTS"] * (RIVALS - 2)] == reasons
    assert MAX_REQUESTS == len(await desk.listed(states=["REQUESTED"]))
    assert MAX_REQUESTS == (await desk.open_tasks()).count("ANSWER_REQUEST")
    assert before == await deadlocks(desk.practice)


@pytest.mark.long(seconds=10)
async def test_the_last_hold_is_one(desk):
    """CM-08: of many offers at once as many hold a time as are left of 20; the others hold none, none is ABORTED."""
    for day in range(4):
        await desk.offer(await desk.request(), *(own_time(desk.zhang, at(hour, day)) for hour in range(5 - (day == 3))))
    asked = [await desk.request() for _ in range(RIVALS)]
    before, held = await deadlocks(desk.practice), len(await desk.reserved())
    assert MAX_HOLDS - 1 == held

    async def offer(deps: Deps, commands: BookingCommands, booking_id: UUID, start: datetime) -> object:
        choice = TimeChoice(
            specialist_id=UUID(desk.zhang.id),
            place_id=None,
            mode=Mode.TELEHEALTH,
            start_time=start,
            minutes=10,
            outside_reason="Asked by phone",
        )
        load = partial(load_offering, deps, partial(commands.seen, booking_id), desk.world.org_id, [choice])
        return await commands.change(load, offer_options, Offer(option_ids=[new_id()]))

    async with rivals(desk, RIVALS) as all_of_them:
        pairs = zip(all_of_them, asked, strict=True)
        calls = [offer(*rival, UUID(booking.id), at(6 + n)) for n, (rival, booking) in enumerate(pairs)]
        reasons = await released_at_once(desk, "reservations", calls)
    assert ["", *["TOO_MANY_HOLDS"] * (RIVALS - 1)] == reasons
    assert MAX_HOLDS == len(await desk.reserved())
    assert before == await deadlocks(desk.practice)
