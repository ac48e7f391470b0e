"""casemanager's use cases without their server: times that are offered are confirmed, each once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.db import Database, DatabaseOptions
from tests.load.ours.booked import WRITERS, deps_on, entered
from tests.load.ours.offered import Offers
from tests.load.workers import work


@asynccontextmanager
async def begin(*, database_url: str) -> AsyncIterator[tuple[object, Any]]:
    """`offer=…` sees to it that so many offers wait, `seconds=…` confirms as many as fit in."""
    database = Database(database_url, application="casemanager", options=DatabaseOptions(max_connections=WRITERS))
    await database.open()
    offers = Offers(await entered(deps_on(database)), database_url)

    async def answer(*, offer: int = 0, seconds: float = 0.0) -> object:
        return await offers.fill(offer) if offer else await offers.answered(seconds, offers.confirm)

    yield str(offers.desk.org_id), answer
    await database.close()


if __name__ == "__main__":
    work(begin)
