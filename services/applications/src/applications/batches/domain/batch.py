"""What a batch is and what can be done with it: AP-12 and AP-13. Numbers of enumerations are the contract's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from portico_errors.applications import ActionNotAllowed

from applications.application.domain.invitation import Method
from chassis.machine import Machine

CHUNK = 1_000
"""Rows that are decided and written at once."""

MAX_IDS, MAX_ROWS = 10_000, 1_000_000
"""How many ids a call names, and how many guardians a batch has."""

PREVIEW_LIFE = timedelta(hours=24)
"""How long a preview can be started."""

MAX_START_AHEAD = timedelta(days=7)
MAX_PASSES = 5
"""How often rows that somebody else holds are tried before they are FAILED."""

MAX_SAME_CONTACT = 5
"""How many messages of a batch go to one contact; more are nearly always a case worker's address."""

BUSY, BROKEN = "BUSY", "BROKEN"
"""Why a row failed: somebody else held it each time, or an error of ours kept it from being done."""


class Kind(IntEnum):
    """What a batch does."""

    INVITE = 1
    UNLINK = 2


class BatchState(IntEnum):
    """Where a batch stands."""

    PREVIEWING = 1
    PREVIEWED = 2
    EXPIRED = 3
    SCHEDULED = 4
    RUNNING = 5
    PAUSED = 6
    CANCELLING = 7
    CANCELLED = 8
    SUCCEEDED = 9
    UNDOING = 10
    UNDONE = 11
    REVOKING = 12
    REVOKED = 13


class BatchAction(IntEnum):
    """What staff can do with a batch."""

    START = 1
    PAUSE = 2
    RESUME = 3
    CANCEL = 4
    UNDO = 5
    REVOKE = 6
    RETRY = 7


class Outcome(IntEnum):
    """What became of a row, or what would."""

    PENDING = 1
    INVITED = 2
    SKIPPED_LINKED = 3
    SKIPPED_LIVE = 4
    SKIPPED_NO_CONTACT = 5
    SKIPPED_METHOD_MISSING = 6
    SKIPPED_DUPLICATE = 7
    SKIPPED_CHANGED = 8
    FAILED = 9
    CANCELLED = 10
    UNLINKED = 11
    SKIPPED_NOT_LINKED = 12
    UNDONE = 13
    UNDO_SKIPPED = 14
    SKIPPED_NO_NEW_CONTACT = 15


class UnlinkReason(IntEnum):
    """Why links are taken away."""

    REMOVE_ACCESS = 1
    NEW_CONTACT = 2


class Phase(IntEnum):
    """How far a chunk is: its guardians are known, its rows are decided, done, and taken back."""

    SELECTED = 1
    DECIDED = 2
    DONE = 3
    TAKEN_BACK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a batch: `guardian_ids` in the order of their rows, which begin at `number` * CHUNK.

    `pass_count` is how often its rows were tried in its present phase.
    """

    org_id: UUID
    batch_id: UUID
    number: int
    phase: Phase
    guardian_ids: tuple[UUID, ...]
    pass_count: int

    @property
    def first(self) -> int:
        """Position of its first row."""
        return self.number * CHUNK

    @property
    def last(self) -> int:
        """Position of its last row."""
        return self.first + len(self.guardian_ids) - 1


WORKING = frozenset(
    {
        BatchState.PREVIEWING,
        BatchState.RUNNING,
        BatchState.CANCELLING,
        BatchState.UNDOING,
        BatchState.REVOKING,
    }
)
"""States in which a worker has something to do."""

ENDED = frozenset(
    {
        BatchState.EXPIRED,
        BatchState.CANCELLED,
        BatchState.SUCCEEDED,
        BatchState.UNDONE,
        BatchState.REVOKED,
    }
)
"""States in which nothing happens by itself any more."""

_S, _A = BatchState, BatchAction
_COMMON = {
    (_S.PREVIEWING, _A.CANCEL): _S.CANCELLED,
    (_S.PREVIEWED, _A.START): _S.RUNNING,
    (_S.PREVIEWED, _A.CANCEL): _S.CANCELLED,
    (_S.SCHEDULED, _A.CANCEL): _S.CANCELLING,
    (_S.RUNNING, _A.PAUSE): _S.PAUSED,
    (_S.RUNNING, _A.CANCEL): _S.CANCELLING,
    (_S.PAUSED, _A.RESUME): _S.RUNNING,
    (_S.PAUSED, _A.CANCEL): _S.CANCELLING,
}
MACHINES = {
    Kind.INVITE: Machine(
        {
            **_COMMON,
            (_S.SUCCEEDED, _A.RETRY): _S.SUCCEEDED,
            (_S.CANCELLED, _A.RETRY): _S.CANCELLED,
            (_S.SUCCEEDED, _A.REVOKE): _S.REVOKING,
            (_S.CANCELLED, _A.REVOKE): _S.REVOKING,
        },
        ActionNotAllowed,
    ),
    Kind.UNLINK: Machine(
        {
            **_COMMON,
            (_S.SUCCEEDED, _A.UNDO): _S.UNDOING,
            (_S.CANCELLED, _A.UNDO): _S.UNDOING,
            (_S.PAUSED, _A.UNDO): _S.UNDOING,
        },
        ActionNotAllowed,
    ),
}
"""What staff can do in which state. A batch that was cancelled before it ran has nothing to undo, revoke or retry."""

AFTER = {
    _S.PREVIEWING: _S.PREVIEWED,
    _S.RUNNING: _S.SUCCEEDED,
    _S.CANCELLING: _S.CANCELLED,
    _S.UNDOING: _S.UNDONE,
    _S.REVOKING: _S.REVOKED,
}
"""What follows when each chunk is through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch without its rows; `method` None: the preferred one, `expire_days` None: as the organization says.

    `send_rate` is messages a minute. `unlink_reason` is there for UNLINK alone. `start_time` is when it shall begin,
    `run_time` when it began. `accepted_count` is how many of its messages notifications has answered for,
    `reported_count` how many were sent or given up. `ender_id` is who cancelled, undid or revoked it last.
    """

    org_id: UUID
    id: UUID
    kind: Kind
    state: BatchState
    display_name: str
    method: Method | None
    reissue_live: bool
    all_guardians: bool
    expire_days: int | None
    send_rate: int
    unlink_reason: UnlinkReason | None
    source_id: UUID | None
    creator_id: UUID
    create_time: datetime
    row_count: int
    repeated_count: int
    chunk_count: int
    starter_id: UUID | None = None
    ender_id: UUID | None = None
    preview_time: datetime | None = None
    start_time: datetime | None = None
    run_time: datetime | None = None
    end_time: datetime | None = None
    undo_expire_time: datetime | None = None
    accepted_count: int = 0
    reported_count: int = 0
    version: int = 1

    def present_state(self, now: datetime) -> BatchState:
        """Its state: a preview expires by the clock."""
        is_over = self.preview_time is not None and now >= self.preview_time + PREVIEW_LIFE
        return BatchState.EXPIRED if self.state is BatchState.PREVIEWED and is_over else self.state

    def allowed_actions(self, now: datetime) -> tuple[BatchAction, ...]:
        """What staff can do now, in the order in which it is offered."""
        allowed = MACHINES[self.kind].allowed(self.present_state(now))
        return tuple(action for action in allowed if self._makes_sense(action, now))

    def _makes_sense(self, action: BatchAction, now: datetime) -> bool:
        if action in {BatchAction.RETRY, BatchAction.REVOKE}:
            return self.run_time is not None
        if action is BatchAction.UNDO:
            return self.run_time is not None and not self.is_undo_over(now)
        return True

    def is_undo_over(self, now: datetime) -> bool:
        """Whether its links can no longer be given back."""
        return self.undo_expire_time is not None and now >= self.undo_expire_time
