"""Work that is noted for later, so that an answer and its time tell nothing of what it finds."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import timedelta
from typing import Generic, NoReturn, TypeVar

from chassis import telemetry
from chassis.errors import Exhausted, ServiceError
from chassis.tasks import cancel

_MAX_WAITING = 1000
_TRIES = 5
_RETRY_SECONDS = 1.0
_LAST_ONES = 5.0
_log = telemetry.logger(__name__)

T = TypeVar("T")


class Deferred(ABC, Generic[T]):
    """Answers at once, and looks afterwards whether there is anybody to write to.

    So neither the answer nor its time can tell whether the account exists. What waits when the process is killed is
    lost, and the person asks again; an orderly stop does the last ones first.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[T] = asyncio.Queue(_MAX_WAITING)

    @abstractmethod
    async def serve(self, asked: T) -> None:
        """Does the work of one ask; a `ServiceError` that it raises is about the moment, and it is tried again."""

    def ask(self, asked: T) -> None:
        """Notes it for later; raises `Exhausted` when too many wait."""
        try:
            self._waiting.put_nowait(asked)
        except asyncio.QueueFull:
            raise Exhausted(retry_after=timedelta(seconds=_RETRY_SECONDS)) from None

    async def run(self) -> None:
        """Never returns."""
        work = asyncio.create_task(self._work())
        try:
            await asyncio.shield(work)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_ONES):
                    await self._waiting.join()
            await cancel(work)

    async def _work(self) -> NoReturn:
        while True:
            asked = await self._waiting.get()
            try:
                await self._serve_in_spite_of_outages(asked)
            except Exception:  # noqa: BLE001 whatever it is: the next person must not wait for it
                _log.exception("deferred.failed", work=type(self).__name__)
            finally:
                self._waiting.task_done()

    async def _serve_in_spite_of_outages(self, asked: T) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                await self.serve(asked)
            except ServiceError:  # the database is away for a moment
                if not tries_left:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
