"""P-05: a batch of invitations, from its start to the last commit. P-14b: what two processes cost for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg

from chassis.ids import new_id
from chassis.testing.database import DatabaseUrls
from tests.load.crowd import fill
from tests.load.measurement import Figure, Measurement, Run, Sample, per_second
from tests.load.site import Site
from tests.load.usage import watched
from tests.load.workers import Worker

ROWS, TENFOLD = 10_000, 100_000
_ORGANIZATION = (
    "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages, send_rate)"
    " VALUES (%(org)s, %(org)s, 'Agency Bench', 'US', 'America/Chicago', '{en,es}', 1000000000)"
)
_END = "UPDATE batches SET state = 9 WHERE org_id = %s"


@dataclass(frozen=True, slots=True)
class Ground:
    """Both sides write for an organization of their own in each run."""

    site: Site
    database: DatabaseUrls
    postgres: int

    async def worker(self) -> Worker:
        """A process of applications."""
        return await self.site.worker("ours.batches", database_url=self.database.runtime)

    def new_organization(self, rows: int) -> str:
        """An organization with so many families, who were never invited."""
        org_id = new_id()
        with psycopg.connect(self.database.owner, autocommit=True) as connection:
            connection.execute(_ORGANIZATION, {"org": org_id})
            fill(connection, org_id, rows)
        return str(org_id)

    def end(self, org_id: str) -> int:
        """Ends the batch of an organization, which would wait for an answer forever; how many invitations there are.

        A batch that waits costs every other one a look for its next chunk.
        """
        with psycopg.connect(self.database.owner) as connection:
            connection.execute(_END, [UUID(org_id)])
            query = "SELECT count(*) FROM invitations WHERE org_id = %s"
            [(count,)] = connection.execute(query, [UUID(org_id)]).fetchall()
        return int(count)

    def copy_batch(self, source: str, target: str) -> None:
        """The batch that copied rows belong to."""
        with psycopg.connect(self.database.owner) as connection:
            cursor = connection.execute("SELECT * FROM batches WHERE org_id = %s", [UUID(source)])
            names = [column.name for column in cursor.description or () if column.name != "org_id"]
            listed = ", ".join(names)
            connection.execute(
                f"INSERT INTO batches (org_id, {listed}) SELECT %s, {listed} FROM batches WHERE org_id = %s",
                [UUID(target), UUID(source)],
            )


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    postgres = site.postgres()
    assert postgres.child is not None
    yield Ground(site, site.database(postgres, "applications"), postgres.child.pid)


async def _worked(ground: Ground, workers: Sequence[Worker], rows: int) -> Sample:
    """One batch, worked on by all of them."""
    org_id = ground.new_organization(rows)
    preview = await workers[0].ask(preview=org_id)
    await workers[0].ask(start=org_id, batch=preview["batch"])
    with watched([worker.pid for worker in workers], {"postgres": ground.postgres}) as usage:
        took = max(await asyncio.gather(*(worker.ask() for worker in workers)))
    assert ground.end(org_id) == rows
    return Sample(
        operations=rows,
        seconds=took,
        cpu=usage.own,
        beside=usage.beside,
        details={"preview seconds": preview["seconds"]},
    )


def _at_both_sizes(ground: Ground, worked: Callable[[int], Awaitable[Sample]]) -> Run:
    """A batch, and in its details what a row of one costs that is ten times as large: it should be no more."""

    async def run(seconds: float) -> Sample:
        one, ten = [await worked(ground.site.rows(rows)) for rows in (ROWS, TENFOLD)]
        rates = [sample.operations / sample.seconds for sample in (one, ten)]
        cpu = [sample.cpu / sample.operations for sample in (one, ten)]
        return replace(
            one,
            details={
                **one.details,
                **{f"tenfold {name}": value for name, value in ten.details.items()},
                "tenfold rows/s": rates[1],
                "rows/s, tenfold to one": rates[1] / rates[0],
                "CPU for a row, tenfold to one": cpu[1] / cpu[0],
            },
        )

    return run


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.worker()
    yield _at_both_sizes(ground, lambda rows: _worked(ground, [worker], rows))


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.worker()
    copier = await ground.site.worker("anchors.batches", database_url=ground.database.owner)
    sources = {}
    for rows in {ground.site.rows(ROWS), ground.site.rows(TENFOLD)}:
        source = sources[rows] = ground.new_organization(rows)
        preview = await worker.ask(preview=source)
        await worker.ask(start=source, batch=preview["batch"])
        await worker.ask()
        await copier.ask(record=source)
        ground.end(source)

    async def copied(rows: int) -> Sample:
        target = ground.new_organization(rows)
        ground.copy_batch(sources[rows], target)
        with watched([copier.pid], {"postgres": ground.postgres}) as usage:
            took: float = await copier.ask(copy=target, source=sources[rows])
        assert ground.end(target) == rows
        return Sample(operations=rows, seconds=took, cpu=usage.own, beside=usage.beside)

    yield _at_both_sizes(ground, copied)


@asynccontextmanager
async def _by_two(ground: Ground) -> AsyncIterator[Run]:
    workers = [await ground.worker() for _ in range(2)]
    yield lambda seconds: _worked(ground, workers, ground.site.rows(ROWS))


@asynccontextmanager
async def _by_one(ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.worker()
    yield lambda seconds: _worked(ground, [worker], ground.site.rows(ROWS))


P_05 = Measurement(
    id="P-05",
    what="batch invite of 10,000, rows committed / COPY of the rows that it wrote",
    ground=_ground,
    ours=_ours,
    anchor=_anchor,
    figure=per_second("rows"),
    goal="0.30",
    limit="0.60",
)
P_14B = Measurement(
    id="P-14b",
    what="CPU for a row of a batch of 10,000 with two processes of applications / with one",
    ground=_ground,
    ours=_by_two,
    anchor=_by_one,
    figure=Figure(of=lambda sample: 1e6 * sample.cpu / sample.operations, unit="CPU µs"),
    goal="1.10",
    limit="1.03",
)
