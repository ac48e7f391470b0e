"""The composition root of applications: the only place that knows all its parts."""

from portico.identity.v1.stub import IdentityStub
from portico_errors import BY_REASON

from applications.config import ApplicationsSettings
from applications.consumers import EventHandlers
from applications.messages import Messages
from applications.servicers.applications import servicers
from applications.usecases.notices import keep_telling
from applications.usecases.ports import Ports
from chassis.house import House
from chassis.paging import PageTokens
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition


async def build(house: House[ApplicationsSettings]) -> None:
    """Puts the service together."""
    settings = house.settings
    ports = Ports(
        database=await house.database(),
        clock=house.clock,
        ids=house.ids,
        hashes=house.hashes,
        messages=Messages(
            sealer=Sealer(settings.sealing_public_key.reveal()), public_url=settings.public_url, ids=house.ids
        ),
        identity=house.client(IdentityStub, settings.identity_address, server="identity", errors=BY_REASON),
    )
    page_tokens = PageTokens(settings.hash_key.reveal())
    house.publishes("APPLICATIONS", aggregates=("application", "guardian", "notification"))
    house.serve(*servicers(ports, page_tokens))
    EventHandlers(ids=house.ids).subscribe(await house.consumes())
    house.background("unlink-notices", lambda: keep_telling(ports))


definition = ServiceDefinition(
    name="applications",
    settings=ApplicationsSettings,
    build=build,
    commands="applications.commands",
)
