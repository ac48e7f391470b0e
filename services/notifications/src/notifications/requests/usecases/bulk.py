"""Many messages that another service asks for at once, or takes back."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime
from uuid import UUID

from portico.notifications.v1 import events_pb2 as pb
from portico_errors.notifications import IdempotencyKeyReused

from chassis import telemetry
from chassis.db import Executor
from chassis.errors import ServiceError
from chassis.saves import append_events
from chassis.tasks import unhurried
from notifications.messages.events import message_cancelled, outbox_events, request_refused
from notifications.requests.checks import CheckedRequest, checked_request
from notifications.requests.deps import Deps
from notifications.requests.messages import request_of
from notifications.requests.storage import (
    ADD_GROUPS,
    CANCEL_WAITING,
    STORE_MESSAGES,
    WAKE_SUPERSEDED,
    WITHDRAW_GROUP,
    asked_params,
)
from notifications.requests.usecases.intake import (
    event_of,
    open_groups,
    row_of,
    stored_already,
    text_refusals,
    time_zone,
)
from notifications.shared.domain import Channel, Request

_STORED_AT_ONCE = 250
"""So that the transaction is never idle for long: what it stores is opened, filled and counted in between."""
_CANCELLED_AT_ONCE = 5_000
_log = telemetry.logger(__name__)

_Checked = Mapping[int, CheckedRequest]
"""Requests by their number in the event."""


async def send_messages(
    deps: Deps, tx: Executor, *, org_id: UUID, requester: str, event_id: UUID, asked: Sequence[pb.MessageRequest]
) -> None:
    """Stores many messages by one statement of a transaction; each request is judged by itself.

    One that is refused answers `failed` with the reason, and the others are stored. What is there already under its key
    stays as it is.
    """
    now = deps.clock()
    stored: dict[int, pb.MessageEvent] = {}
    for start in range(0, len(asked), _STORED_AT_ONCE):
        part = asked[start : start + _STORED_AT_ONCE]
        told = await _judge_and_store(deps, tx, org_id, requester, event_id, part, now)
        stored |= {start + number: event for number, event in told.items()}
    await _tell(deps, tx, org_id, [(asked[number].group, stored[number]) for number in sorted(stored)], now)
    for channel in {Channel(event.channel) for event in stored.values() if event.HasField("queued")}:
        deps.wake(channel)


async def withdraw_group(deps: Deps, tx: Executor, *, org_id: UUID, requester: str, group: str) -> None:
    """No message of a group goes out any more, be it stored, dead or not yet arrived.

    What waits is cancelled here. What a provider is being asked to take counts as it says.
    """
    now, key = deps.clock(), {"org_id": org_id, "requester": requester}
    await tx.run(ADD_GROUPS, org_id=org_id, requesters=[requester], groups=[group], rates=[0], now=now)
    await tx.run(WITHDRAW_GROUP, **key, group=group, now=now)
    channels = [int(channel) for channel in Channel]
    waiting = {**key, "group": group, "channels": channels, "limit": _CANCELLED_AT_ONCE}
    while cancelled := await tx.all(CANCEL_WAITING, **waiting):
        events = [message_cancelled(each, message_id=each.id, version=each.version, now=now) for each in cancelled]
        await _tell(deps, tx, org_id, [(group, event) for event in events], now)


async def _judge_and_store(
    deps: Deps,
    tx: Executor,
    org_id: UUID,
    requester: str,
    event_id: UUID,
    asked: Sequence[pb.MessageRequest],
    now: datetime,
) -> dict[int, pb.MessageEvent]:
    """What is told of each request, by its place among them; nothing of one that was stored before."""
    refused: dict[int, str] = {}
    checked = await _checked(deps, requester, asked, refused)
    fresh = await _fresh(deps, tx, org_id, checked, refused, now)
    told = await _store(deps, tx, org_id, fresh, refused, now)
    superseded = [fresh[number].request.supersedes for number in told if fresh[number].request.supersedes]
    if superseded:
        await tx.run(WAKE_SUPERSEDED, org_id=org_id, requester=requester, superseded=superseded, now=now)
    for number, reason in refused.items():
        _log.warning("request.refused", event_id=str(event_id), reference=asked[number].reference, reason=reason)
        told[number] = request_refused(asked[number], message_id=event_id, reason=reason, now=now)
    return told


async def _checked(
    deps: Deps, requester: str, asked: Sequence[pb.MessageRequest], refused: MutableMapping[int, str]
) -> _Checked:
    """The requests that can be sent, each looked at by itself."""
    checked = {}
    async for number, message in unhurried(enumerate(asked)):
        try:
            request = request_of(message, requester=requester)
            checked[number] = checked_request(deps.composer, deps.hashes, request)
        except Exception as error:  # noqa: BLE001 one request must not stop the others
            refused[number] = error.reason if isinstance(error, ServiceError) else type(error).__name__
    return checked


async def _fresh(
    deps: Deps, tx: Executor, org_id: UUID, checked: _Checked, refused: MutableMapping[int, str], now: datetime
) -> _Checked:
    """Those that are asked for the first time, and may be sent beside what was sent before."""
    known = {key: each.body_hash for key, each in (await stored_already(tx, org_id, _requests(checked))).items()}
    unknown: dict[str, Request] = {}
    for request in _requests(checked):
        if request.idempotency_key not in known:
            unknown.setdefault(request.idempotency_key, request)
    refusals = dict(zip(unknown, await text_refusals(deps, tx, org_id, [*unknown.values()], now), strict=True))
    fresh = {}
    for number, each in checked.items():
        key = each.request.idempotency_key
        if key in known:
            if known[key] != each.body_hash:
                refused[number] = IdempotencyKeyReused.reason
        elif (refusal := refusals[key]) is not None:
            refused[number] = refusal.reason
        else:
            known[key], fresh[number] = each.body_hash, each
    return fresh


async def _store(
    deps: Deps, tx: Executor, org_id: UUID, fresh: _Checked, refused: MutableMapping[int, str], now: datetime
) -> dict[int, pb.MessageEvent]:
    """What is told of each that was stored."""
    if not fresh:
        return {}
    requests = _requests(fresh)
    withdrawn, zone = await open_groups(tx, org_id, requests, now), await time_zone(tx, org_id, requests)
    rows = {
        number: row_of(each, message_id=deps.ids(), now=now, zone=zone, withdrawn=withdrawn)
        for number, each in fresh.items()
    }
    stored = {*await tx.all(STORE_MESSAGES, org_id=org_id, **asked_params([*rows.values()]))}
    # Another transaction took the keys of the others in this moment.
    lost = {number: each for number, each in fresh.items() if rows[number]["id"] not in stored}
    taken = await stored_already(tx, org_id, _requests(lost))
    for number, each in lost.items():
        if taken[each.request.idempotency_key].body_hash != each.body_hash:
            refused[number] = IdempotencyKeyReused.reason
    return {number: event_of(row, fresh[number].request, now) for number, row in rows.items() if number not in lost}


async def _tell(
    deps: Deps, tx: Executor, org_id: UUID, told: Iterable[tuple[str, pb.MessageEvent]], now: datetime
) -> None:
    """Publishes the events, those of each group together."""
    of_groups: dict[str, list[pb.MessageEvent]] = {}
    for group, event in told:
        of_groups.setdefault(group, []).append(event)
    outbox = [
        event
        for group, events in of_groups.items()
        for event in outbox_events(events, org_id=org_id, group=group, ids=deps.ids, now=now)
    ]
    await append_events(tx, org_id=org_id, events=outbox)


def _requests(checked: _Checked) -> list[Request]:
    return [each.request for each in checked.values()]
