"""P-17: many who want one time. P-18: many who confirm a time each, that was offered to them."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import psycopg

from tests.load.measurement import Figure, Measurement, Run, Sample, per_second
from tests.load.site import Site
from tests.load.usage import watched
from tests.load.workers import Worker

RIVALS = 200
_CONNECTIONS = 500
"""Those of both sides, which are there all the time."""
_MAX_PER_SECOND = 3_000
"""More confirms than either side comes to: so many offers wait for each second, before its clock starts."""
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Ground:
    """A database of casemanager that both sides write to, each in an organization of its own."""

    site: Site
    url: str
    owner: str
    postgres: int

    def analyze(self) -> None:
        """Lets PostgreSQL know of the rows that came all at once, as it learns by itself of those that come slowly."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE bookings, reservations, tasks")

    def deadlocks(self) -> int:
        """How many PostgreSQL has met."""
        with psycopg.connect(self.owner) as connection:
            [(number,)] = connection.execute(_DEADLOCKS).fetchall()
        return int(number)


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    postgres = site.postgres()
    assert postgres.child is not None
    child = postgres.child
    child.stop()
    child.program = replace(child.program, command=[*child.program.command, f"--max_connections={_CONNECTIONS}"])
    child.start()
    database = site.database(postgres, "casemanager")
    yield Ground(site, database.runtime, database.owner, child.pid)


@asynccontextmanager
async def _distinct(module: str, ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.site.server(module, database_url=ground.url)

    async def run(seconds: float) -> Sample:
        await worker.ask(offer=math.ceil(seconds * _MAX_PER_SECOND))
        ground.analyze()
        with watched([worker.pid], {"postgres": ground.postgres}) as usage:
            made = await worker.ask(seconds=seconds)
        return Sample(operations=made["operations"], seconds=made["seconds"], cpu=usage.own, beside=usage.beside)

    yield run


@asynccontextmanager
async def _rivals(module: str, ground: Ground) -> AsyncIterator[Run]:
    worker: Worker = await ground.site.server(module, database_url=ground.url, rivals=RIVALS)

    async def run(seconds: float) -> Sample:
        before = ground.deadlocks()
        with watched([worker.pid], {"postgres": ground.postgres}) as usage:
            walls = (await worker.ask(seconds=seconds))["walls"]
        return Sample(
            operations=len(walls),
            seconds=seconds,
            cpu=usage.own,
            beside=usage.beside,
            figures={"wall": median(walls) * 1000},
            details={"slowest ms": max(walls) * 1000, "deadlocks": ground.deadlocks() - before},
        )

    yield run


P_17 = Measurement(
    id="P-17",
    what=f"{RIVALS} rivals for one slot, losers with the next free ones / the bare save on {RIVALS} connections",
    ground=_ground,
    ours=partial(_rivals, "ours.booked"),
    anchor=partial(_rivals, "anchors.booked"),
    figure=Figure(of=lambda sample: sample.figures["wall"], unit="ms", digits=0),
    goal="3",
    limit="1.5",
)
P_18 = Measurement(
    id="P-18",
    what="distinct bookings whose offered time is confirmed / the bare save, 8 connections",
    ground=_ground,
    ours=partial(_distinct, "ours.confirmed"),
    anchor=partial(_distinct, "anchors.confirmed"),
    figure=per_second("bookings"),
    goal="0.5",
    limit="0.75",
)
