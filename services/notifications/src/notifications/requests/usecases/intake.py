"""What is done with every request, be it asked for alone or among many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from phonenumbers import parse, region_code_for_number
from portico.notifications.v1 import events_pb2 as pb

from chassis import telemetry
from chassis.db import Executor
from chassis.quiet_hours import next_opening
from notifications.messages.domain import FIRST_VERSION, SUPERSEDED, State
from notifications.messages.events import message_cancelled, message_queued
from notifications.requests.checks import CheckedRequest
from notifications.requests.deps import Deps
from notifications.requests.domain import BURST, DAY, Refusal, TextCounts
from notifications.requests.storage import (
    ADD_GROUPS,
    COUNT_TEXTS,
    LOAD_STORED_MESSAGES,
    LOAD_TIME_ZONE,
    LOCK_GROUPS,
    StoredMessage,
)
from notifications.shared.domain import Channel, Request, Urgency


def row_of(
    checked: CheckedRequest, *, message_id: UUID, now: datetime, zone: str, withdrawn: frozenset[str]
) -> dict[str, object]:
    """What is stored of a request: QUEUED from when it may go out, or CANCELLED with its group."""
    request = checked.request
    due = max(now, request.not_before or now)
    if _waits_for_day(request):
        due = next_opening(due, zone)
    row: dict[str, object] = {
        name: getattr(request, name)
        for name in Request.__dataclass_fields__
        if name not in {"not_before", "group_rate"}
    }
    row |= {
        "sealed_values": request.sealed_values or None,
        "id": message_id,
        "body_hash": checked.body_hash,
        "template_version": checked.template_version,
        "state": State.QUEUED,
        "failure_reason": "",
        "version": FIRST_VERSION,
        "create_time": now,
        "retry_since": due,
        "due_time": due,
        "traceparent": telemetry.traceparent() or None,
    }
    if request.group in withdrawn:
        over = {"due_time": None, "values": None, "sealed_values": None}
        row |= {"state": State.CANCELLED, "failure_reason": SUPERSEDED, **over}
    return row


def event_of(row: Mapping[str, object], request: Request, now: datetime) -> pb.MessageEvent:
    """What is told of a row that was stored."""
    message_id = UUID(str(row["id"]))
    if row["state"] is State.CANCELLED:
        return message_cancelled(request, message_id=message_id, now=now)
    return message_queued(request, message_id=message_id, version=FIRST_VERSION, now=now)


async def stored_already(executor: Executor, org_id: UUID, requests: Sequence[Request]) -> Mapping[str, StoredMessage]:
    """The messages that have these keys, by key; the requests are of one requester."""
    if not requests:
        return {}
    keys = [request.idempotency_key for request in requests]
    found = await executor.all(LOAD_STORED_MESSAGES, org_id=org_id, requester=requests[0].requester, keys=keys)
    return {message.idempotency_key: message for message in found}


async def open_groups(executor: Executor, org_id: UUID, requests: Sequence[Request], now: datetime) -> frozenset[str]:
    """Sees to it that the senders find the groups, and the rate of each; those of them that were withdrawn."""
    rates = {request.group: request.group_rate for request in reversed(requests) if request.urgency is Urgency.BULK}
    if not rates:
        return frozenset()
    requester = requests[0].requester
    named = sorted(group for group in rates if group)
    added = [("", "", 0), *((requester, group, rates[group]) for group in named)]
    requesters, groups, of_each = map(list, zip(*added, strict=True))
    await executor.run(ADD_GROUPS, org_id=org_id, requesters=requesters, groups=groups, rates=of_each, now=now)
    locked = await executor.all(LOCK_GROUPS, org_id=org_id, requester=requester, groups=named) if named else []
    return frozenset(each.group for each in locked if each.withdraw_time is not None)


async def time_zone(executor: Executor, org_id: UUID, requests: Sequence[Request]) -> str:
    """Where it is night for texts in bulk; not asked for others."""
    if not any(map(_waits_for_day, requests)):
        return ""
    return await executor.first(LOAD_TIME_ZONE, org_id=org_id) or ""


async def text_refusals(
    deps: Deps, executor: Executor, org_id: UUID, requests: Sequence[Request], now: datetime
) -> list[Refusal | None]:
    """Why each is not sent: NT-10. Requests that come in the same moment may pass together, one per connection."""
    texts = [request for request in requests if request.channel is Channel.SMS]
    if not texts:
        return [None] * len(requests)
    sent = iter(
        await executor.all(
            COUNT_TEXTS,
            org_id=org_id,
            addresses=[request.address for request in texts],
            references=[request.reference for request in texts],
            burst_since=now - BURST,
            day_since=now - DAY,
        )
    )
    counts = TextCounts(deps.sms_regions)
    return [
        counts.refusal(_region(request.address), request.address, request.reference, next(sent))
        if request.channel is Channel.SMS
        else None
        for request in requests
    ]


def _waits_for_day(request: Request) -> bool:
    return request.channel is Channel.SMS and request.urgency is Urgency.BULK


def _region(phone: str) -> str:
    return region_code_for_number(parse(phone)) or ""  # `+1 809…` is DO, not US
