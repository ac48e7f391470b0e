"""A task that is to end ends."""

import asyncio

from chassis.tasks import cancel


async def test_a_cancellation_that_is_swallowed_is_repeated():
    """OP-05: a library that swallows a cancellation cannot keep a process from ending."""
    swallowed = 0

    async def stubborn():
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    running = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancel(running, again=0.01)
    assert (3, True) == (swallowed, running.cancelled())


async def test_what_ended_before_and_what_fails_is_no_obstacle():
    """OP-05: tasks that have ended, or end with an error, do not disturb the end of the others."""

    async def failing():
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    ended, fails = asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(failing())
    await ended
    await asyncio.sleep(0)
    await cancel(ended, fails)
    assert isinstance(fails.exception(), ValueError)
    await cancel()
