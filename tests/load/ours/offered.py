"""Bookings with an offer that waits for an answer, as many as are wanted, before a clock starts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from portico.casemanager.v1 import bookings_pb2

from tests.load.ours.booked import WRITERS, Desk, called

_COPY = """
WITH made AS MATERIALIZED (
    SELECT
        n, gen_random_uuid() AS id, gen_random_uuid() AS option_id, gen_random_uuid() AS task_id,
        'B-C' || lpad(n::text, 6, '0') AS number, n * interval '10 minutes' AS later
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
), copied_bookings AS (
    INSERT INTO bookings
    SELECT copy.*
    FROM made
    JOIN bookings AS booking ON booking.org_id = %(org_id)s AND booking.id = %(booking_id)s
    CROSS JOIN LATERAL (SELECT booking.options -> 0 AS option) AS offered
    CROSS JOIN LATERAL jsonb_populate_record(booking, jsonb_build_object(
        'id', made.id, 'number', made.number, 'options', jsonb_build_array(option || jsonb_build_object(
            'id', made.option_id,
            'start_time', (option ->> 'start_time')::timestamptz + later,
            'end_time', (option ->> 'end_time')::timestamptz + later,
            'free_time', (option ->> 'free_time')::timestamptz + later
        ))
    )) AS copy
), copied_reservations AS (
    INSERT INTO reservations
    SELECT copy.*
    FROM made
    JOIN reservations AS held ON held.org_id = %(org_id)s AND held.booking_id = %(booking_id)s
    CROSS JOIN LATERAL jsonb_populate_record(held, jsonb_build_object(
        'id', gen_random_uuid(), 'booking_id', made.id, 'booking_number', made.number, 'option_id', made.option_id,
        'during', tstzrange(lower(held.during) + later, upper(held.during) + later)
    )) AS copy
), copied_tasks AS (
    INSERT INTO tasks
    SELECT copy.*
    FROM made
    JOIN tasks AS task ON task.org_id = %(org_id)s AND task.booking_id = %(booking_id)s AND task.state = 1
    CROSS JOIN LATERAL jsonb_populate_record(task, jsonb_build_object(
        'id', made.task_id, 'booking_id', made.id, 'booking_number', made.number
    )) AS copy
)
SELECT n, id, option_id, task_id FROM made ORDER BY n
"""
"""The booking that staff have offered a time, with all that is beside it, at each of the next times."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A booking with one open option, at the n-th time, and the task to choose it."""

    number: int
    booking_id: UUID
    option_id: UUID
    task_id: UUID


@dataclass(slots=True)
class Offers:
    """Bookings of a desk that are offered a time and not answered yet; `url` is where its database is."""

    desk: Desk
    url: str
    sample_id: UUID | None = None
    made: int = 0
    left: list[Offered] = field(default_factory=list)

    async def fill(self, count: int) -> int:
        """Sees to it that so many are left; how many there are."""
        self.sample_id = self.sample_id or await self._sample()
        if (missing := count - len(self.left)) > 0:
            first = self.made + 1
            self.made += missing
            params = {"org_id": self.desk.org_id, "booking_id": self.sample_id, "first": first, "last": self.made}
            async with await psycopg.AsyncConnection.connect(self.url) as connection:
                rows = await (await connection.execute(_COPY, params)).fetchall()
            self.left += [Offered(*row) for row in rows]
        return len(self.left)

    async def confirm(self, offered: Offered) -> None:
        """Takes the time that was offered."""
        ids = {"booking_id": str(offered.booking_id), "option_id": str(offered.option_id)}
        await called(self.desk.deps, self.desk.org_id, "ConfirmOption", bookings_pb2.ConfirmOptionRequest(**ids))

    async def answered(self, seconds: float, answer: Callable[[Offered], Awaitable[object]]) -> dict[str, float]:
        """As many as fit in, or are left, by WRITERS who take the next one each."""
        started, count = time.perf_counter(), 0

        async def writer() -> None:
            nonlocal count
            while self.left and time.perf_counter() < started + seconds:
                await answer(self.left.pop())
                count += 1

        await asyncio.gather(*(writer() for _ in range(WRITERS)))
        return {"operations": count, "seconds": time.perf_counter() - started}

    async def _sample(self) -> UUID:
        """Asked for without a time; staff offer the first one of the specialist."""
        desk, wishes = self.desk, bookings_pb2.WishedTimes()
        request = bookings_pb2.RequestBookingRequest(case_id=desk.case, wishes=wishes)
        booking = await called(desk.deps, desk.org_id, "RequestBooking", request)
        options = [bookings_pb2.OfferedTime(slot=desk.slot(0))]
        offer = bookings_pb2.OfferOptionsRequest(booking_id=booking.id, options=options)
        await called(desk.deps, desk.org_id, "OfferOptions", offer)
        return UUID(booking.id)
