"""Incoming events → use cases."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from portico.applications.v1.events_pb2 import GuardianEvent
from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.notifications.v1.events_pb2 import MessageRequest, MessageWithdrawal

from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.envelope import Incoming
from chassis.errors import ServiceError
from chassis.outbox import OutboxEvent
from notifications.messages.events import request_refused
from notifications.requests import usecases
from notifications.requests.deps import Deps
from notifications.requests.messages import request_of
from notifications.requests.storage import UPSERT_LINK, UPSERT_ORGANIZATION
from notifications.shared.domain import Profile

STREAMS = ("IDENTITY", "APPLICATIONS", "CASEMANAGER")


def register(consumers: Consumers, deps: Deps) -> None:
    """Each `notification.requested` of the other services becomes one message, in the transaction of its inbox row.

    One that is refused answers with `message.failed`, in the statement that stores the dead letter.
    """

    async def requested(event: MessageRequest, incoming: Incoming, tx: Executor) -> None:
        requester = _requester(incoming)
        await usecases.send_message(deps, tx, org_id=incoming.org_id, request=request_of(event, requester=requester))

    async def withdrawn(event: MessageWithdrawal, incoming: Incoming, tx: Executor) -> None:
        requester, reference = _requester(incoming), event.reference
        await usecases.withdraw_message(deps, tx, org_id=incoming.org_id, requester=requester, reference=reference)

    def refused(event: MessageRequest, incoming: Incoming, failure: Exception) -> Sequence[OutboxEvent]:
        answer = request_refused(
            event,
            event_id=deps.ids(),
            org_id=incoming.org_id,
            message_id=incoming.id,
            reason=failure.reason if isinstance(failure, ServiceError) else type(failure).__name__,
            now=deps.clock(),
        )
        return [answer]

    async def organization(event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
        known = event.created.organization if event.HasField("created") else event.updated.organization
        profile = {field.name: getattr(known, field.name) for field in fields(Profile)}
        await tx.run(UPSERT_ORGANIZATION, org_id=incoming.org_id, country=known.country, **profile)

    async def guardian(event: GuardianEvent, incoming: Incoming, tx: Executor) -> None:
        kind = event.WhichOneof("event")
        if kind not in {"linked", "relinked", "unlinked"}:
            return
        await tx.run(
            UPSERT_LINK,
            org_id=incoming.org_id,
            guardian_id=UUID(event.guardian_id),
            account_id=None if kind == "unlinked" else UUID(getattr(event, kind).account_id),
            link_time=incoming.event_time,
            version=event.version,
        )

    consumers.latest("IDENTITY", OrganizationEvent, organization)
    consumers.every("APPLICATIONS", GuardianEvent, guardian)
    for stream in STREAMS:
        consumers.every(stream, MessageRequest, requested, answer=refused)
        consumers.every(stream, MessageWithdrawal, withdrawn)


def _requester(incoming: Incoming) -> str:
    return incoming.subject.split(".")[2]  # portico.<org>.<service>.notification.requested
