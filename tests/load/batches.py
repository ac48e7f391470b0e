"""P-05: a batch of invitations, from its start to the last commit; and what a second process adds to it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from chassis.ids import new_id
from chassis.testing.database import DatabaseUrls
from tests.load.measurement import Measurement, Run, Sample, per_second
from tests.load.site import Site
from tests.load.usage import watched
from tests.load.workers import Worker

ROWS = 10_000
_ORGANIZATION = (
    "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages, send_rate)"
    " VALUES (%(org)s, %(org)s, 'Agency Bench', 'US', 'America/Chicago', '{en,es}', 1000000000)"
)
_FILL = (
    (
        "INSERT INTO applications (org_id, id, serial, number, status, children, answers, update_request, create_time,"
        " update_time, version) SELECT %(org)s, ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, i,"
        " 'A-' || lpad(i::text, 6, '0'), 1, '[]', '{}', '', now(), now(), 1 FROM generate_series(1, %(rows)s) i"
    ),
    (
        "INSERT INTO guardians (org_id, id, application_id, position, given_name, family_name, email, phone,"
        " preferred_method, language, failure_reason, update_time, version)"
        " SELECT %(org)s, ('00000002-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,"
        " ('00000001-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 0, 'Ana', 'García',"
        " 'family-' || i || '@example.org', '', 1, 'es', '', now(), 1 FROM generate_series(1, %(rows)s) i"
    ),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Both sides write for an organization of their own in each run, with as many families as `ROWS`."""

    site: Site
    database: DatabaseUrls
    postgres: int

    def new_organization(self, rows: int = ROWS) -> str:
        """An organization whose families were never invited."""
        org_id = new_id()
        with psycopg.connect(self.database.owner, autocommit=True) as connection:
            for statement in (_ORGANIZATION, *_FILL):
                connection.execute(statement, {"org": org_id, "rows": rows})
            connection.execute("ANALYZE")
        return str(org_id)

    def written(self, org_id: str) -> int:
        """How many invitations an organization has."""
        with psycopg.connect(self.database.owner) as connection:
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


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.site.worker("ours.batches", database_url=ground.database.runtime)
    yield _run_by(ground, [worker])


def _run_by(ground: Ground, workers: Sequence[Worker]) -> Run:
    """One batch, worked on by all of them."""

    async def run(seconds: float) -> Sample:
        org_id = ground.new_organization()
        preview = await workers[0].ask(preview=org_id)
        await workers[0].ask(start=org_id, batch=preview["batch"])
        with watched([worker.pid for worker in workers], {"postgres": ground.postgres}) as usage:
            took = max(await asyncio.gather(*(worker.ask() for worker in workers)))
        assert ground.written(org_id) == ROWS
        return Sample(
            operations=ROWS,
            seconds=took,
            cpu=usage.own,
            beside=usage.beside,
            details={"preview seconds": preview["seconds"]},
        )

    return run


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    worker = await ground.site.worker("ours.batches", database_url=ground.database.runtime)
    source = ground.new_organization()
    preview = await worker.ask(preview=source)
    await worker.ask(start=source, batch=preview["batch"])
    await worker.ask()
    copier = await ground.site.worker("anchors.batches", database_url=ground.database.owner)
    await copier.ask(record=source)

    async def run(seconds: float) -> Sample:
        target = ground.new_organization()
        ground.copy_batch(source, target)
        with watched([copier.pid], {"postgres": ground.postgres}) as usage:
            took: float = await copier.ask(copy=target)
        assert ground.written(target) == ROWS
        return Sample(operations=ROWS, seconds=took, cpu=usage.own, beside=usage.beside)

    yield run


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
