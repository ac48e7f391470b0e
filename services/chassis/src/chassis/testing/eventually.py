"""Waiting for something to become true, in place of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

_PAUSE = 0.01


@overload
async def eventually(predicate: Callable[[], Awaitable[T]], timeout: float = 10.0) -> T: ...  # noqa: ASYNC109


@overload
async def eventually(predicate: Callable[[], T], timeout: float = 10.0) -> T: ...  # noqa: ASYNC109


async def eventually(predicate: Callable[[], Awaitable[T] | T], timeout: float = 10.0) -> T:  # noqa: ASYNC109
    """The first truthy answer of the predicate, asked again and again; an AssertionError in it counts as not yet.

    `timeout` in seconds; after it, AssertionError with the last answer (or the predicate's own AssertionError).
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() > deadline
        try:
            answer = predicate()
            value: T = await answer if inspect.isawaitable(answer) else answer
        except AssertionError:
            if late:
                raise
        else:
            if value:
                return value
            if late:
                raise AssertionError(f"Still {value!r} after {timeout:g} s.")
        await asyncio.sleep(_PAUSE)
