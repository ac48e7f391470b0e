"""Looking at what was given up, and putting it back to work."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico_errors.notifications import DeadLetterNotFound, DeadLetterNotRedrivable

from chassis import consumer
from chassis.errors import Aborted, AlreadyExists, Conflict, InvalidArgument, NotFound
from chassis.saves import write
from notifications.dead_letters import storage
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.domain import redriven
from notifications.dead_letters.storage import DeadLetter
from notifications.messages.events import message_queued, outbox_events


async def list_dead_letters(deps: Deps, org_id: UUID, after: tuple[datetime, UUID], limit: int) -> Sequence[DeadLetter]:
    """At most so many dead letters after a position of `DEAD_LETTERS_BY_AGE`, the newest first."""
    return await deps.database.all(
        storage.LIST_DEAD_LETTERS, org_id=org_id, before_time=after[0], before_id=after[1], limit=limit
    )


async def redrive_dead_letter(deps: Deps, *, org_id: UUID, letter_id: UUID) -> DeadLetter:
    """Puts a message whose retries ran out, or an event that could not be handled, back to work.

    A message is put back once, however often it is asked for. `DeadLetterNotFound` when there is none,
    `DeadLetterNotRedrivable` when its time is over, it was superseded or withdrawn, its values are forgotten, or the
    event fails again.
    """
    dead = await deps.database.first(storage.LOAD_DEAD_LETTERED, org_id=org_id, id=letter_id)
    if dead is None:
        return await _redrive_event(deps, org_id, letter_id)
    now = deps.clock()
    put_back = redriven(dead, now=now)
    if put_back is not dead:
        queued = message_queued(put_back, message_id=dead.id, version=put_back.version, now=now)
        events = outbox_events([queued], org_id=org_id, group=dead.group, ids=deps.ids, now=now)
        params = {"id": dead.id, "loaded_version": dead.version, "now": now}
        if not await write(deps.database, storage.SAVE_REDRIVEN, org_id=org_id, params=params, events=events):
            raise Aborted()
        deps.wake(dead.channel)
    return DeadLetter(letter_id, f"messages/{letter_id}", dead.dead_reason, dead.dead_time, put_back.redrive_time)


async def _redrive_event(deps: Deps, org_id: UUID, letter_id: UUID) -> DeadLetter:
    letter = await deps.database.first(storage.LOAD_EVENT, org_id=org_id, id=letter_id)
    if letter is None:
        raise DeadLetterNotFound()
    try:
        await deps.redrive_event(letter_id)
    except consumer.DeadLetterNotFound:
        raise DeadLetterNotFound() from None
    except (InvalidArgument, AlreadyExists, Conflict, NotFound) as error:
        raise DeadLetterNotRedrivable(error.message, metadata={"reason": error.reason}) from None
    return replace(letter, redrive_time=deps.clock())
