"""Incoming events → use cases."""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from portico.applications.v1.events_pb2 import GuardianEvent
from portico.identity.v1.events_pb2 import OrganizationEvent
from portico.notifications.v1.events_pb2 import GroupWithdrawal, MessageRequest, MessageRequests, MessageWithdrawal

from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.envelope import Incoming
from chassis.errors import ServiceError
from chassis.outbox import OutboxEvent
from notifications.messages.events import outbox_events, request_refused
from notifications.requests.deps import Deps
from notifications.requests.messages import request_of
from notifications.requests.storage import UPSERT_LINK, UPSERT_ORGANIZATION
from notifications.requests.usecases.bulk import send_messages, withdraw_group
from notifications.requests.usecases.single import send_message, withdraw_message
from notifications.shared.domain import DEFAULT_SEND_RATE, Profile

_time_zones = cache(available_timezones)

STREAMS = ("IDENTITY", "APPLICATIONS", "CASEMANAGER")


def register(consumers: Consumers, deps: Deps) -> None:
    """Each request of the other services becomes one message, in the transaction of the event's inbox row.

    One that is refused answers with `message.failed`, in the statement that stores the dead letter of its event, or
    beside the others that came in bulk with it.
    """

    async def requested(event: MessageRequest, incoming: Incoming, tx: Executor) -> None:
        requester = _requester(incoming)
        await send_message(deps, tx, org_id=incoming.org_id, request=request_of(event, requester=requester))

    async def requested_in_bulk(event: MessageRequests, incoming: Incoming, tx: Executor) -> None:
        await send_messages(
            deps,
            tx,
            org_id=incoming.org_id,
            requester=_requester(incoming),
            event_id=incoming.id,
            asked=event.requests,
        )

    async def group_withdrawn(event: GroupWithdrawal, incoming: Incoming, tx: Executor) -> None:
        requester, group = _requester(incoming), event.group
        await withdraw_group(deps, tx, org_id=incoming.org_id, requester=requester, group=group)

    async def withdrawn(event: MessageWithdrawal, incoming: Incoming, tx: Executor) -> None:
        requester, reference = _requester(incoming), event.reference
        await withdraw_message(deps, tx, org_id=incoming.org_id, requester=requester, reference=reference)

    def refused(event: MessageRequest, incoming: Incoming, failure: Exception) -> Sequence[OutboxEvent]:
        reason = failure.reason if isinstance(failure, ServiceError) else type(failure).__name__
        now = deps.clock()
        answer = request_refused(event, message_id=incoming.id, reason=reason, now=now)
        return outbox_events([answer], org_id=incoming.org_id, group=event.group, ids=deps.ids, now=now)

    def refused_in_bulk(event: MessageRequests, incoming: Incoming, failure: Exception) -> Sequence[OutboxEvent]:
        return [answer for request in event.requests for answer in refused(request, incoming, failure)]

    consumers.latest("IDENTITY", OrganizationEvent, _organization)
    consumers.every("APPLICATIONS", GuardianEvent, _guardian)
    for stream in STREAMS:
        consumers.every(stream, MessageRequest, requested, answer=refused)
        consumers.every(stream, MessageRequests, requested_in_bulk, answer=refused_in_bulk)
        consumers.every(stream, MessageWithdrawal, withdrawn)
        consumers.every(stream, GroupWithdrawal, group_withdrawn)


async def _organization(event: OrganizationEvent, incoming: Incoming, tx: Executor) -> None:
    known = event.created.organization if event.HasField("created") else event.updated.organization
    profile = {field.name: getattr(known, field.name) for field in fields(Profile)}
    await tx.run(
        UPSERT_ORGANIZATION,
        org_id=incoming.org_id,
        country=known.country,
        time_zone=known.time_zone if known.time_zone in _time_zones() else "UTC",
        send_rate=known.send_rate_per_minute or DEFAULT_SEND_RATE,
        **profile,
    )


async def _guardian(event: GuardianEvent, incoming: Incoming, tx: Executor) -> None:
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


def _requester(incoming: Incoming) -> str:
    return incoming.subject.split(".")[2]  # portico.<org>.<service>.notification.requested
