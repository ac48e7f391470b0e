"""The composition root of casemanager: the only place that knows all its parts."""

from casemanager.config import CaseManagerSettings
from casemanager.servicers import CompaniesInternalServicer, CompaniesServicer
from casemanager.usecases import Ports
from chassis.house import House
from chassis.paging import PageTokens
from chassis.service import ServiceDefinition


async def build(house: House[CaseManagerSettings]) -> None:
    """Puts the service together."""
    ports = Ports(
        database=await house.database(),
        clock=house.clock,
        ids=house.ids,
        page_tokens=PageTokens(house.settings.hash_key.reveal()),
    )
    house.publishes("CASEMANAGER", aggregates=("company", "notification"))
    house.serve(CompaniesServicer(ports), CompaniesInternalServicer(ports))


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
