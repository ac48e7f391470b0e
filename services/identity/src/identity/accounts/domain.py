"""An account: who may sign in, with which password, and how the password is set anew."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from hmac import compare_digest
from uuid import UUID

from chassis.call import Role
from identity.domain.errors import (
    AccountNotActive,
    LoginFailed,
    PasswordWrong,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)
from identity.sessions.domain import making_room

ACTIVATION_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=1)

MOST_RESETS = 3
"""How many resets an account may ask for within `RESET_WINDOW`."""

RESET_WINDOW = timedelta(hours=1)

MOST_WRONG_CODES = 5
"""How many wrong tries kill a code: with 40 bits in it, guessing has no hope."""


class Status(IntEnum):
    """Whether an account can be used; the numbers are the contract's."""

    PENDING_ACTIVATION = 1
    ACTIVE = 2
    DISABLED = 3


class Purpose(StrEnum):
    """What a proof lets its holder do."""

    ACTIVATION = "ACTIVATION"
    RESET = "RESET"


STAFF_ROLES = (Role.STAFF, Role.STAFF_ADMIN)
"""The roles of an organization's own people, who know each other by name."""


class Action(StrEnum):
    """What happened to an account, in the words of the audit."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"  # noqa: S105 - the name of an action
    SESSIONS_REVOKED = "SESSIONS_REVOKED"
    ACCOUNT_CREATED = "ACCOUNT_CREATED"
    ACCOUNT_ACTIVATED = "ACCOUNT_ACTIVATED"
    RESET_ASKED = "RESET_ASKED"
    RESET_REFUSED = "RESET_REFUSED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of an action
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the name of an action

    @property
    def is_refusal(self) -> bool:
        """Whether somebody was kept from doing something."""
        return self in {Action.SIGN_IN_FAILED, Action.REFRESH_TOKEN_REUSED, Action.RESET_REFUSED}


@dataclass(frozen=True, slots=True)
class Proof:
    """A link or a code that was sent to the person and lets its holder set a password, once.

    `hash` is the keyed hash of what was sent; nothing else of it is kept.
    """

    id: UUID
    purpose: Purpose
    hash: bytes
    expires_at: datetime
    wrong_tries: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """A login. An account holds at most one proof: a newer one takes its place.

    `username` is an email address or a phone number in E.164. `resets_asked` are the latest times, oldest first;
    `live_sessions` the sessions that have not ended, last used first.
    """

    org_id: UUID
    id: UUID
    role: Role
    username: str
    display_name: str
    language: str
    status: Status
    password_hash: str | None
    proof: Proof | None
    resets_asked: tuple[datetime, ...]
    live_sessions: tuple[UUID, ...]
    created_at: datetime
    activated_at: datetime | None
    last_login_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """The account as it is now, what happened for the audit, and what ended: sessions, and a replaced proof."""

    account: Account
    actions: tuple[Action, ...]
    revoked: tuple[UUID, ...] = ()
    replaced: Proof | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff, as the others of the staff know them."""

    id: UUID
    display_name: str


@dataclass(frozen=True, slots=True)
class NewLogin:
    """Who is to get a login; `username` in its one form."""

    role: Role
    username: str
    display_name: str
    language: str


def create(login: NewLogin, *, org_id: UUID, account_id: UUID, now: datetime) -> Change:
    """A login that waits for its first password."""
    account = Account(
        org_id=org_id,
        id=account_id,
        role=login.role,
        username=login.username,
        display_name=login.display_name,
        language=login.language,
        status=Status.PENDING_ACTIVATION,
        password_hash=None,
        proof=None,
        resets_asked=(),
        live_sessions=(),
        created_at=now,
        activated_at=None,
        last_login_at=None,
        version=1,
    )
    return Change(account=account, actions=(Action.ACCOUNT_CREATED,))


def invite(created: Change, *, proof: Proof) -> Change:
    """Gives a new login the proof that its activation message carries."""
    return replace(created, account=replace(created.account, proof=proof))


def activate_at_once(created: Change, *, password_hash: str, now: datetime) -> Change:
    """Gives a new login its password: its person is known to be the one who set it."""
    account = replace(
        created.account,
        status=Status.ACTIVE,
        password_hash=password_hash,
        activated_at=now,
        version=created.account.version + 1,
    )
    return Change(account=account, actions=(*created.actions, Action.ACCOUNT_ACTIVATED))


def begin(activated: Change, *, now: datetime) -> Change:
    """Lets a new login begin with a session: its person is there and has just chosen the password."""
    account = replace(activated.account, last_login_at=now)
    return Change(account=account, actions=(*activated.actions, Action.SIGNED_IN))


def can_sign_in(account: Account | None) -> bool:
    """Whether a right password would let this account in."""
    return account is not None and account.status is Status.ACTIVE and account.password_hash is not None


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
        last_login_at=now,
        version=account.version + 1,
    )
    return Change(account=signed_in, actions=(Action.SIGNED_IN, *_revoked_action(ended)), revoked=ended)


def ask_reset(account: Account, *, proof: Proof, now: datetime) -> Change:
    """Lets the person set a new password with this proof; an older proof is dead.

    Raises `AccountNotActive`, and `ResetLimitReached` with the time until the next one is allowed.
    """
    if account.status is not Status.ACTIVE:
        raise AccountNotActive(metadata={"status": account.status.name})
    recent = tuple(asked for asked in account.resets_asked if asked > now - RESET_WINDOW)
    if len(recent) >= MOST_RESETS:
        raise ResetLimitReached(retry_after=recent[-MOST_RESETS] + RESET_WINDOW - now)
    return Change(
        account=replace(account, proof=proof, resets_asked=(*recent, now), version=account.version + 1),
        actions=(Action.RESET_ASKED,),
        replaced=account.proof,
    )


def proven(account: Account | None, *, purpose: Purpose, presented: bytes, now: datetime) -> Account:
    """Returns the account when the keyed hash of what was presented proves its holder.

    Raises `ResetTokenExpired` when it did once, else `ResetTokenInvalid`.
    """
    waits_for = Status.PENDING_ACTIVATION if purpose is Purpose.ACTIVATION else Status.ACTIVE
    if account is None or account.status is not waits_for:
        raise ResetTokenInvalid()
    proof = account.proof
    if (
        proof is None
        or proof.purpose is not purpose
        or proof.wrong_tries >= MOST_WRONG_CODES
        or not compare_digest(proof.hash, presented)
    ):
        raise ResetTokenInvalid()
    if now >= proof.expires_at:
        raise ResetTokenExpired()
    return account


def activate(account: Account | None, *, presented: bytes, password_hash: str, now: datetime) -> Change:
    """Sets the first password. Raises as `proven`."""
    waiting = proven(account, purpose=Purpose.ACTIVATION, presented=presented, now=now)
    active = replace(
        waiting,
        status=Status.ACTIVE,
        password_hash=password_hash,
        proof=None,
        activated_at=now,
        version=waiting.version + 1,
    )
    return Change(account=active, actions=(Action.ACCOUNT_ACTIVATED,))


def reset_password(account: Account | None, *, presented: bytes, password_hash: str, now: datetime) -> Change:
    """Sets a new password and ends all sessions. Raises as `proven`."""
    locked_out = proven(account, purpose=Purpose.RESET, presented=presented, now=now)
    return _with_new_password(locked_out, password_hash, Action.PASSWORD_RESET, keep=None)


def change_password(account: Account, *, correct: bool, password_hash: str, keep: UUID | None) -> Change:
    """Sets a new password and ends all sessions but the one to keep; an asked reset is dead. Raises `PasswordWrong`."""
    if not correct or not can_sign_in(account):
        raise PasswordWrong()
    return _with_new_password(account, password_hash, Action.PASSWORD_CHANGED, keep=keep)


def _with_new_password(account: Account, password_hash: str, action: Action, *, keep: UUID | None) -> Change:
    ended = tuple(session for session in account.live_sessions if session != keep)
    changed = replace(
        account,
        password_hash=password_hash,
        proof=None,
        live_sessions=tuple(session for session in account.live_sessions if session == keep),
        version=account.version + 1,
    )
    return Change(account=changed, actions=(action, *_revoked_action(ended)), revoked=ended)


def _revoked_action(ended: tuple[UUID, ...]) -> tuple[Action, ...]:
    return (Action.SESSIONS_REVOKED,) if ended else ()
