"""The composition root of casemanager: the only place that knows all its parts."""

from portico.casemanager.v1.service_pb2_grpc import (
    add_CaseManagerInternalServiceServicer_to_server,
    add_CaseManagerServiceServicer_to_server,
)

from casemanager.companies.usecases import Ports
from casemanager.config import CaseManagerSettings
from casemanager.servicers import CaseManagerInternalServicer, CaseManagerServicer
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
    house.serve(add_CaseManagerServiceServicer_to_server, CaseManagerServicer(ports))
    house.serve(add_CaseManagerInternalServiceServicer_to_server, CaseManagerInternalServicer(ports))


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
