"""Events of the other services, as this one understands them."""

from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.notifications.v1.events_pb2 import MessageEvent

from applications.domain.delivery import Fate, report_of
from applications.messages import invitation_in
from applications.usecases.reports import keep_organization, note_report
from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.ids import Ids
from chassis.incoming import Incoming


class EventHandlers:
    """What happens with each event that is read."""

    def __init__(self, *, ids: Ids) -> None:
        self._ids = ids

    def subscribe(self, consumers: Consumers) -> None:
        """A message's every report has its line; of an organization the latest word counts."""
        consumers.every("NOTIFICATIONS", MessageEvent, self.on_message)
        consumers.latest("IDENTITY", OrganizationEvent, self.on_organization)

    async def on_message(self, event: MessageEvent, incoming: Incoming, tx: Executor) -> None:
        """Notes a report about an invitation's message; what is about something else is no concern of ours."""
        invitation_id = invitation_in(event.reference)
        if invitation_id is None:
            return
        fate, reason = _fate(event)
        await note_report(
            tx,
            report_of(fate, reason),
            ids=self._ids,
            org_id=incoming.org_id,
            invitation_id=invitation_id,
            message_version=event.version,
            event_time=incoming.occurred_at,
        )

    async def on_organization(self, event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
        """Keeps what identity says of an organization."""
        organization = event.created.organization if event.HasField("created") else event.updated.organization
        await keep_organization(
            tx,
            org_id=incoming.org_id,
            slug=organization.slug,
            name=organization.name,
            country=organization.country,
            time_zone=organization.time_zone,
            languages=list(organization.languages),
        )


def _fate(event: MessageEvent) -> tuple[Fate, str]:
    match event.WhichOneof("event"):
        case "queued" | None:  # an event without a variant is not handed to a handler
            return Fate.QUEUED, ""
        case "sent":
            return Fate.SENT, ""
        case "delivered":
            return Fate.DELIVERED, ""
        case "failed":
            return Fate.RETRIED if event.failed.retrying else Fate.FAILED, event.failed.reason
        case "suppressed":
            return Fate.SUPPRESSED, event.suppressed.reason
        case "cancelled":
            return Fate.TOO_LATE if event.cancelled.reason == "TOO_LATE" else Fate.SUPERSEDED, ""
