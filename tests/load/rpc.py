"""P-01 and P-02: what the chassis costs around an RPC, and around one that reads a row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
from portico.casemanager.v1.companies_pb2 import GetCompanyRequest

from chassis.ids import new_id
from tests.load.anchors.rpc import ANSWER, SERVICE
from tests.load.calls import Calls, grpc_calls
from tests.load.measurement import Measurement, Run, Sample, loaded, per_second
from tests.load.site import Site
from tests.load.workers import Worker

_CONNECTIONS = 4
_CALLS_PER_SECOND = per_second("calls")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where both sides stand; without a database for P-01."""

    site: Site
    org_id: UUID
    generator: Worker
    database_url: str | None
    beside: dict[str, int]

    def calls(self, address: str) -> Calls:
        """The same for both sides: a company is asked for by people of one organization."""
        return grpc_calls(
            address,
            "casemanager",
            f"{SERVICE}/GetCompany",
            [GetCompanyRequest(company_id=ANSWER.id)],
            client=self.site.client,
            tokens=self.site.staff_tokens(self.org_id, _CONNECTIONS),
        )

    def run_on(self, server: Worker) -> Run:
        """Load on a server."""
        calls = self.calls(server.hello)

        async def run(seconds: float) -> Sample:
            return await loaded(self.generator, calls, seconds, own=[server.pid], beside=self.beside)

        return run


@asynccontextmanager
async def _bare(site: Site) -> AsyncIterator[Ground]:
    yield Ground(site, new_id(), await site.generator(), None, {})


@asynccontextmanager
async def _with_row(site: Site) -> AsyncIterator[Ground]:
    postgres, org_id = site.postgres(), new_id()
    database = site.database(postgres, "casemanager")
    with psycopg.connect(database.owner) as connection:
        connection.execute(
            "INSERT INTO companies (org_id, id, name, name_key, create_time, version)"
            " VALUES (%s, %s, %s, %s, now(), 1)",
            (org_id, ANSWER.id, ANSWER.name, ANSWER.name.casefold()),
        )
    assert postgres.child is not None
    beside = {"postgres": postgres.child.pid}
    yield Ground(site, org_id, await site.generator(), database.runtime, beside)


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    tls, jwk = ground.site.mutual_tls("casemanager"), ground.site.verification_key()
    yield ground.run_on(await ground.site.server("ours.rpc", tls=tls, jwk=jwk, database_url=ground.database_url))


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    tls = ground.site.mutual_tls("casemanager")
    yield ground.run_on(
        await ground.site.server("anchors.rpc", tls=tls, org_id=str(ground.org_id), database_url=ground.database_url)
    )


P_01 = Measurement(
    id="P-01",
    what="authenticated, validated, authorised, traced RPC without database / bare aio echo",
    ground=_bare,
    ours=_ours,
    anchor=_anchor,
    figure=_CALLS_PER_SECOND,
    goal="0.60",
    limit="0.80",
)
P_02 = Measurement(
    id="P-02",
    what="the same with one primary-key read / echo with a bare psycopg read",
    ground=_with_row,
    ours=_ours,
    anchor=_anchor,
    figure=_CALLS_PER_SECOND,
    goal="0.65",
    limit="0.85",
)
