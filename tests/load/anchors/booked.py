"""Anchor of P-17: the save of a booking that is confirmed at once, executed by bare psycopg.

The statement is the real one. Its parameters were recorded from a real call, so that they have the same sizes; each
booking changes what must be new.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncRawCursor
from psycopg.errors import DivisionByZero
from psycopg.types.range import TimestamptzRange

from casemanager.bookings.storage.save import ADD_TIMED_BOOKING
from chassis.db import Connection, Database, Statement
from chassis.ids import new_id
from chassis.saves import Save
from tests.load.ours.booked import deps_on, entered, released_at_once
from tests.load.workers import work

_STEP = timedelta(minutes=10)


class Recorder(Database):
    """Notes what a save is given."""

    def __init__(self, url: str, recorded: Save) -> None:
        super().__init__(url, application="anchor")
        self._recorded = recorded
        self.values: Sequence[Any] = ()

    async def first(self, stmt: Statement[Any], /, **params: object) -> Any:
        if stmt is self._recorded:
            self.values = stmt.values(params)
        return await super().first(stmt, **params)

    def changed(self, number: int, booking_id: UUID, *, name: str, **changes: object) -> list[Any]:
        """The parameters for another booking, at the n-th time after the recorded one."""
        places = {each: place for place, each in enumerate(self._recorded.names)}
        given, by = self.values, _STEP * number
        during: TimestamptzRange = given[places["during"]]
        changed = list(given)
        for key, value in {
            "booking_id": booking_id,
            "booking_number": name,
            "reservation_id": new_id(),
            "during": TimestamptzRange(during.lower and during.lower + by, during.upper and during.upper + by),
            "booking_start_time": given[places["booking_start_time"]] + by,
            "booking_end_time": given[places["booking_end_time"]] + by,
            "opened_task_id": [new_id()],
            "opened_task_booking_id": [booking_id],
            "opened_task_booking_number": [name],
            "booking_history_id": [new_id()],
            "booking_history_booking_id": [booking_id],
            "outbox_id": [new_id() for _ in given[places["outbox_id"]]],
            **changes,
        }.items():
            changed[places[key]] = value
        return changed

    async def run_bare(self, connection: Connection, values: Sequence[Any]) -> int:
        """Executes the save by psycopg alone; 0 for a lost race, as the service takes it for one."""
        cursor: AsyncRawCursor[Any] = AsyncRawCursor(connection)
        try:
            await cursor.execute(self._recorded.sql, values, prepare=True, binary=True)
            row = await cursor.fetchone()
        except DivisionByZero:
            return 0
        return int(row[0]) if row else 0


@asynccontextmanager
async def begin(*, database_url: str, rivals: int) -> AsyncIterator[tuple[object, Any]]:
    """As `ours.booked`, and asked the same."""
    recorder = Recorder(database_url, ADD_TIMED_BOOKING)
    await recorder.open()
    desk, number = await entered(deps_on(recorder)), 0
    await desk.book(0)
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(await recorder.connect()) for _ in range(rivals + 1)]

        async def answer(*, seconds: float) -> object:
            nonlocal number
            end, walls = time.perf_counter() + seconds, list[float]()
            while not walls or time.perf_counter() < end:
                number += 1
                calls = [
                    recorder.run_bare(each, recorder.changed(number, new_id(), name=f"X-{number}-{place}"))
                    for place, each in enumerate(opened[1:])
                ]
                wall, outcomes = await released_at_once(opened[0], list(calls))
                assert [0] * (rivals - 1) + [1] == sorted(outcomes, key=str), outcomes[:3]
                walls.append(wall)
            return {"walls": walls}

        yield str(desk.org_id), answer
    await recorder.close()


if __name__ == "__main__":
    work(begin)
