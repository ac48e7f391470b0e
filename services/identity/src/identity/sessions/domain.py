"""A session and the refresh tokens that keep it alive.

A refresh token names its session and a generation; the session keeps the latest generation and the latest one that came
back. So a token that was copied shows itself: sooner or later one of two holders presents what is void, and the session
ends. An answer that was lost is no theft: whoever presents the same token again gets a new successor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from uuid import UUID

from portico_errors.identity import LoginFailed, RefreshTokenInvalid

from chassis.call import Role
from identity.accounts.domain import Account, Change, Session, can_sign_in, revoked_action
from identity.lockout.domain import Source
from identity.organizations.domain import Organization

REPEAT_GRACE = timedelta(seconds=20)
"""How long the token before the latest one gets the same successor: parallel tabs refresh at the same moment."""

MAX_RENEWALS = 5
"""How many successors of one token may be lost on their way."""

MAX_SESSIONS = 100
"""How many live sessions an account keeps; the one used longest ago makes room."""


@dataclass(frozen=True, slots=True)
class Life:
    """How long a session lives: without being used, and in all."""

    idle: timedelta
    whole: timedelta

    def end(self, *, create_time: datetime, now: datetime) -> datetime:
        """When a session that is used now ends unless it is used again."""
        return min(now + self.idle, create_time + self.whole)


_OF_STAFF = Life(idle=timedelta(hours=12), whole=timedelta(days=7))
_OF_PROVIDERS = Life(idle=timedelta(days=7), whole=timedelta(days=30))
LIVES: Mapping[Role, Life] = {
    Role.STAFF_ADMIN: _OF_STAFF,
    Role.STAFF: _OF_STAFF,
    Role.CASE_MANAGER: _OF_PROVIDERS,
    Role.SPECIALIST: _OF_PROVIDERS,
    Role.FAMILY: Life(idle=timedelta(days=30), whole=timedelta(days=90)),
}


class Refresh(Enum):
    """What a refresh token brought about."""

    ROTATED = "ROTATED"
    """It was the latest one; its successor is now."""
    REPEATED = "REPEATED"
    """It was the one before, in time and from the same device; the successor is the one that the other tab got."""
    RENEWED = "RENEWED"
    """It was the one before, and its successor never came back: another one is made, and that is void."""
    REUSED = "REUSED"
    """It was older, or void: somebody holds a copy, and the session ends."""


def refresh(session: Session, *, generation: int, device: str, life: Life, now: datetime) -> tuple[Refresh, Session]:
    """Decides what a genuine refresh token of this generation brings about, and the session after it.

    Raises `RefreshTokenInvalid` when the session has ended or never had such a token.
    """
    if session.revoke_time is not None or now >= session.expire_time or generation > session.generation:
        raise RefreshTokenInvalid()
    is_previous = generation == session.presented_generation
    if is_previous and now <= session.rotate_time + REPEAT_GRACE and device == session.device:
        return Refresh.REPEATED, session
    is_latest = generation == session.generation
    if not is_latest and not (is_previous and session.generation - generation <= MAX_RENEWALS):
        return Refresh.REUSED, replace(session, revoke_time=now)
    kept_on = replace(
        session,
        generation=session.generation + 1,
        presented_generation=generation,
        device=device,
        rotate_time=now,
        expire_time=life.end(create_time=session.create_time, now=now),
    )
    return Refresh.ROTATED if is_latest else Refresh.RENEWED, kept_on


def making_room(live: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Which of the live sessions, last used first, end so that one more fits."""
    return live[MAX_SESSIONS - 1 :]


def sign_in(account: Account | None, *, password_hash: str | None) -> Change:
    """Lets the account's person in; `password_hash` is what the password hashes to from now on, None when it was wrong.

    The session used longest ago makes room when there are too many. Raises `LoginFailed`.
    """
    if account is None or not can_sign_in(account) or password_hash is None:
        raise LoginFailed()
    ended = making_room(account.live_sessions)
    kept = account.live_sessions[: len(account.live_sessions) - len(ended)]
    signed_in = replace(account, password_hash=password_hash, live_sessions=kept, version=account.version + 1)
    return Change(account=signed_in, actions=revoked_action(ended), revoked=ended)


def first_of_day(now: datetime) -> datetime:
    """When the day began, in UTC: the other services are told of a sign-in that is the first since then."""
    return datetime.combine(now.astimezone(UTC), time.min, UTC)


def is_told(account: Account, *, now: datetime) -> bool:
    """Whether the other services are told of a sign-in; the account is as it was before."""
    return account.last_login_time is None or account.last_login_time < first_of_day(now)


def is_new_device(account: Account, source: Source, network: str, known_networks: Iterable[str]) -> bool:
    """Whether the person is told of a sign-in; the account is as it was before, and the first one of all is no news.

    `known_networks` are those in which the account has stored sessions of a device that says the same of itself.
    """
    return source.device_id is None and account.last_login_time is not None and network not in known_networks


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person and the pair of tokens for a session."""

    account: Account
    organization: Organization
    access_token: str
    access_expire_time: datetime
    refresh_token: str
    refresh_expire_time: datetime
    device_token: str = ""
