"""Anchor of P-09: argon2-cffi on all cores, and nothing else."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from argon2 import PasswordHasher

from tests.load.workers import work


@asynccontextmanager
async def begin(*, memory: int, passes: int, lanes: int, password: str) -> AsyncIterator[tuple[object, Any]]:
    """A question says for how long; the answer, how many passwords were verified in how many seconds."""
    hasher = PasswordHasher(memory_cost=memory, time_cost=passes, parallelism=lanes)
    password_hash, threads = hasher.hash(password), len(os.sched_getaffinity(0))

    def verify(until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            hasher.verify(password_hash, password)
            count += 1
        return count

    async def answer(*, seconds: float) -> object:
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            loop = asyncio.get_running_loop()
            counts = await asyncio.gather(
                *(loop.run_in_executor(pool, verify, started + seconds) for _ in range(threads))
            )
        return {"operations": sum(counts), "seconds": time.perf_counter() - started}

    yield {}, answer


if __name__ == "__main__":
    work(begin)
