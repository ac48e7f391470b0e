"""The composition root of casemanager: the only place that knows all its features."""

from collections.abc import Sequence

from casemanager.companies.aggregate import companies
from casemanager.companies.servicer import CompaniesInternalServicer, CompaniesServicer
from casemanager.config import CaseManagerSettings
from casemanager.shared.deps import Deps
from chassis.house import House
from chassis.paging import Pager, PageTokens
from chassis.service import ServiceDefinition


async def build(house: House[CaseManagerSettings]) -> None:
    """Puts the service together."""
    deps = Deps(
        database=await house.database(),
        clock=house.clock,
        ids=house.ids,
        pager=Pager(PageTokens(house.settings.hash_key.reveal())),
    )
    house.publishes("CASEMANAGER", aggregates=("company", "notification"))
    house.serve(*servicers(deps))


def servicers(deps: Deps) -> Sequence[object]:
    """One for each gRPC service."""
    return [CompaniesServicer(deps, companies(deps)), CompaniesInternalServicer(deps)]


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
