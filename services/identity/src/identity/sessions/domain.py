"""A session and the refresh tokens that keep it alive.

A refresh token names its session and a generation; the session keeps only the current generation. So a token that was
copied shows itself: sooner or later two holders present the same generation, and the session ends.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from portico_errors.identity import LoginFailed, RefreshTokenInvalid

from identity.accounts.domain import Account, Change, Session, can_sign_in, revoked_action
from identity.organizations.domain import Organization
from identity.shared.audit.domain import Action

REPEAT_GRACE = timedelta(seconds=20)
"""How long the token before the current one gets the same successor: parallel tabs refresh at the same moment."""

MAX_SESSIONS = 100
"""How many live sessions an account keeps; the one used longest ago makes room."""


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
    if session.revoke_time is not None or now >= session.expire_time or generation > session.generation:
        raise RefreshTokenInvalid()
    if generation == session.generation:
        return Refresh.ROTATED, replace(session, generation=generation + 1, rotate_time=now)
    if generation == session.generation - 1 and now <= session.rotate_time + REPEAT_GRACE:
        return Refresh.REPEATED, session
    return Refresh.REUSED, replace(session, revoke_time=now)


def making_room(live: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Which of the live sessions, last used first, end so that one more fits."""
    return live[MAX_SESSIONS - 1 :]


def sign_in(account: Account | None, *, password_hash: str | None, session_id: UUID, now: datetime) -> Change:
    """Opens a session; `password_hash` is what the password hashes to from now on, None when it was wrong.

    The session used longest ago makes room when there are too many. Raises `LoginFailed`.
    """
    if account is None or not can_sign_in(account) or password_hash is None:
        raise LoginFailed()
    ended = making_room(account.live_sessions)
    kept = account.live_sessions[: len(account.live_sessions) - len(ended)]
    signed_in = replace(
        account,
        password_hash=password_hash,
        live_sessions=(session_id, *kept),
        last_login_time=now,
        version=account.version + 1,
    )
    return Change(account=signed_in, actions=(Action.SIGNED_IN, *revoked_action(ended)), revoked=ended)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person and the pair of tokens for a session."""

    account: Account
    organization: Organization
    access_token: str
    access_expire_time: datetime
    refresh_token: str
    refresh_expire_time: datetime
