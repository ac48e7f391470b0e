"""Where an end in time and a cancellation from elsewhere meet."""

import asyncio
from contextlib import suppress

import pytest

from chassis.deadline import deadline

SOON = 0.01
LONG = 60.0


async def started(block):
    """The block as a task that has begun to wait."""
    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize("seconds", [SOON, 0, -1])
async def test_what_takes_too_long_ends(seconds):
    """The seconds are over: TimeoutError, and the task is as good as before."""
    with pytest.raises(TimeoutError), deadline(seconds):
        await asyncio.sleep(LONG)
    current = asyncio.current_task()
    assert current is not None
    assert 0 == current.cancelling()


async def test_what_ends_in_time_is_left_alone():
    """Nothing comes after the block has ended, with a result or with an error."""
    with deadline(SOON):
        await asyncio.sleep(0)
    with suppress(KeyError), deadline(SOON):
        raise KeyError
    await asyncio.sleep(SOON * 3)


async def test_a_cancellation_from_elsewhere_stays_one():
    """Who cancels the task before the seconds are over gets CancelledError."""

    async def block():
        with deadline(LONG):
            await asyncio.sleep(LONG)

    task = await started(block)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("cancels", [1, 2])
async def test_a_cancellation_counts_more_than_the_end(cancels):
    """Cancelled from elsewhere, also twice, and out of time while it tidies up: CancelledError, which stays counted."""

    async def block():
        with deadline(SOON):
            try:
                await asyncio.sleep(LONG)
            finally:
                await asyncio.sleep(LONG)

    task = await started(block)
    for _ in range(cancels):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancels == task.cancelling()


async def test_a_cancellation_after_the_end_stays_one():
    """Out of time, and cancelled from elsewhere while it tidies up: CancelledError."""
    tidies = asyncio.Event()

    async def block():
        with deadline(SOON):
            try:
                await asyncio.sleep(LONG)
            finally:
                tidies.set()
                await asyncio.sleep(LONG)

    task = await started(block)
    await tidies.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 1 == task.cancelling()


async def test_an_error_at_the_end_is_told():
    """What the block raises when its time is over is no TimeoutError, and cancels nothing further."""

    async def block():
        with deadline(SOON):
            try:
                await asyncio.sleep(LONG)
            except asyncio.CancelledError:
                raise KeyError from None

    task = await started(block)
    with pytest.raises(KeyError):
        await task
    assert 0 == task.cancelling()


async def test_one_within_another():
    """The one whose seconds are over raises, whichever it is."""
    with deadline(LONG):
        with pytest.raises(TimeoutError), deadline(SOON):
            await asyncio.sleep(LONG)
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), deadline(SOON), deadline(LONG):
        await asyncio.sleep(LONG)
