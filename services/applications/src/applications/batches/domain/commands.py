"""What becomes of a batch: by a command of the staff, by its worker, and by the clock."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.applications import ActionNotAllowed, BatchExpired, StartTimeInvalid, UndoExpired

from applications.application.domain.link_state import UNDO_WINDOW
from applications.batches.domain.batch import (
    AFTER,
    CHUNK,
    MACHINES,
    MAX_START_AHEAD,
    Batch,
    BatchAction,
    BatchState,
    Kind,
)

_ENDS = frozenset({BatchAction.CANCEL, BatchAction.UNDO, BatchAction.REVOKE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody asks for; `start_time` goes with START, and None is now."""

    action: BatchAction
    actor_id: UUID
    start_time: datetime | None = None


def act(batch: Batch, command: Command, now: datetime) -> Batch:
    """The batch after a command; a second START gives it as it is.

    Raises BatchExpired, StartTimeInvalid, UndoExpired, or ActionNotAllowed with the actions that fit.
    """
    action, state = command.action, batch.present_state(now)
    if action is BatchAction.START:
        if batch.starter_id is not None:
            return batch
        if state is BatchState.EXPIRED:
            raise BatchExpired()
    if action is BatchAction.UNDO and batch.run_time is not None and batch.is_undo_over(now):
        raise UndoExpired("The last row of this batch was unlinked more than 15 minutes ago.")
    after = MACHINES[batch.kind].next(state, action)
    if action not in batch.allowed_actions(now):
        raise ActionNotAllowed(metadata={"state": state.name, "allowed_actions": ""})
    ender_id = command.actor_id if action in _ENDS else batch.ender_id
    changed = replace(batch, state=after, ender_id=ender_id, version=batch.version + 1)
    match action:
        case BatchAction.START:
            return _started(changed, command, now)
        case BatchAction.CANCEL if after is BatchState.CANCELLED:
            return replace(changed, end_time=now)
        case BatchAction.PAUSE if batch.kind is Kind.UNLINK:
            return replace(changed, undo_expire_time=now + UNDO_WINDOW)
        case BatchAction.RESUME:
            return replace(changed, undo_expire_time=None)
        case _:
            return changed


def _started(batch: Batch, command: Command, now: datetime) -> Batch:
    begin = command.start_time
    if begin is not None and not now <= begin <= now + MAX_START_AHEAD:
        raise StartTimeInvalid()
    if begin is None or begin == now:
        return replace(batch, starter_id=command.actor_id, start_time=now, run_time=now)
    return replace(batch, state=BatchState.SCHEDULED, starter_id=command.actor_id, start_time=begin)


def worked_off(batch: Batch, now: datetime) -> Batch:
    """The batch when each of its chunks is through."""
    after = AFTER[batch.state]
    changed = replace(batch, state=after, version=batch.version + 1)
    if after is BatchState.PREVIEWED:
        return replace(changed, preview_time=now)
    undo_until = (
        now + UNDO_WINDOW
        if batch.kind is Kind.UNLINK and after in {BatchState.SUCCEEDED, BatchState.CANCELLED}
        else None
    )
    return replace(changed, end_time=now, undo_expire_time=undo_until)


def begun(batch: Batch, now: datetime) -> Batch:
    """A scheduled batch whose time has come."""
    return replace(batch, state=BatchState.RUNNING, run_time=now, version=batch.version + 1)


def given_up(batch: Batch, now: datetime) -> Batch:
    """A batch whose preview cannot be finished."""
    return replace(batch, state=BatchState.CANCELLED, end_time=now, version=batch.version + 1)


def may_hand_over(batch: Batch, handed_count: int) -> bool:
    """Whether one more chunk may be worked on: of invitations only a minute's worth is ahead of what was sent."""
    if batch.kind is not Kind.INVITE or batch.state is not BatchState.RUNNING:
        return True
    return handed_count - batch.reported_count + CHUNK <= max(batch.send_rate, CHUNK)
