"""Programs of the bench, each in a process of its own, spoken to in lines of JSON.

The first line that a worker gets are its settings; its first answer says that it is ready. It ends with its input.

A worker may be kept to some cores: left alone, Linux likes to put a client and its server on the same one, where they
wait for each other while the other core is idle.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from local_stack.processes import under_launcher

_MAX_LINE = 2**28
_END_SECONDS = 15.0
_LAST_LINES = 40

Answer = Callable[..., Awaitable[object]]
Begin = Callable[..., AbstractAsyncContextManager[tuple[object, Answer]]]
"""What a worker is: from its settings to what it says first, and to the function that answers questions."""


class WorkerFailed(Exception):
    """A worker ended; the message is the end of what it wrote."""


class Worker:
    """The near end of a worker."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self.hello: Any = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def ask(self, **question: object) -> Any:
        """The answer to a question; WorkerFailed when it ended instead."""
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError("A worker is spoken to through pipes.")
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        except ConnectionError:
            line = b""
        if not line:
            await self._process.wait()  # it writes its last words
            words = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise WorkerFailed("\n".join([f"{self._log}:", *words[-_LAST_LINES:]]))
        return json.loads(line)

    async def end(self) -> None:
        """Close its input, and wait; kill it when that takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def worker(module: str, log: Path, *, cores: Iterable[int] = (), **settings: object) -> AsyncIterator[Worker]:
    """Start a module of the bench as a worker; it ends with the block, and with this process."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *under_launcher([sys.executable, "-m", module]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
            limit=_MAX_LINE,
            process_group=0,  # Ctrl-C reaches the bench alone, which ends its workers
        )
    started = Worker(process, log)
    try:
        started.hello = await started.ask(cores=list(cores), settings=settings)
        yield started
    finally:
        await started.end()


def work(begin: Begin) -> None:
    """The far end: the main function of a worker's module."""
    # What a library prints must not come between the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

        def say(answer: object) -> None:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

        uvloop.run(_work(begin, say))


async def _work(begin: Begin, say: Callable[[object], None]) -> None:
    questions = asyncio.StreamReader(limit=_MAX_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    first = json.loads(await questions.readline())
    if first["cores"]:
        os.sched_setaffinity(0, first["cores"])
    async with begin(**first["settings"]) as (hello, answer):
        say(hello)
        while question := await questions.readline():
            say(await answer(**json.loads(question)))
