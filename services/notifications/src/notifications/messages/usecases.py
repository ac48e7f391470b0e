"""Looking at messages, and telling that one waits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico_errors.notifications import MessageNotFound

from chassis.call import Call, Caller
from chassis.outbox import OutboxEvent
from notifications.messages import events, storage
from notifications.messages.domain import DeadMessage, Message, State
from notifications.shared.deps import Deps
from notifications.shared.domain import Request

NO_REQUEST = Call(Caller(), "")
"""A message is recognised by its own key, so no request is kept for it."""


async def get_message(deps: Deps, *, org_id: UUID, message_id: UUID) -> Message:
    """The message, if it is the organization's; else `MessageNotFound`."""
    message = await deps.database.first(storage.message, org_id=org_id, id=message_id)
    if message is None:
        raise MessageNotFound()
    return message


async def list_messages(
    deps: Deps, org_id: UUID, reference: str, states: Sequence[State], after: tuple[UUID], limit: int
) -> Sequence[Message]:
    """At most so many messages from a position on, newest first; an empty `reference` or no `states` mean any."""
    wanted = {"org_id": org_id, "states": list(states or State), "before": after[0], "limit": limit}
    if reference:
        return await deps.database.all(storage.page_about, reference=reference, **wanted)
    return await deps.database.all(storage.page, **wanted)


def queued(
    deps: Deps, org_id: UUID, message_id: UUID, about: Request | DeadMessage, version: int, now: datetime
) -> OutboxEvent:
    """Tells that a message waits for its first attempt, or once more."""
    return OutboxEvent(
        id=deps.ids(),
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
        event_time=now,
    )
