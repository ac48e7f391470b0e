"""Ending tasks for certain."""

import asyncio
from typing import Any


async def cancel(*tasks: asyncio.Task[Any], again: float = 1.0) -> None:
    """Cancels the tasks, every `again` seconds until all have ended; what they raise is dropped.

    One cancellation is not enough: `asyncio.wait_for` of Python 3.11, which libraries of ours call, swallows one that
    comes together with its result (CPython issue 86296), and the task goes on.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=again)
    await asyncio.gather(*tasks, return_exceptions=True)
