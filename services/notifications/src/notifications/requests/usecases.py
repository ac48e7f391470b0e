"""A request is checked, and becomes one stored message."""

import json
import re
from dataclasses import asdict, replace
from uuid import UUID

from phonenumbers import parse, region_code_for_number
from portico_errors.notifications import IdempotencyKeyReused, RecipientInvalid

from chassis.contacts import normalise_email, normalise_phone
from chassis.db import Executor
from chassis.errors import FieldViolation
from chassis.saves import write
from chassis.secrets import KeyedHash
from notifications.messages.domain import FIRST_VERSION, State
from notifications.messages.events import message_queued
from notifications.requests.deps import Deps
from notifications.requests.domain import BURST, DAY, Refusal, text_refusal
from notifications.requests.storage import (
    COUNT_TEXTS,
    LOAD_STORED_MESSAGE,
    STORE_MESSAGE,
    STORE_WITHDRAWAL,
)
from notifications.shared.domain import Channel, Request, RequestInvalid
from notifications.templates.catalogue import FALLBACK
from notifications.templates.composition import Checked

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


async def send_message(deps: Deps, executor: Executor, *, org_id: UUID, request: Request) -> UUID:
    """Stores a message by one statement of the executor, so that it is stored with whatever else commits there.

    The same key with the same body gives the message that is there; `IdempotencyKeyReused` with another.
    Raises `RequestInvalid`, `RecipientInvalid`, what `Composer.check` raises, and for an SMS `RegionNotAllowed` or
    `RecipientLimitReached`, before anything is stored.
    """
    request = _normalised(request)
    checked = deps.composer.check(request)
    message_id, now = deps.ids(), deps.clock()
    body_hash = _body_hash(deps.hashes, request, checked)
    event = message_queued(
        request, event_id=deps.ids(), org_id=org_id, message_id=message_id, version=FIRST_VERSION, now=now
    )
    params = {
        **asdict(request),
        "sealed_values": request.sealed_values or None,
        "id": message_id,
        "body_hash": body_hash,
        "template_version": checked.template.version,
        "state": State.QUEUED,
        "version": FIRST_VERSION,
        **dict.fromkeys(("create_time", "retry_since", "due_time"), now),
    }
    refusal = await _text_refusal(deps, executor, org_id, request)
    if refusal is None and await write(executor, STORE_MESSAGE, org_id=org_id, params=params, events=[event]):
        deps.wake(request.channel)
        return message_id
    existing = await executor.first(
        LOAD_STORED_MESSAGE, org_id=org_id, requester=request.requester, idempotency_key=request.idempotency_key
    )
    if existing is None and refusal is not None:
        raise refusal
    if existing is None or existing.body_hash != body_hash:
        raise IdempotencyKeyReused()
    return existing.id


async def _text_refusal(deps: Deps, executor: Executor, org_id: UUID, request: Request) -> Refusal | None:
    """Why an SMS is not sent: NT-10. Requests that come in the same moment may pass together, one per connection."""
    if request.channel is not Channel.SMS:
        return None
    now = deps.clock()
    sent = await executor.first(
        COUNT_TEXTS,
        org_id=org_id,
        address=request.address,
        reference=request.reference,
        burst_since=now - BURST,
        day_since=now - DAY,
    )
    assert sent is not None  # noqa: S101 (a count has a row)
    region = region_code_for_number(parse(request.address)) or ""  # `+1 809…` is DO, not US
    return text_refusal(region, sent, deps.sms_regions)


async def withdraw_message(deps: Deps, executor: Executor, *, org_id: UUID, requester: str, reference: str) -> None:
    """What is asked for about a reference goes nowhere any more, be it stored, dead or not yet arrived."""
    params = {"requester": requester, "reference": reference, "withdraw_time": deps.clock()}
    await write(executor, STORE_WITHDRAWAL, org_id=org_id, params=params)


def _normalised(request: Request) -> Request:
    """The request with its address in one form, and a language that is a tag."""
    texts = (request.reference, request.idempotency_key, request.supersedes, *request.values.values())
    if any("\0" in text for text in texts):
        raise RequestInvalid("A text holds a NUL character.")
    if request.supersedes == request.reference:
        raise RequestInvalid("A message cannot supersede itself.")
    try:
        if request.channel is Channel.EMAIL:
            address = normalise_email(request.address)
            address.encode("ascii")  # a mailbox like `josé@` needs SMTPUTF8, which few servers on the way have
        else:
            address = normalise_phone(request.address, country="ZZ")  # no country: only E.164 will do
    except ValueError:
        field = "recipient.address"
        raise RecipientInvalid(
            violations=[FieldViolation(field=field, reason="ADDRESS_INVALID", description="is not valid")]
        ) from None
    language = request.language if _LANGUAGE.fullmatch(request.language) else FALLBACK
    return replace(request, address=address, language=language)


def _body_hash(hashes: KeyedHash, request: Request, checked: Checked) -> bytes:
    """Of what is asked, with the secrets open: sealed twice, the same secret makes other bytes."""
    asked = {**asdict(request), "sealed_values": dict(checked.secrets)}
    del asked["account_id"]  # the address says whose it is, and the release before hashed without it
    return hashes("message", json.dumps(asked, sort_keys=True, default=str))
