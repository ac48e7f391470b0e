"""The worker of batches as it is, without relay and consumers."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from applications.batches.domain.batch import BatchAction, Kind
from applications.batches.domain.rows import AS_PREFERRED
from applications.batches.storage.selection import Selection
from applications.batches.usecases.commands import Wanted, batches, command, create_batch, new_batches
from applications.batches.usecases.worker import Worker
from chassis.call import Call, Caller, Role
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from tests.load.ours.invite import deps_on
from tests.load.workers import work


@asynccontextmanager
async def begin(*, database_url: str) -> AsyncIterator[tuple[object, Any]]:
    """`preview=ORG` makes a batch of everybody and says its id and how many seconds the preview took.

    `start=ORG, batch=ID` begins it; `work` works until nothing is left, and says how many seconds that took.
    """
    database = Database(database_url, application="applications", options=DatabaseOptions(max_connections=4))
    await database.open()
    deps = deps_on(database)
    worker = Worker(deps)

    async def until_done() -> float:
        started = time.perf_counter()
        while await worker.work():
            pass
        return time.perf_counter() - started

    def staff_of(org_id: str) -> Call:
        return Call(Caller(service="gateway", account_id=new_id(), org_id=UUID(org_id), role=Role.STAFF), "bench")

    async def answer(*, preview: str = "", start: str = "", batch: str = "") -> object:
        if preview:
            wanted = Wanted(
                kind=Kind.INVITE,
                display_name="",
                selection=Selection(matching={}),
                repeated_count=0,
                options=AS_PREFERRED,
            )
            made = await create_batch(deps, new_batches(deps), staff_of(preview), wanted)
            return {"batch": made.id, "seconds": await until_done()}
        if start:
            return bool(await command(deps, batches(deps), staff_of(start), UUID(batch), BatchAction.START))
        return await until_done()

    yield {}, answer
    await database.close()


if __name__ == "__main__":
    work(begin)
