"""What a service asks notifications to send: by an event, in the statement that changes its own state."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from portico.notifications.v1.events_pb2 import MessageRequest
from portico.notifications.v1.resources_pb2 import Channel, Recipient, Urgency

from chassis.contacts import kind_of
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp

Value = str | datetime | Sequence[Mapping[str, str | int | datetime]]
"""What fills a place of a template: words, an instant, or times to choose from, none of them where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One email or SMS to ask for.

    `contact` is an email address or a phone number in E.164, and decides how it travels. `values` fill the template,
    written as `written` does. `sealed_values` are its secrets in a box of the `Sealer`. `reference` is what it is about
    (`invitations/<id>`): its events carry it. The same `key` gives the same message; empty: the reference. `supersedes`
    is the reference of an older message that is worth nothing any more. `account_id` is a family's, who knows the
    organization that it is linked to, not the realm of all families.
    """

    template: str
    contact: str
    language: str
    values: Mapping[str, Value]
    reference: str
    key: str = ""
    sealed_values: bytes = field(default=b"", repr=False)
    urgency: Urgency.ValueType = Urgency.NORMAL
    not_after: datetime | None = None
    supersedes: str = ""
    account_id: UUID | None = None

    def request(self) -> MessageRequest:
        """The request as a message."""
        return MessageRequest(
            template=self.template,
            recipient=Recipient(
                channel=Channel.Value(kind_of(self.contact)), address=self.contact, language=self.language
            ),
            values={name: written(value) for name, value in self.values.items()},
            sealed_values=self.sealed_values,
            reference=self.reference,
            idempotency_key=self.key or self.reference,
            urgency=self.urgency,
            not_after=timestamp(self.not_after),
            supersedes=self.supersedes,
            account_id=str(self.account_id or ""),
        )

    def event(self, *, id: UUID, org_id: UUID, aggregate_id: UUID, version: int, now: datetime) -> OutboxEvent:  # noqa: A002
        """The request as an event of the aggregate that it is about."""
        return OutboxEvent(
            id=id,
            org_id=org_id,
            subject="notification.requested",
            message=self.request(),
            aggregate_id=aggregate_id,
            version=version,
            event_time=now,
        )


def written(value: Value) -> str:
    """A value of a template as it travels: an instant as RFC 3339 in UTC, times as JSON.

    >>> written([{"start_time": datetime(2026, 8, 17, 9, tzinfo=UTC), "minutes": 45}])
    '[{"start_time": "2026-08-17T09:00:00Z", "minutes": 45}]'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps(value, default=written, ensure_ascii=False) if value else ""
