"""How a password is set: the first one, a new one for who forgot it, and another one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from hmac import compare_digest
from uuid import UUID

from portico_errors.identity import (
    AccountNotActive,
    AccountNotFound,
    PasswordWrong,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from identity.accounts.domain import (
    Account,
    Change,
    Proof,
    Purpose,
    Session,
    Status,
    begin,
    can_sign_in,
    revoked_action,
)
from identity.shared.audit.domain import Action

ACTIVATION_LIFE = timedelta(days=7)

CODE_LENGTH = 8
"""Letters and digits of the code in an SMS."""

RESET_LIFE = timedelta(hours=1)

MAX_RESETS = 3
"""How many resets an account may ask for within `RESET_WINDOW`."""

RESET_WINDOW = timedelta(hours=1)

MAX_WRONG_CODES = 5
"""How many wrong tries kill a code: with 40 bits in it, guessing has no hope."""


def ask_reset(account: Account | None, proof: Proof, now: datetime) -> Change:
    """Lets the person set a new password with this proof; an older proof is dead.

    Raises `AccountNotFound`, `AccountNotActive`, and `ResetLimitReached` with the time until the next one is allowed.
    """
    if account is None:
        raise AccountNotFound()
    if account.status is not Status.ACTIVE:
        raise AccountNotActive(metadata={"status": account.status.name})
    recent = tuple(asked for asked in account.reset_request_times if asked > now - RESET_WINDOW)
    if len(recent) >= MAX_RESETS:
        raise ResetLimitReached(retry_after=recent[-MAX_RESETS] + RESET_WINDOW - now)
    return Change(
        account=replace(account, proof=proof, reset_request_times=(*recent, now), version=account.version + 1),
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
        or proof.wrong_tries >= MAX_WRONG_CODES
        or not compare_digest(proof.hash, presented)
    ):
        raise ResetTokenInvalid()
    if now >= proof.expire_time:
        raise ResetTokenExpired()
    return account


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Whoever holds the proof sets a password, and is signed in by it: `session` begins with the change."""

    presented: bytes
    password_hash: str
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Who knows the password (`verified_hash`) sets another one; `keep` is the session that asks."""

    verified_hash: str | None
    password_hash: str
    keep: UUID | None


def activate(account: Account | None, command: SetPassword, now: datetime) -> Change:
    """Sets the first password. Raises as `proven`."""
    waiting = proven(account, purpose=Purpose.ACTIVATION, presented=command.presented, now=now)
    active = replace(
        waiting,
        status=Status.ACTIVE,
        password_hash=command.password_hash,
        proof=None,
        activate_time=now,
        version=waiting.version + 1,
    )
    return begin(Change(account=active, actions=(Action.ACCOUNT_ACTIVATED,)), command.session)


def reset_password(account: Account | None, command: SetPassword, now: datetime) -> Change:
    """Sets a new password and ends all earlier sessions. Raises as `proven`."""
    locked_out = proven(account, purpose=Purpose.RESET, presented=command.presented, now=now)
    change = _with_new_password(locked_out, command.password_hash, Action.PASSWORD_RESET, keep=None)
    return begin(change, command.session)


def change_password(account: Account | None, command: ChangePassword, _: datetime) -> Change:
    """Sets a new password and ends all sessions but the one to keep; an asked reset is dead. Raises `PasswordWrong`."""
    if account is None or account.password_hash != command.verified_hash or not can_sign_in(account):
        raise PasswordWrong()
    return _with_new_password(account, command.password_hash, Action.PASSWORD_CHANGED, keep=command.keep)


def _with_new_password(account: Account, password_hash: str, action: Action, *, keep: UUID | None) -> Change:
    ended = tuple(session for session in account.live_sessions if session != keep)
    changed = replace(
        account,
        password_hash=password_hash,
        proof=None,
        live_sessions=tuple(session for session in account.live_sessions if session == keep),
        version=account.version + 1,
    )
    return Change(account=changed, actions=(action, *revoked_action(ended)), revoked=ended)


class ResetStatus(IntEnum):
    """What a link is worth; the numbers are the contract's. A used one is not kept, and unknown."""

    VALID = 1
    EXPIRED = 2
    UNKNOWN = 4


def reset_status(account: Account | None, purpose: Purpose, presented: bytes, now: datetime) -> ResetStatus:
    """What the link that was presented is worth now; nothing is consumed."""
    try:
        proven(account, purpose=purpose, presented=presented, now=now)
    except ResetTokenExpired:
        return ResetStatus.EXPIRED
    except ResetTokenInvalid:
        return ResetStatus.UNKNOWN
    return ResetStatus.VALID
