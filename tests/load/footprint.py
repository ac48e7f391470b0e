"""P-15: what the services take when nobody calls, and how long they take to start."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local_stack.topology import SERVICES
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.usage import resident_bytes

_MEGABYTE = 1024 * 1024


@asynccontextmanager
async def _prepared(site: Site) -> AsyncIterator[Site]:
    """The data of a first start."""
    with site.new_stack():
        pass
    yield site


@asynccontextmanager
async def _starts(site: Site) -> AsyncIterator[Run]:
    async def run(seconds: float) -> Sample:
        started = time.perf_counter()
        with site.new_stack() as stack:
            ready = time.perf_counter() - started
            time.sleep(seconds)  # noqa: ASYNC251 nothing else happens here, and nobody calls
            pids = {service: stack.parts[service].pid for service in SERVICES}
            resident = {service: resident_bytes(pid) / _MEGABYTE for service, pid in pids.items()}
            serving: dict[str, float] = {}
            for service in SERVICES:
                stack.parts[service].stop()
                started = time.perf_counter()
                stack.start(service)
                serving[service] = time.perf_counter() - started
        figures = {
            "RSS": max(resident.values()),
            "SERVING": max(serving.values()),
            "ready": ready,
        }
        details = {
            **{f"{service}, MB": megabytes for service, megabytes in resident.items()},
            **{f"{service}, s": took for service, took in serving.items()},
        }
        return Sample(operations=1, seconds=ready, figures=figures, details=details)

    yield run


P_15 = Measurement(
    id="P-15",
    what="resident memory of an idle service; start to SERVING; second start of the whole stack to ready",
    ground=_prepared,
    ours=_starts,
    figure=Figure(of=lambda sample: sample.seconds, unit="MB, s", digits=1),
    goal="110 MB; 2 s; 15 s",
    limit="70 MB; 0.8 s; 5 s",
)
