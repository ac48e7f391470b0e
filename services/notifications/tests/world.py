"""Requests to send, and how a test looks at what came of them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import nacl.public
from google.protobuf.message import Message
from portico.notifications.v1.events_pb2 import MessageEvent, MessageEvents, MessageRequest
from portico.notifications.v1.resources_pb2 import Channel as ProtoChannel
from portico.notifications.v1.resources_pb2 import Recipient
from portico.notifications.v1.resources_pb2 import Urgency as ProtoUrgency
from sqlalchemy import bindparam, select

from chassis.bus import Bus, OwnStream, subject_of
from chassis.db import Database, statement
from chassis.ids import new_id
from chassis.secrets import Opener, Sealer
from chassis.tables import outbox
from notifications.dead_letters.deps import Deps
from notifications.messages.storage import messages
from notifications.requests.storage import UPSERT_ORGANIZATION
from notifications.requests.usecases.single import send_message
from notifications.shared.domain import DEFAULT_SEND_RATE, Channel, Profile, Request, Urgency
from notifications.templates.catalogue import SAMPLE_PORTAL, Template
from notifications.templates.composition import Composed, Composer, Draft

PORTAL = SAMPLE_PORTAL
SENDER = "no-reply@portico.example"
_BOX = nacl.public.PrivateKey.generate()
SEALER, OPENER = Sealer(bytes(_BOX.public_key)), Opener(bytes(_BOX))


def an_email() -> str:
    """An address that no other test has."""
    return f"{new_id().hex}@example.org"


def a_phone_number() -> str:
    """A number that no other test has."""
    return f"+1213{new_id().int % 8_000_000 + 2_000_000}"


def request_for(
    template: Template,
    /,
    *,
    secrets: Mapping[str, str] | None = None,
    not_after: datetime | None = None,
    **changes: Any,
) -> Request:
    """A request that fills the template with its sample, except for what a test says."""
    sealed = {name: template.sample[name] for name in template.sealed} if secrets is None else secrets
    given: dict[str, Any] = {
        "requester": "applications",
        "template": template.key,
        "channel": template.channel,
        "address": an_email() if template.channel is Channel.EMAIL else a_phone_number(),
        "language": "en",
        "values": {name: template.sample[name] for name in template.values},
        "sealed_values": SEALER.seal(sealed) if sealed else b"",
        "reference": f"invitations/{new_id()}",
        "idempotency_key": str(new_id()),
        "urgency": Urgency.NORMAL,
        "not_after": not_after,
        "supersedes": "",
    }
    return Request(**{**given, **changes})


def composed(
    composer: Composer,
    request: Request,
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC),
    *,
    profile: Profile = Profile(),  # noqa: B008 it cannot change
) -> Composed:
    """The request as it is composed at the moment of sending."""
    draft = Draft(
        message_id=new_id(),
        template=composer.catalogue.template(request.template, request.channel),
        recipient=request.address,
        language=request.language,
        values=request.values,
        sealed_values=request.sealed_values or None,
    )
    return composer.compose(draft, now=now, profile=profile)


def message_request(request: Request) -> MessageRequest:
    """The request as another service asks for it."""
    message = MessageRequest(
        template=request.template,
        recipient=Recipient(
            channel=ProtoChannel.ValueType(request.channel), address=request.address, language=request.language
        ),
        values=request.values,
        sealed_values=request.sealed_values,
        reference=request.reference,
        idempotency_key=request.idempotency_key,
        urgency=ProtoUrgency.ValueType(request.urgency),
        supersedes=request.supersedes,
        group=request.group,
        group_rate_per_minute=request.group_rate,
    )
    if request.not_before is not None:
        message.not_before.FromDatetime(request.not_before)
    if request.not_after is not None:
        message.not_after.FromDatetime(request.not_after)
    return message


async def publish(
    bus: Bus,
    org_id: UUID,
    message: Message,
    *,
    service: str = "applications",
    event_id: UUID | None = None,
    event: str = "notification.requested",
) -> None:
    """Publishes an event as the relay of another service does."""
    stream = OwnStream(name=service.upper(), service=service, aggregates=("guardian", "notification", "organization"))
    await bus.ensure_streams([stream])
    headers = {
        "ce-id": str(event_id or new_id()),
        "ce-type": message.DESCRIPTOR.full_name,
        "ce-time": datetime.now(UTC).isoformat(),
        "portico-aggregate": str(new_id()),
        "portico-version": "1",
    }
    subject = subject_of(org_id, service, event)
    await (await bus.jetstream()).publish(subject, message.SerializeToString(), headers=headers)


async def stored(deps: Deps, org_id: UUID, key: str = "FAMILY_INVITATION", /, **changes: Any) -> UUID:
    """A message that waits for its first attempt, by email unless a channel is given."""
    template = deps.composer.catalogue.template(key, changes.pop("channel", Channel.EMAIL))
    request = request_for(template, **changes)
    return await send_message(deps, deps.database, org_id=org_id, request=request)


_events = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload, outbox.c.version)
    .where(outbox.c.org_id == bindparam("org_id"))
    .order_by(outbox.c.position)
)
_row = statement(select(messages).where(messages.c.org_id == bindparam("org_id"), messages.c.id == bindparam("id")))


async def events_of(database: Database, org_id: UUID, message_id: UUID | None = None) -> list[MessageEvent]:
    """The events of an organization, or of one message, in the order in which they are published."""
    found: list[MessageEvent] = []
    for subject, type_, payload, version in await database.all(_events, org_id=org_id):
        assert isinstance(payload, bytes)
        if type_ == MessageEvents.DESCRIPTOR.full_name:
            together = MessageEvents.FromString(payload).events
            assert ("message.changed", max(event.version for event in together)) == (subject, version)
            found += together
            continue
        event = MessageEvent.FromString(payload)
        assert event.DESCRIPTOR.full_name == type_
        assert subject == f"message.{event.WhichOneof('event')}"
        assert version == event.version
        found.append(event)
    return [event for event in found if message_id is None or event.message_id == str(message_id)]


async def groups_of(database: Database, org_id: UUID) -> list[tuple[str, int]]:
    """The group of each bulk event of an organization, and how many messages it tells of."""
    rows = await database.all(_events, org_id=org_id)
    together = [MessageEvents.FromString(row[2]) for row in rows if row[0] == "message.changed"]  # type: ignore[arg-type]
    return [(event.group, len(event.events)) for event in together]


async def introduce(database: Database, org_id: UUID, *, country: str = "US", **said: Any) -> None:
    """Makes an organization known, of which identity has said this."""
    known = {"time_zone": "UTC", "send_rate": DEFAULT_SEND_RATE, **asdict(Profile()), **said}
    await database.run(UPSERT_ORGANIZATION, org_id=org_id, country=country, **known)


async def row_of(database: Database, org_id: UUID, message_id: UUID) -> dict[str, Any]:
    """A message as it lies in the table."""
    row = await database.first(_row, org_id=org_id, id=message_id)
    assert row is not None
    return dict(zip(messages.c.keys(), row, strict=True))
