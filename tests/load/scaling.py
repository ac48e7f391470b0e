"""P-14: whether two processes of a service do as much for their CPU as one."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from local_stack.health import serving
from local_stack.ports import LOOPBACK, Ports
from local_stack.processes import Child, Program
from tests.load.calls import Calls, grpc_calls, send
from tests.load.families import entered, reinvitations
from tests.load.invite import METHOD
from tests.load.measurement import Figure, Measurement, Run, Sample, sample_of
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_FAMILIES = 500
_CONNECTIONS = 2
_IN_FLIGHT = 16
_BYSTANDERS = ("notifications", "casemanager", "portal", "envoy")
_WARM_UP = 0.5
"""Seconds of load on a process that has just been started: its statements are prepared, its code is warm."""


@dataclass(frozen=True, slots=True)
class Ground:
    """applications with its relay and consumers; who only listens to it has been ended.

    The load comes in two halves, each with families of its own: both go to one process, or each to one of two.
    """

    suite: Suite
    halves: list[tuple[Worker, list[str]]]

    @property
    def address(self) -> str:
        """Of the process that the stack has started."""
        return self.suite.around.addresses["applications"]

    async def load(self, addresses: list[str], pids: list[int], seconds: float) -> Sample:
        """Both halves of the load, each on its address."""
        with watched(pids, self.suite.beside("postgres", "nats")) as usage:
            outcomes = await asyncio.gather(
                *(
                    send(generator, self._calls(address, families), seconds)
                    for address, (generator, families) in zip(addresses, self.halves, strict=True)
                )
            )
        return sample_of(outcomes, usage)

    def _calls(self, address: str, families: list[str]) -> Calls:
        calls = grpc_calls(
            address,
            "applications",
            METHOD,
            reinvitations(families),
            client=self.suite.client,
            tokens=[self.suite.token] * _CONNECTIONS,
        )
        return replace(calls, in_flight=_IN_FLIGHT)


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    families = await entered(suite.around.addresses["applications"], suite.client, suite.token, _FAMILIES)
    for bystander in _BYSTANDERS:
        suite.stack.parts[bystander].stop()
    halves = [(await site.generator(), families[half::2]) for half in range(2)]
    yield Ground(suite, halves)


@asynccontextmanager
async def _by_two(ground: Ground) -> AsyncIterator[Run]:
    around = ground.suite.around
    address = f"{LOOPBACK}:{Ports().take()}"
    second = Child(
        Program(
            name="applications",
            command=[sys.executable, "-m", "applications", "serve"],
            environment={**around.environment("applications"), "PORTICO_LISTEN": address},
            log=ground.suite.stack.data / "logs/applications-second.log",
            is_ready=serving(address, service="applications", client=ground.suite.client),
        )
    )

    async def run(seconds: float) -> Sample:
        second.start()
        try:
            addresses, pids = [ground.address, address], [ground.suite.pid("applications"), second.pid]
            await ground.load(addresses, pids, _WARM_UP)
            return await ground.load(addresses, pids, seconds)
        finally:
            second.stop()

    yield run


@asynccontextmanager
async def _by_one(ground: Ground) -> AsyncIterator[Run]:
    async def run(seconds: float) -> Sample:
        return await ground.load([ground.address] * 2, [ground.suite.pid("applications")], seconds)

    yield run


P_14 = Measurement(
    id="P-14",
    what="CPU for an operation (invite) with two processes of a service / with one",
    ground=_ground,
    ours=_by_two,
    anchor=_by_one,
    figure=Figure(of=lambda sample: 1e6 * sample.cpu / sample.operations, unit="CPU µs"),
    goal="1.15",
    limit="1.03",
)
