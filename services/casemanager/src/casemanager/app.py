"""The composition root of casemanager: the only place that knows all its features."""

from collections.abc import Sequence
from functools import partial

from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.identity.v1.stub import IdentityStub
from portico_errors import BY_REASON

from casemanager.availabilities.servicer import AvailabilitiesServicer
from casemanager.case_manager_logins.servicer import CaseManagerLoginsServicer
from casemanager.case_managers.renames import refresh_names
from casemanager.case_managers.servicer import CaseManagersServicer
from casemanager.case_managers.usecases import names_of, own_company
from casemanager.companies.servicer import CompaniesInternalServicer, CompaniesServicer
from casemanager.config import CaseManagerSettings
from casemanager.login_offers.servicer import LoginOffersServicer
from casemanager.logins.consumers import subscribe
from casemanager.places.servicer import PlacesServicer
from casemanager.profile.servicer import ProfileServicer
from casemanager.settings.servicer import BookingSettingsServicer
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import upsert_organization
from casemanager.slots.servicer import SlotsServicer
from casemanager.specialist_logins.servicer import SpecialistLoginsServicer
from casemanager.specialists.servicer import SpecialistsServicer
from casemanager.tasks.servicer import TasksServicer
from casemanager.time_off.servicer import TimeOffServicer
from casemanager.units.servicer import BusinessUnitsServicer
from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition


async def build(context: ServiceContext[CaseManagerSettings]) -> None:
    """Puts the service together."""
    settings = context.settings
    deps = Deps(
        database=await context.database(),
        clock=context.clock,
        ids=context.ids,
        hashes=context.hashes,
        sealer=Sealer(settings.sealing_public_key.reveal()),
        public_url=settings.public_url,
        pager=Pager(PageTokens(settings.hash_key.reveal())),
        identity=context.client(IdentityStub, settings.identity_address, server="identity", errors=BY_REASON),
    )
    context.publishes("CASEMANAGER", aggregates=("company", "case_manager", "specialist", "task", "notification"))
    context.serve(*servicers(deps))
    consumers = await context.consumes()
    consumers.latest("IDENTITY", OrganizationEvent, upsert_organization)
    subscribe(consumers)


def servicers(deps: Deps) -> Sequence[object]:
    """One for each gRPC service."""
    return [
        CompaniesServicer(deps, own_company=partial(own_company, deps), renamed=partial(refresh_names, deps)),
        CompaniesInternalServicer(deps),
        BusinessUnitsServicer(deps),
        CaseManagersServicer(deps),
        ProfileServicer(deps),
        CaseManagerLoginsServicer(deps),
        LoginOffersServicer(deps),
        TasksServicer(deps, names_of=partial(names_of, deps)),
        BookingSettingsServicer(deps),
        PlacesServicer(deps),
        SpecialistsServicer(deps),
        SpecialistLoginsServicer(deps),
        AvailabilitiesServicer(deps),
        TimeOffServicer(deps),
        SlotsServicer(deps),
    ]


definition = ServiceDefinition(name="casemanager", settings=CaseManagerSettings, build=build)
