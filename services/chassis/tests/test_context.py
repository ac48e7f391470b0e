"""When a process says that it is ready."""

import pytest

from chassis.context import _NOTHING, _answers
from chassis.db import Database, DatabaseOptions
from chassis.errors import Exhausted
from chassis.process import _PROBE_TIMEOUT, _holds
from chassis.testing import eventually
from local_stack.ports import Ports


async def test_a_busy_database_is_there(database: Database) -> None:
    """OP-05: while calls hold every connection, a process stays ready: it refuses them one by one."""
    busy = Database(database.url, application="busy", options=DatabaseOptions(max_connections=1, wait=0.2))
    await busy.open()
    await eventually(busy.answers)
    probe = _answers(busy)
    async with busy.transaction():
        with pytest.raises(Exhausted):
            await busy.first(_NOTHING)
        assert await _holds(probe)
    assert await _holds(probe)
    await busy.close()


async def test_a_database_that_is_away_is_missed() -> None:
    """OP-05: a process whose database is away is not ready, and takes no calls."""
    away = Database(f"postgresql://127.0.0.1:{Ports().take()}/x", application="away", options=DatabaseOptions(wait=0.2))
    await away.open()
    assert not await _holds(_answers(away))
    await away.close()


def test_a_probe_waits_longer_than_a_call_does() -> None:
    """OP-05: a probe hears that the pool is busy before it gives up."""
    assert _PROBE_TIMEOUT > DatabaseOptions().wait
