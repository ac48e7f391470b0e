"""Wrong passwords: where they come from, what they lock, and who is told (ID-10)."""

from collections.abc import Iterable
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico_errors.identity import TooManyTries

from chassis.call import Call
from chassis.networks import network_of
from identity.accounts.aggregate import Manner, changed_accounts, source
from identity.accounts.domain import Account, can_sign_in, lock
from identity.accounts.messages import account_locked
from identity.lockout.domain import LOCK, Source
from identity.lockout.storage import COUNT_FAILURE, FIND_LOCK
from identity.organizations.domain import Organization
from identity.sessions.deps import Deps
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_refusal


def source_of(deps: Deps, call: Call, account: Account | None, device_tokens: Iterable[str]) -> Source:
    """The device when the account has signed in on it before, else the network that the call comes from."""
    device_id = deps.device_tokens.device_of(account.id, device_tokens, now=deps.clock()) if account else None
    if device_id is not None:
        return Source(deps.hashes("device", device_id.bytes), device_id)
    return Source(deps.hashes("address", network_of(call.caller.address)))


def own_session(deps: Deps, session_id: UUID) -> Source:
    """The session whose person has to type the password once more."""
    return Source(deps.hashes("session", session_id.bytes), session_id)


async def require_unlocked(deps: Deps, account: Account, of: Source) -> None:
    """Raises `TooManyTries` with the time until the source may try a password again; for people who are signed in."""
    now = deps.clock()
    lock_time = await deps.database.first(
        FIND_LOCK, org_id=account.org_id, subject_id=account.id, locks=list(of.locks), lock_since=now - LOCK
    )
    if lock_time is not None:
        raise TooManyTries(retry_after=lock_time + LOCK - now)


async def note_failure(
    deps: Deps,
    call: Call,
    organization: Organization,
    account: Account | None,
    username: str,
    of: Source,
) -> None:
    """Counts a wrong password before it is answered, and writes what it has locked to the audit.

    The person is told, once, when the account is locked for new devices. An account that no password opens is counted
    as a name that nobody has: nothing of it can be locked.
    """
    org_id, now = organization.org_id, deps.clock()
    opens = account if can_sign_in(account) else None
    subject_id = opens.id if opens else UUID(bytes=deps.hashes("username", username)[:16])
    locked = await deps.database.first(
        COUNT_FAILURE,
        org_id=org_id,
        subject_id=subject_id,
        source=of.key,
        is_stranger=of.device_id is None,
        now=now,
        lock_since=now - LOCK,
    )
    if locked and locked.source:
        await audit_refusal(deps, call, Action.SIGN_IN_LOCKED, org_id=org_id, subject=account.id if account else None)
    if locked and locked.account and opens:
        await _lock(deps, call, organization, opens)


async def _lock(deps: Deps, call: Call, organization: Organization, account: Account) -> None:
    manner = Manner(
        actor=lambda *_: None,
        told=lambda change, now: [account_locked(change.account, organization, id=deps.ids(), now=now)],
        answer=lambda *_: Empty(),
        reply=Empty,
    )
    await changed_accounts(deps, manner).change(source(deps, call, account), lock, None)
