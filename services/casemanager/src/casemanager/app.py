"""The composition root of casemanager: the only place that knows all its parts."""

from casemanager.companies.servicer import CompaniesInternalServicer, CompaniesServicer
from casemanager.companies.usecases import Deps
from casemanager.config import CaseManagerSettings
from chassis.house import House
from chassis.paging import PageTokens
from chassis.service import ServiceDefinition


async def build(house: House[CaseManagerSettings]) -> None:
    """Puts the service together."""
    deps = Deps(
        database=await house.database(),
        clock=house.clock,
        ids=house.ids,
        page_tokens=PageTokens(house.settings.hash_key.reveal()),
    )
    house.publishes("CASEMANAGER", aggregates=("company", "notification"))
    house.serve(CompaniesServicer(deps), CompaniesInternalServicer(deps))


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
