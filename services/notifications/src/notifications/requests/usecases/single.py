"""One message that another service asks for, or takes back; and how one looks."""

from collections.abc import Mapping
from uuid import UUID

from portico_errors.notifications import IdempotencyKeyReused

from chassis.db import Executor
from chassis.saves import write
from notifications.messages.events import outbox_events
from notifications.requests.checks import checked_request
from notifications.requests.deps import Deps
from notifications.requests.storage import LOAD_PROFILE, STORE_MESSAGE, STORE_WITHDRAWAL
from notifications.requests.usecases.intake import (
    event_of,
    open_groups,
    row_of,
    stored_already,
    text_refusals,
    time_zone,
)
from notifications.shared.domain import Channel, Profile, Request
from notifications.templates.composition import Preview


async def send_message(deps: Deps, executor: Executor, *, org_id: UUID, request: Request) -> UUID:
    """Stores a message by one statement of the executor, so that it is stored with whatever else commits there.

    The same key with the same body gives the message that is there; `IdempotencyKeyReused` with another.
    Raises `RequestInvalid`, `RecipientInvalid`, what `Composer.check` raises, and for an SMS `RegionNotAllowed` or
    `RecipientLimitReached`, before anything is stored.
    """
    checked = checked_request(deps.composer, deps.hashes, request)
    request, now, message_id = checked.request, deps.clock(), deps.ids()
    [refusal] = await text_refusals(deps, executor, org_id, [request], now)
    if refusal is None:
        withdrawn = await open_groups(executor, org_id, [request], now)
        zone = await time_zone(executor, org_id, [request])
        row = row_of(checked, message_id=message_id, now=now, zone=zone, withdrawn=withdrawn)
        event = event_of(row, request, now)
        events = outbox_events([event], org_id=org_id, group=request.group, ids=deps.ids, now=now)
        if await write(executor, STORE_MESSAGE, org_id=org_id, params=row, events=events):
            deps.wake(request.channel)
            return message_id
    existing = (await stored_already(executor, org_id, [request])).get(request.idempotency_key)
    if existing is None and refusal is not None:
        raise refusal
    if existing is None or existing.body_hash != checked.body_hash:
        raise IdempotencyKeyReused()
    return existing.id


async def withdraw_message(deps: Deps, executor: Executor, *, org_id: UUID, requester: str, reference: str) -> None:
    """What is asked for about a reference goes nowhere any more, be it stored, dead or not yet arrived."""
    params = {"requester": requester, "reference": reference, "withdraw_time": deps.clock()}
    await write(executor, STORE_WITHDRAWAL, org_id=org_id, params=params)


async def render_message(
    deps: Deps, *, org_id: UUID, template: str, channel: Channel, language: str, values: Mapping[str, str]
) -> Preview:
    """A message as it would be sent in the organization's name, with all its values in the open; sends nothing.

    Raises `TemplateNotFound`, `TemplateValuesInvalid` or `SmsTooLong`.
    """
    profile = await deps.database.first(LOAD_PROFILE, org_id=org_id) or Profile()
    return deps.composer.preview(
        deps.composer.catalogue.template(template, channel), language=language, values=values, profile=profile
    )
