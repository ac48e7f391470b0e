"""A session and the refresh tokens that keep it alive.

A refresh token names its session and a generation; the session keeps only the current generation. So a token that was
copied shows itself: sooner or later two holders present the same generation, and the session ends.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from identity.domain.errors import RefreshTokenInvalid

SESSION_LIFE = timedelta(days=30)
"""How long a session lives after its last rotation."""

REPEAT_GRACE = timedelta(seconds=20)
"""How long the token before the current one gets the same successor: parallel tabs refresh at the same moment."""

MOST_SESSIONS = 100
"""How many live sessions an account keeps; the one used longest ago makes room."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person's signed-in device; `rotated_at` is its last use."""

    org_id: UUID
    id: UUID
    account_id: UUID
    generation: int
    device: str
    address: str
    created_at: datetime
    rotated_at: datetime
    revoked_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """When it ends unless it is refreshed before."""
        return self.rotated_at + SESSION_LIFE


class Refresh(Enum):
    """What a refresh token brought about."""

    ROTATED = "ROTATED"
    """It was the current one; its successor is now."""
    REPEATED = "REPEATED"
    """It was the one before, in time; the successor is the one that the other tab got."""
    REUSED = "REUSED"
    """It was older: somebody holds a copy, and the session ends."""


def refresh(session: Session, *, generation: int, now: datetime) -> tuple[Refresh, Session]:
    """Decides what a genuine refresh token of this generation brings about, and the session after it.

    Raises `RefreshTokenInvalid` when the session has ended or never had such a token.
    """
    if session.revoked_at is not None or now >= session.expires_at or generation > session.generation:
        raise RefreshTokenInvalid()
    if generation == session.generation:
        return Refresh.ROTATED, replace(session, generation=generation + 1, rotated_at=now)
    if generation == session.generation - 1 and now <= session.rotated_at + REPEAT_GRACE:
        return Refresh.REPEATED, session
    return Refresh.REUSED, replace(session, revoked_at=now)


def making_room(live: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Which of the live sessions, last used first, end so that one more fits."""
    return live[MOST_SESSIONS - 1 :]
