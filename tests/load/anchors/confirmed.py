"""Anchor of P-18: the save of a booking whose offered time is confirmed, executed by bare psycopg.

The statement is the real one. Its parameters were recorded from a real call, so that they have the same sizes; each
booking changes what must be its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg_pool import AsyncConnectionPool

from casemanager.bookings.storage.save import SAVE_TIMED_BOOKING
from tests.load.anchors.booked import Recorder
from tests.load.ours.booked import WRITERS, deps_on, entered
from tests.load.ours.offered import Offered, Offers
from tests.load.workers import work


@asynccontextmanager
async def begin(*, database_url: str) -> AsyncIterator[tuple[object, Any]]:
    """As `ours.confirmed`, and asked the same."""
    recorder = Recorder(database_url, SAVE_TIMED_BOOKING)
    await recorder.open()
    offers = Offers(await entered(deps_on(recorder)), database_url)
    await offers.fill(1)
    recorded = offers.left.pop()
    await offers.confirm(recorded)
    options = {"autocommit": True}
    async with AsyncConnectionPool(
        database_url, min_size=WRITERS, max_size=WRITERS, kwargs=options, open=False
    ) as pool:

        async def confirm(offered: Offered) -> None:
            later = offered.number - recorded.number
            name, task_ids = f"B-C{offered.number:06d}", [offered.task_id]
            values = recorder.changed(later, offered.booking_id, name=name, changed_task_id=task_ids)
            async with pool.connection() as connection:
                assert await recorder.run_bare(connection, values) == 1

        async def answer(*, offer: int = 0, seconds: float = 0.0) -> object:
            return await offers.fill(offer) if offer else await offers.answered(seconds, confirm)

        yield str(offers.desk.org_id), answer
    await recorder.close()


if __name__ == "__main__":
    work(begin)
