"""The clock of the whole house jumps.

Anomalies looked for: work that stops or is done twice because its time lies in the past or in the future.
"""

import asyncio
from contextlib import AsyncExitStack

from tests.chaos.seeds import at_length, seeds
from tests.chaos.workload import Workload


@at_length
@seeds
async def test_an_hour_ahead_and_back(scene, judge, seed):
    """OP-06: all clocks jump by an hour and back; what is asked for before, meanwhile and after has one effect."""
    await judge(await Workload(scene, seed).run())
    async with AsyncExitStack() as jumps:
        services = ("identity", "applications", "notifications")
        await asyncio.gather(*(jumps.enter_async_context(scene.changed(one, ahead=3600)) for one in services))
        await judge(await Workload(scene, seed).run())
    await judge(await Workload(scene, seed).run())
