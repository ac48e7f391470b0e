"""P-03: an invitation, loaded, decided and saved with its outbox rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from chassis.ids import new_id
from tests.load.calls import grpc_calls
from tests.load.families import entered, reinvitations
from tests.load.measurement import Measurement, Run, Sample, loaded, per_second
from tests.load.site import Site
from tests.load.workers import Worker

_FAMILIES = 500  # more than calls are open at once, so that no two want the same guardian
_CONNECTIONS = 4
METHOD = "portico.applications.v1.InvitationsService/ReinviteGuardian"


@dataclass(frozen=True, slots=True)
class Ground:
    """Both sides invite the same families, in the same database."""

    site: Site
    org_id: UUID
    generator: Worker
    database_url: str
    postgres: int
    ours: Worker
    application_ids: list[str]

    def run_on(self, server: Worker) -> Run:
        """Load on a server."""
        calls = grpc_calls(
            server.hello,
            "applications",
            METHOD,
            reinvitations(self.application_ids),
            client=self.site.client,
            tokens=self.site.staff_tokens(self.org_id, _CONNECTIONS),
        )

        async def run(seconds: float) -> Sample:
            return await loaded(self.generator, calls, seconds, own=[server.pid], beside={"postgres": self.postgres})

        return run


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    postgres, org_id = site.postgres(), new_id()
    database = site.database(postgres, "applications")
    with psycopg.connect(database.owner) as connection:
        connection.execute(
            "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages)"
            " VALUES (%s, 'bench', 'Agency Bench', 'US', 'America/Chicago', '{en,es}')",
            [org_id],
        )
    ours = await site.server(
        "ours.invite",
        tls=site.mutual_tls("applications"),
        jwk=site.verification_key(),
        database_url=database.runtime,
    )
    [token] = site.staff_tokens(org_id, 1)
    application_ids = await entered(ours.hello, site.client, token, _FAMILIES)
    with psycopg.connect(database.owner, autocommit=True) as connection:
        connection.execute("ANALYZE")
    assert postgres.child is not None
    yield Ground(site, org_id, await site.generator(), database.runtime, postgres.child.pid, ours, application_ids)


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    yield ground.run_on(ground.ours)


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    server = await ground.site.server(
        "anchors.invite",
        tls=ground.site.mutual_tls("applications"),
        org_id=str(ground.org_id),
        application_id=ground.application_ids[0],
        database_url=ground.database_url,
    )
    yield ground.run_on(server)


P_03 = Measurement(
    id="P-03",
    what="invite (load, decide, save, outbox) / bare handler with the same two statements",
    ground=_ground,
    ours=_ours,
    anchor=_anchor,
    figure=per_second("invitations"),
    goal="0.60",
    limit="0.80",
)
