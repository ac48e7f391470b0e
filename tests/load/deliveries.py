"""P-25: from the start of a batch of invitations to the last email that the SMTP server has taken."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from local_stack.external import External
from tests.load.batch_runs import new_staff
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

ROWS = 10_000
_MAX_SECONDS = 600.0
"""Seconds after which a message is given up."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, and an SMTP server that remembers."""

    site: Site
    suite: Suite
    sink: Worker


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    sink = await site.worker("smtp_sink")
    yield Ground(site, await new_suite(site, External(smtp_url=f"smtp://127.0.0.1:{sink.hello}")), sink)


@asynccontextmanager
async def _emails(ground: Ground) -> AsyncIterator[Run]:
    suite, rows = ground.suite, ground.site.rows(ROWS)

    async def run(seconds: float) -> Sample:
        staff = await new_staff(suite, rows)
        batch_id = await staff.create()
        previewed = await staff.previewed(batch_id)
        await ground.sink.ask(count=0)
        own = [suite.pid("applications"), suite.pid("notifications")]
        with watched(own, {**suite.beside("postgres", "nats"), "server": ground.sink.pid}) as usage:
            started = time.monotonic()
            await staff.start(batch_id)
            committed, stored, taken = await asyncio.gather(
                staff.committed(batch_id), staff.stored(batch_id), ground.sink.ask(count=rows, seconds=_MAX_SECONDS)
            )
        accepted = [instant for instant, _ in taken]
        return Sample(
            operations=rows,
            seconds=accepted[-1] - started,
            cpu=usage.own,
            beside=usage.beside,
            figures={
                "committed": committed - started,
                "stored": stored - started,
                "accepted": accepted[-1] - started,
            },
            details={"preview": previewed, "first accepted": accepted[0] - started},
        )

    yield run


P_25 = Measurement(
    id="P-25",
    what="invite of 10,000 to the last chunk committed, the last message stored, the last email accepted by SMTP",
    ground=_ground,
    ours=_emails,
    figure=Figure(of=lambda sample: sample.figures["accepted"], unit="s", digits=1),
    goal="15 s",
    limit="10 s",
)
