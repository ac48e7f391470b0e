"""Anchor of P-17 and P-18: the save of a booking that is confirmed at once, executed by bare psycopg.

The statement is the real one. Its parameters were recorded from a real call, so that they have the same sizes; each
booking changes what must be new.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from psycopg import AsyncRawCursor
from psycopg.errors import DivisionByZero
from psycopg.types.range import TimestamptzRange
from psycopg_pool import AsyncConnectionPool

from casemanager.bookings.storage.save import ADD_TIMED_BOOKING
from chassis.db import Connection, Database, Statement
from chassis.ids import new_id
from tests.load.ours.booked import WRITERS, deps_on, entered, many, released_at_once
from tests.load.workers import work

_PLACES = {name: place for place, name in enumerate(ADD_TIMED_BOOKING.names)}
_STEP = timedelta(minutes=10)


class _Recorder(Database):
    """Notes what the save is given."""

    values: Sequence[Any] = ()

    async def first(self, stmt: Statement[Any], /, **params: object) -> Any:
        if stmt is ADD_TIMED_BOOKING:
            self.values = stmt.values(params)
        return await super().first(stmt, **params)


def _changed(values: Sequence[Any], number: int, *, name: str) -> list[Any]:
    """The parameters of another booking, at the n-th time after the recorded one."""
    booking_id, by = new_id(), _STEP * number
    during: TimestamptzRange = values[_PLACES["during"]]
    changes: dict[str, object] = {
        "booking_id": booking_id,
        "booking_number": name,
        "reservation_id": new_id(),
        "during": TimestamptzRange(during.lower and during.lower + by, during.upper and during.upper + by),
        "booking_start_time": values[_PLACES["booking_start_time"]] + by,
        "booking_end_time": values[_PLACES["booking_end_time"]] + by,
        "opened_task_id": [new_id()],
        "opened_task_booking_id": [booking_id],
        "opened_task_booking_number": [name],
        "booking_history_id": [new_id()],
        "booking_history_booking_id": [booking_id],
        "outbox_id": [new_id() for _ in values[_PLACES["outbox_id"]]],
    }
    changed = list(values)
    for key, value in changes.items():
        changed[_PLACES[key]] = value
    return changed


async def _run(connection: Connection, values: Sequence[Any]) -> int:
    cursor: AsyncRawCursor[Any] = AsyncRawCursor(connection)
    try:
        await cursor.execute(ADD_TIMED_BOOKING.sql, values, prepare=True, binary=True)
        row = await cursor.fetchone()
    except DivisionByZero:  # as the service takes it for a lost race
        return 0
    return int(row[0]) if row else 0


@asynccontextmanager
async def begin(*, database_url: str, rivals: int = 0) -> AsyncIterator[tuple[object, Any]]:
    """As `ours.booked`, and asked the same."""
    recorder = _Recorder(database_url, application="anchor")
    await recorder.open()
    desk, numbers = await entered(deps_on(recorder)), [0]
    await desk.book(0)
    values = recorder.values
    async with AsyncExitStack() as stack:
        options = {"autocommit": True}
        pool = AsyncConnectionPool(database_url, min_size=WRITERS, max_size=WRITERS, kwargs=options, open=False)
        await stack.enter_async_context(pool)
        opened = [await stack.enter_async_context(await recorder.connect()) for _ in range(rivals + bool(rivals))]

        async def write(number: int) -> None:
            async with pool.connection() as connection:
                assert await _run(connection, _changed(values, number, name=f"X-{number}")) == 1

        async def answer(*, seconds: float) -> object:
            if not rivals:
                return await many(seconds, numbers, write)
            end, walls = time.perf_counter() + seconds, list[float]()
            while not walls or time.perf_counter() < end:
                numbers[0] += 1
                calls = [
                    _run(each, _changed(values, numbers[0], name=f"X-{numbers[0]}-{place}"))
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
