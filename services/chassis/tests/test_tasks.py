"""A task that is to end ends."""

import asyncio

import pytest

from chassis.tasks import cancel, to_its_end, together, unhurried


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
    await cancel(running, poll_seconds=0.01)
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


async def test_the_last_work_is_not_broken_off():
    """OP-05: what must not be left half done is done, however often its task is cancelled; then the task has ended."""
    allowed, done = asyncio.Event(), []

    async def last():
        await allowed.wait()
        done.append("all of it")

    async def working():
        try:
            await asyncio.Event().wait()
        finally:
            await to_its_end(last())

    running = asyncio.create_task(working())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.05, allowed.set)
    await cancel(running, poll_seconds=0.01)
    assert (["all of it"], True) == (done, running.cancelled())


async def test_a_cancellation_outlives_the_work_that_it_waited_for():
    """OP-05: a task that is cancelled while it does its last work is cancelled all the same; a fault goes first."""
    for fault, outcome in ((None, asyncio.CancelledError), (ValueError(), ValueError)):
        allowed = asyncio.Event()

        async def last(allowed=allowed, fault=fault):
            await allowed.wait()
            if fault:
                raise fault

        running = asyncio.create_task(to_its_end(last()))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.sleep(0)
        allowed.set()
        [ended] = await asyncio.gather(running, return_exceptions=True)
        assert outcome is type(ended)


async def test_the_first_error_ends_the_others() -> None:
    """GW-04: what nobody will read is not waited for, and is not left running either."""
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await together(endless(), fails())
    assert ["endless"] == ended


async def test_others_have_their_turn():
    """P-24: who deals with many items lets others run after every few of them."""
    turns: list[int] = []
    done: list[int] = []

    async def other() -> None:
        while len(done) < 100:
            turns.append(len(done))
            await asyncio.sleep(0)

    async def many() -> None:
        async for item in unhurried(range(100), at_once=10):
            done.append(item)

    await asyncio.gather(many(), other())
    assert [*range(10, 100, 10)] == turns
    assert [*range(100)] == done
