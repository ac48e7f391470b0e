"""Looking at messages."""

from collections.abc import Sequence
from uuid import UUID

from portico_errors.notifications import MessageNotFound

from notifications.messages import storage
from notifications.messages.domain import Message, State
from notifications.shared.deps import Deps


async def get_message(deps: Deps, *, org_id: UUID, message_id: UUID) -> Message:
    """The message, if it is the organization's; else `MessageNotFound`."""
    message = await deps.database.first(storage.LOAD_MESSAGE, org_id=org_id, id=message_id)
    if message is None:
        raise MessageNotFound()
    return message


async def list_messages(
    deps: Deps, org_id: UUID, reference: str, states: Sequence[State], after: tuple[UUID], limit: int
) -> Sequence[Message]:
    """At most so many messages after a position of `MESSAGES_BY_AGE`, the newest first.

    An empty `reference` means any, and so do no `states`; `bookings/<id>` means its versions, too.
    """
    wanted = {"org_id": org_id, "states": list(states or State), "before": after[0], "limit": limit}
    if reference:
        return await deps.database.all(storage.LIST_MESSAGES_ABOUT, reference=reference, **wanted)
    return await deps.database.all(storage.LIST_MESSAGES, **wanted)
