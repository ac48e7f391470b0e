"""P-04: what the way through Envoy costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from portico.casemanager.v1.companies_pb2 import GetCompanyRequest

from tests.load.anchors.rpc import SERVICE
from tests.load.calls import Calls, grpc_calls
from tests.load.measurement import Measurement, Run, Sample, loaded, per_second
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.workers import Worker

_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, and a company to ask for."""

    suite: Suite
    generator: Worker
    company_id: str

    def run_of(self, calls: Calls, *own: str) -> Run:
        """Calls that these parts of the stack serve."""

        async def run(seconds: float) -> Sample:
            pids = [self.suite.pid(part) for part in own]
            return await loaded(self.generator, calls, seconds, own=pids, beside=self.suite.beside("postgres"))

        return run


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    company = suite.agency.admin.post("/v1/companies", name="Northside Family Services")
    yield Ground(suite, await site.generator(), company["id"])


@asynccontextmanager
async def _through_envoy(ground: Ground) -> AsyncIterator[Run]:
    suite = ground.suite
    calls = Calls(
        address=suite.stack.gateway.removeprefix("http://"),
        path=f"/v1/companies/{ground.company_id}",
        tokens=[suite.token] * _CONNECTIONS,
    )
    yield ground.run_of(calls, "envoy", "casemanager")


@asynccontextmanager
async def _directly(ground: Ground) -> AsyncIterator[Run]:
    suite = ground.suite
    calls = grpc_calls(
        suite.around.addresses["casemanager"],
        "casemanager",
        f"{SERVICE}/GetCompany",
        [GetCompanyRequest(company_id=ground.company_id)],
        client=suite.client,
        tokens=[suite.token] * _CONNECTIONS,
    )
    yield ground.run_of(calls, "casemanager")


P_04 = Measurement(
    id="P-04",
    what="REST through Envoy / the same RPC directly",
    ground=_ground,
    ours=_through_envoy,
    anchor=_directly,
    figure=per_second("calls"),
    goal="0.80",
    limit="0.95",
)
