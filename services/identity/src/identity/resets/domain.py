"""How a password is set: the first one, a new one for who forgot it, and another one."""

from dataclasses import replace
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from portico_errors.identity import (
    AccountNotActive,
    PasswordWrong,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from identity.accounts.domain import Account, Change, Proof, Purpose, Status, can_sign_in, revoked_action
from identity.shared.audit.domain import Action

ACTIVATION_LIFE = timedelta(days=7)

RESET_LIFE = timedelta(hours=1)

MAX_RESETS = 3
"""How many resets an account may ask for within `RESET_WINDOW`."""

RESET_WINDOW = timedelta(hours=1)

MAX_WRONG_CODES = 5
"""How many wrong tries kill a code: with 40 bits in it, guessing has no hope."""


def ask_reset(account: Account, *, proof: Proof, now: datetime) -> Change:
    """Lets the person set a new password with this proof; an older proof is dead.

    Raises `AccountNotActive`, and `ResetLimitReached` with the time until the next one is allowed.
    """
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


def activate(account: Account | None, *, presented: bytes, password_hash: str, now: datetime) -> Change:
    """Sets the first password. Raises as `proven`."""
    waiting = proven(account, purpose=Purpose.ACTIVATION, presented=presented, now=now)
    active = replace(
        waiting,
        status=Status.ACTIVE,
        password_hash=password_hash,
        proof=None,
        activate_time=now,
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
    return Change(account=changed, actions=(action, *revoked_action(ended)), revoked=ended)
