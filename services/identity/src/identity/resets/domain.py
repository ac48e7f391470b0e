"""How a password is set: the first one, a new one for who forgot it, and another one."""

from collections.abc import Iterable
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

from chassis.call import Role
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

ADMIN_RESET_LIFE = timedelta(hours=24)
"""Of a link or code that an administrator has sent: its person may be at work elsewhere."""

MAX_LIVE_LINKS = 3
"""So many links of an email reset: a new one must not kill the one that the person is just following."""

MAX_LIVE_CODES = 2
"""So many codes of an SMS reset: the newest, and the one that it overtook."""

TRY_WINDOW = timedelta(hours=1)
"""How long a try of a code counts."""

MAX_NETWORK_TRIES = 5
"""Codes that one network may try on one username within `TRY_WINDOW`."""

MAX_TRIES = 100
"""Codes that all networks together may try on one username within `TRY_WINDOW`.

A stranger needs twenty networks to shut the person out for an hour, and a guess meets one of two codes of 40 bits:
in a year of nothing else the chance is 2 in a million.
"""


PROVEN_FOR = timedelta(days=45)
"""So long after it was last proven a phone number is surely the same person's: carriers give it away no sooner."""

MAX_FAMILY_PROOFS = 3
"""How often somebody may say what only the family knows, within `FAMILY_PROOF_WINDOW`."""

FAMILY_PROOF_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many messages may go out within a time."""

    limit: int
    window: timedelta

    def check(self, proofs: Iterable[Proof], now: datetime) -> None:
        """Raises `ResetLimitReached` with the time until the next one; the proofs that went out, newest first."""
        recent = [proof.create_time for proof in proofs if proof.create_time > now - self.window]
        if len(recent) >= self.limit:
            raise ResetLimitReached(retry_after=recent[self.limit - 1] + self.window - now)


STAFF_RESETS = Budget(3, timedelta(hours=1))
NETWORK_RESETS = Budget(3, timedelta(hours=1))
STRANGER_RESETS = Budget(6, timedelta(days=1))
RESET_PAUSE = Budget(1, timedelta(minutes=2))
STRANGER_ACTIVATIONS = Budget(3, timedelta(days=1))
ACTIVATION_PAUSE = Budget(1, timedelta(minutes=10))

MAX_PENDING = timedelta(days=30)
"""How old a login may be that is sent its activation again without anybody of the staff."""


def ask_reset(account: Account | None, proof: Proof, now: datetime) -> Change:
    """Lets the person set a new password with this proof, too.

    Raises `AccountNotFound`, `AccountNotActive`, and `ResetLimitReached` with the time until the next one is allowed.
    """
    if account is None:
        raise AccountNotFound()
    if account.status is not Status.ACTIVE:
        raise AccountNotActive(metadata={"status": account.status.name})
    earlier = [each for each in account.proofs if each.purpose is Purpose.RESET]
    if proof.requester is None:
        STAFF_RESETS.check((each for each in earlier if each.requester is None), now)
    else:
        RESET_PAUSE.check(earlier, now)
        NETWORK_RESETS.check((each for each in earlier if each.requester == proof.requester), now)
        STRANGER_RESETS.check((each for each in earlier if each.requester is not None), now)
    return _with_proof(account, proof, Action.RESET_ASKED, now)


def ask_activation(account: Account | None, proof: Proof, now: datetime) -> Change:
    """Sends a login that waits for its first password another link; the one before is dead.

    Raises `AccountNotActive` for one that does not wait or waits too long, and `ResetLimitReached`.
    """
    if account is None or account.status is not Status.PENDING_ACTIVATION or now > account.create_time + MAX_PENDING:
        raise AccountNotActive()
    earlier = [each for each in account.proofs if each.purpose is Purpose.ACTIVATION]
    ACTIVATION_PAUSE.check(earlier, now)
    STRANGER_ACTIVATIONS.check((each for each in earlier if each.requester is not None), now)
    return send_activation(account, proof, now)


def send_activation(account: Account, proof: Proof, now: datetime) -> Change:
    """Sends another link for the first password; the one before is dead."""
    return _with_proof(account, proof, Action.ACTIVATION_ASKED, now)


def _with_proof(account: Account, proof: Proof, action: Action, now: datetime) -> Change:
    before = live_proofs(account, proof.purpose, now)
    changed = replace(account, proofs=(proof, *account.proofs), version=account.version + 1)
    died = set(before) - set(live_proofs(changed, proof.purpose, now))
    return Change(account=changed, actions=(action,), proof=proof, replaced=next(iter(died), None))


def live_proofs(account: Account, purpose: Purpose, now: datetime) -> tuple[Proof, ...]:
    """The proofs with which a password can be set, newest first: newer ones take the place of older ones."""
    limit = MAX_LIVE_LINKS if "@" in account.username else MAX_LIVE_CODES
    lasting = [
        each for each in account.proofs if each.purpose is purpose and each.use_time is None and now < each.expire_time
    ]
    return tuple(lasting[: 1 if purpose is Purpose.ACTIVATION else limit])


class ResetStatus(IntEnum):
    """What a link is worth; the numbers are the contract's."""

    VALID = 1
    EXPIRED = 2
    USED = 3
    UNKNOWN = 4


def reset_status(account: Account | None, purpose: Purpose, presented: bytes, now: datetime) -> ResetStatus:
    """What the proof with this keyed hash is worth now; nothing is consumed."""
    proofs = account.proofs if account else ()
    proof = next((each for each in proofs if each.purpose is purpose and compare_digest(each.hash, presented)), None)
    if account is None or proof is None:
        return ResetStatus.UNKNOWN
    if proof.use_time is not None:
        return ResetStatus.USED
    if account.status is not (Status.PENDING_ACTIVATION if purpose is Purpose.ACTIVATION else Status.ACTIVE):
        return ResetStatus.UNKNOWN
    if now >= proof.expire_time:
        return ResetStatus.EXPIRED
    return ResetStatus.VALID if proof in live_proofs(account, purpose, now) else ResetStatus.UNKNOWN


def proven(account: Account | None, *, purpose: Purpose, presented: bytes, now: datetime) -> Account:
    """Returns the account when the keyed hash of what was presented proves its holder.

    Raises `ResetTokenExpired` when it did once, else `ResetTokenInvalid`.
    """
    status = reset_status(account, purpose, presented, now)
    if status is ResetStatus.EXPIRED:
        raise ResetTokenExpired()
    if account is None or status is not ResetStatus.VALID:
        raise ResetTokenInvalid()
    return account


def needs_family_proof(account: Account, *, is_known_device: bool, now: datetime) -> bool:
    """Whether a right code is not enough, because the family's number may have another holder by now."""
    is_recent = account.prove_time is not None and now <= account.prove_time + PROVEN_FOR
    return account.role is Role.FAMILY and not is_known_device and not is_recent


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
        activate_time=now,
        prove_time=now,
        version=waiting.version + 1,
    )
    change = proofs_used(Change(account=active, actions=(Action.ACCOUNT_ACTIVATED,)), now)
    return begin(change, command.session)


def reset_password(account: Account | None, command: SetPassword, now: datetime) -> Change:
    """Sets a new password and ends all earlier sessions. Raises as `proven`."""
    locked_out = proven(account, purpose=Purpose.RESET, presented=command.presented, now=now)
    proven_now = replace(locked_out, prove_time=now)
    change = _with_new_password(proven_now, command.password_hash, Action.PASSWORD_RESET, keep=None)
    return begin(proofs_used(change, now), command.session)


def change_password(account: Account | None, command: ChangePassword, now: datetime) -> Change:
    """Sets a new password and ends all sessions but the one to keep; asked resets are dead. Raises `PasswordWrong`."""
    if account is None or account.password_hash != command.verified_hash or not can_sign_in(account):
        raise PasswordWrong()
    change = _with_new_password(account, command.password_hash, Action.PASSWORD_CHANGED, keep=command.keep)
    return proofs_used(change, now)


def _with_new_password(account: Account, password_hash: str, action: Action, *, keep: UUID | None) -> Change:
    ended = tuple(session for session in account.live_sessions if session != keep)
    changed = replace(
        account,
        password_hash=password_hash,
        live_sessions=tuple(session for session in account.live_sessions if session == keep),
        version=account.version + 1,
    )
    return Change(account=changed, actions=(action, *revoked_action(ended)), revoked=ended)


def proofs_used(change: Change, now: datetime) -> Change:
    """The change, after which none of the account's proofs sets a password any more."""
    used = tuple(proof.id for proof in change.account.proofs if proof.use_time is None)
    proofs = tuple(replace(proof, use_time=proof.use_time or now) for proof in change.account.proofs)
    return replace(change, account=replace(change.account, proofs=proofs), used_proofs=used)
