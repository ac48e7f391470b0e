"""What can be asked of notifications, one function per verb."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.call import Call, Caller
from chassis.clock import Clock
from chassis.consumer import UnknownLetter
from chassis.contacts import normalise_email, normalise_phone
from chassis.db import Database, Executor
from chassis.errors import Aborted, AlreadyExists, FieldViolation, InvalidArgument, NotFound
from chassis.ids import Ids
from chassis.outbox import OutboxEvent, event_params
from chassis.saving import request_params
from chassis.secrets import KeyedHash
from notifications.dead_letters import storage as dead_letters
from notifications.dead_letters.storage import DeadLetter
from notifications.messages import events
from notifications.messages.domain import (
    Channel,
    DeadLetterNotFound,
    DeadLetterNotRedrivable,
    DeadMessage,
    IdempotencyKeyReused,
    Message,
    MessageNotFound,
    RecipientInvalid,
    Request,
    RequestInvalid,
    State,
    redriven,
)
from notifications.requests import storage as asking
from notifications.templates.catalogue import FALLBACK
from notifications.templates.composition import Checked, Composer

_FIRST_VERSION = 1
_NO_REQUEST = Call(Caller(), "")
"""A message is recognised by its own key, so no request is kept for it."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Ports:
    """What the use cases work with.

    `wake` tells the sender of a channel that there is something to do; `redrive_event` handles a dead event once more.
    """

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash
    composer: Composer
    wake: Callable[[Channel], None]
    redrive_event: Callable[[UUID], Awaitable[None]]


async def send_message(ports: Ports, executor: Executor, *, org_id: UUID, request: Request) -> UUID:
    """Stores a message by one statement of the executor, so that it is stored with whatever else commits there.

    The same key with the same body gives the message that is there; `IdempotencyKeyReused` with another.
    Raises `RequestInvalid`, `RecipientInvalid`, and what `Composer.check` raises, before anything is stored.
    """
    request = _normalised(request)
    checked = ports.composer.check(request)
    message_id, now = ports.ids(), ports.clock()
    body_hash = _body_hash(ports.hashes, request, checked)
    event = _queued(ports, org_id, message_id, request, _FIRST_VERSION, now)
    stored = await executor.first(
        asking.store,
        org_id=org_id,
        message_id=message_id,
        body_hash=body_hash,
        template_version=checked.template.version,
        state=State.QUEUED,
        version=_FIRST_VERSION,
        create_time=now,
        retry_since=now,
        due_at=now,
        **{**asdict(request), "sealed_values": request.sealed_values or None},
        **request_params(_NO_REQUEST, b""),
        **event_params(org_id, [event]),
    )
    if stored:
        ports.wake(request.channel)
        return message_id
    there = await executor.first(
        asking.stored_key, org_id=org_id, asker=request.asker, idempotency_key=request.idempotency_key
    )
    if there is None or there.body_hash != body_hash:
        raise IdempotencyKeyReused()
    return there.message_id


async def get_message(ports: Ports, *, org_id: UUID, message_id: UUID) -> Message:
    """The message, if it is the organization's; else `MessageNotFound`."""
    message = await ports.database.first(asking.message, org_id=org_id, message_id=message_id)
    if message is None:
        raise MessageNotFound()
    return message


async def list_messages(
    ports: Ports, *, org_id: UUID, reference: str, states: Sequence[State], before: UUID, most: int
) -> list[Message]:
    """Messages older than `before`, newest first; an empty `reference` or no `states` mean any."""
    wanted = {"org_id": org_id, "states": list(states or State), "before": before, "most": most}
    if reference:
        return await ports.database.all(asking.page_about, reference=reference, **wanted)
    return await ports.database.all(asking.page, **wanted)


async def list_dead_letters(
    ports: Ports, *, org_id: UUID, before: tuple[datetime, UUID], most: int
) -> list[DeadLetter]:
    """What was given up before that moment, newest first."""
    before_time, before_id = before
    return await ports.database.all(
        dead_letters.page, org_id=org_id, before_time=before_time, before_id=before_id, most=most
    )


async def redrive_dead_letter(ports: Ports, *, org_id: UUID, letter_id: UUID) -> DeadLetter:
    """Puts a message whose retries ran out, or an event that could not be handled, back to work.

    A message is put back once, however often it is asked for. `DeadLetterNotFound` when there is none,
    `DeadLetterNotRedrivable` when its time is over, its values are forgotten, or the event fails again.
    """
    dead = await ports.database.first(dead_letters.message, org_id=org_id, message_id=letter_id)
    if dead is None:
        return await _redrive_event(ports, org_id, letter_id)
    now = ports.clock()
    put_back = redriven(dead, now=now)
    if put_back is not dead:
        saved = await ports.database.first(
            dead_letters.redrive,
            org_id=org_id,
            message_id=letter_id,
            loaded_version=dead.version,
            now=now,
            **request_params(_NO_REQUEST, b""),
            **event_params(org_id, [_queued(ports, org_id, letter_id, put_back, put_back.version, now)]),
        )
        if not saved:
            raise Aborted()
        ports.wake(dead.channel)
    return DeadLetter(letter_id, f"messages/{letter_id}", dead.dead_reason, dead.dead_at, put_back.redriven_at)


async def _redrive_event(ports: Ports, org_id: UUID, letter_id: UUID) -> DeadLetter:
    letter = await ports.database.first(dead_letters.event, org_id=org_id, letter_id=letter_id)
    if letter is None:
        raise DeadLetterNotFound()
    try:
        await ports.redrive_event(letter_id)
    except UnknownLetter:
        raise DeadLetterNotFound() from None
    except (InvalidArgument, AlreadyExists, NotFound) as error:
        raise DeadLetterNotRedrivable(error.message, metadata={"reason": error.reason}) from None
    return replace(letter, redrive_time=ports.clock())


def _queued(
    ports: Ports, org_id: UUID, message_id: UUID, about: Request | DeadMessage, version: int, now: datetime
) -> OutboxEvent:
    return OutboxEvent(
        id=ports.ids(),
        org_id=org_id,
        subject="message.queued",
        message=events.queued(
            message_id=message_id,
            template=about.template,
            reference=about.reference,
            channel=about.channel,
            version=version,
            now=now,
        ),
        aggregate_id=message_id,
        version=version,
        occurred_at=now,
    )


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
    return hashes("message", json.dumps(asked, sort_keys=True, default=str))
