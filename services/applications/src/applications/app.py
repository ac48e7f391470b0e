"""The composition root of applications: the only place that knows all its features."""

from collections.abc import Callable, Sequence

from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub
from portico_errors import BY_REASON

from applications.application.aggregate import guardians
from applications.application.servicer import ApplicationsInternalServicer, ApplicationsServicer
from applications.batches.servicer import BatchesServicer
from applications.batches.usecases.retention import keep_batches_tidy
from applications.batches.usecases.worker import Worker
from applications.claims.servicer import ClaimsServicer
from applications.config import ApplicationsSettings
from applications.deliveries.consumers import subscribe
from applications.families.servicer import FamiliesInternalServicer, FamiliesServicer
from applications.intake.servicer import IntakeServicer
from applications.invitations.servicer import InvitationsServicer
from applications.links.servicer import LinksServicer
from applications.links.usecases import keep_sending_unlink_notices
from applications.search.servicer import SearchServicer
from applications.shared.deps import Deps
from applications.shared.organizations import upsert_organization
from applications.timeline.servicer import TimelineServicer
from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition


async def build(context: ServiceContext[ApplicationsSettings]) -> None:
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
        notifications=context.client(
            NotificationsStub, settings.notifications_address, server="notifications", errors=BY_REASON
        ),
    )
    context.publishes("APPLICATIONS", aggregates=("application", "guardian", "notification"))
    worker = Worker(deps)
    context.serve(*servicers(deps, worker.wake))
    consumers = await context.consumes()
    consumers.latest("IDENTITY", OrganizationEvent, upsert_organization)
    subscribe(consumers, context.ids)
    context.background("batches", worker.run)
    context.background("batches-by-time", lambda: keep_batches_tidy(deps))
    context.background("unlink-notices", lambda: keep_sending_unlink_notices(deps))


def servicers(deps: Deps, wake: Callable[[], None]) -> Sequence[object]:
    """One for each gRPC service; `wake` tells the worker of batches that there is something to do."""
    by_staff = guardians(deps)
    return [
        ApplicationsServicer(deps, by_staff),
        ApplicationsInternalServicer(deps),
        IntakeServicer(deps),
        SearchServicer(deps),
        InvitationsServicer(deps, by_staff),
        LinksServicer(deps, by_staff),
        ClaimsServicer(deps),
        BatchesServicer(deps, wake),
        TimelineServicer(deps),
        FamiliesServicer(deps),
        FamiliesInternalServicer(deps),
    ]


definition = ServiceDefinition(
    name="applications",
    settings=ApplicationsSettings,
    build=build,
    commands="applications.commands",
)
