"""Ending tasks for certain, and leaving others their turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from typing import Any, TypeVar, overload

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


AT_ONCE = 16
"""Items of some 0.5 ms each that are dealt with before others have their turn: nobody waits for more than 10 ms."""


async def unhurried(items: Iterable[A], *, at_once: int = AT_ONCE) -> AsyncIterator[A]:
    """The items, with a turn for all others after so many: a thousand of them must not keep the process from answering.

    >>> async def count() -> int:
    ...     return sum([item async for item in unhurried(range(100))])
    >>> asyncio.run(count())
    4950
    """
    for number, item in enumerate(items, 1):
        yield item
        if number % at_once == 0:
            await asyncio.sleep(0)


async def cancel(*tasks: asyncio.Task[Any], poll_seconds: float = 1.0) -> None:
    """Cancels the tasks, every `poll_seconds` seconds until all have ended; what they raise is dropped.

    One cancellation is not enough: `asyncio.wait_for` of Python 3.11, which libraries of ours call, swallows one that
    comes together with its result (CPython issue 86296), and the task goes on.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=poll_seconds)
    await asyncio.gather(*tasks, return_exceptions=True)


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Waits until the work has ended, and only then lets the caller be cancelled, however often that is tried before.

    For what a task does at its end and must not leave half done: `cancel` knocks again and again.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled


@overload
async def together(first: Awaitable[A], second: Awaitable[B], /) -> tuple[A, B]: ...


@overload
async def together(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C], /) -> tuple[A, B, C]: ...


@overload
async def together(
    first: Awaitable[A], second: Awaitable[B], third: Awaitable[C], fourth: Awaitable[D], /
) -> tuple[A, B, C, D]: ...


@overload
async def together(
    first: Awaitable[A], second: Awaitable[B], third: Awaitable[C], fourth: Awaitable[D], fifth: Awaitable[E], /
) -> tuple[A, B, C, D, E]: ...


@overload
async def together(*works: Awaitable[A]) -> tuple[A, ...]: ...


async def together(*works: Awaitable[Any]) -> tuple[Any, ...]:
    """What all of them give; the first error ends the others, which `asyncio.gather` would leave running."""
    tasks = [asyncio.create_task(_awaited(work)) for work in works]
    try:
        return tuple(await asyncio.gather(*tasks))
    except BaseException:
        await cancel(*tasks)
        raise


async def _awaited(work: Awaitable[A]) -> A:
    return await work
