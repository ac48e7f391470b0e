"""`MessageRequest` → the domain's request, for both ways in."""

from datetime import UTC
from uuid import UUID

from portico.notifications.v1.events_pb2 import MessageRequest

from notifications.shared.domain import Channel, Request, RequestInvalid, Urgency


def request_of(message: MessageRequest, *, requester: str) -> Request:
    """What the requester wants; `RequestInvalid` for a channel or urgency that this release does not know, or no id."""
    try:
        channel, urgency = Channel(message.recipient.channel), Urgency(message.urgency)
        account_id = UUID(message.account_id) if message.account_id else None
    except ValueError as error:
        raise RequestInvalid(f"{error}.") from None
    return Request(
        requester=requester,
        template=message.template,
        channel=channel,
        address=message.recipient.address,
        language=message.recipient.language,
        values=dict(message.values),
        sealed_values=message.sealed_values,
        reference=message.reference,
        idempotency_key=message.idempotency_key,
        urgency=urgency,
        not_after=message.not_after.ToDatetime(UTC) if message.HasField("not_after") else None,
        supersedes=message.supersedes,
        account_id=account_id,
        group=message.group,
        not_before=message.not_before.ToDatetime(UTC) if message.HasField("not_before") else None,
        group_rate=message.group_rate_per_minute,
    )
