"""casemanager dies while many book the same few times.

Anomalies looked for: a time that two have, or that nobody has though it is confirmed; a hold that outlives its offer; a
command that was answered and is not there, or is there twice; a version without its line, event, message or task.
"""

import asyncio
from functools import partial

from chassis.testing.eventually import eventually
from tests.chaos.bookings import COMMANDS, WRITERS, booking_run
from tests.chaos.seeds import IS_LONG, seeds

_KILLS = 3 if IS_LONG else 1


@seeds
async def test_killed_while_many_book(scene, seed):
    """CM-08, CM-09, OP-06: one booking for a time, one set of messages and tasks a change, no gap in the history."""
    run = await booking_run(scene, seed)
    running = asyncio.create_task(run.write())
    total, random = WRITERS * COMMANDS, run.random
    for number in range(_KILLS):
        # Anywhere in this part of the run.
        moment = int((number + random.random()) / (_KILLS + 1) * total)
        await eventually(partial(run.has_reached, moment), timeout=60)
        await scene.kill("casemanager")
        await scene.start("casemanager")
    await running
    await run.judge()
    assert run.refused["SLOT_TAKEN"] > 0
    await eventually(scene.is_ready, timeout=30)


@seeds
async def test_many_book_at_once(scene, seed):
    """CM-09: without a fault the same holds, and PostgreSQL has met no deadlock."""
    run = await booking_run(scene, seed)
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = scene.rows("casemanager", query)
    await run.write()
    await run.judge()
    assert before == scene.rows("casemanager", query)
