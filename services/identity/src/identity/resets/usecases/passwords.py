"""Setting passwords: the first one, another one, and a new one for who forgot it."""

from collections.abc import Callable
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico_errors.identity import PasswordWrong, ResetTokenInvalid

from chassis.call import Call
from chassis.contacts import kind_of
from chassis.outbox import OutboxEvent
from chassis.secrets import org_of, read_code
from chassis.transition import transition
from identity.accounts.domain import SESSION_LIFE, Account, Change, Purpose
from identity.accounts.events import account_events
from identity.accounts.storage import ACCOUNT_BY_PROOF, CHANGE_ACCOUNT
from identity.accounts.usecases import account_by_id, change_written, themselves
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import activate, change_password, proven, reset_password
from identity.resets.storage import COUNT_WRONG_CODE
from identity.sessions.usecases import check_password, person_in
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_refusal, audit_written
from identity.shared.deps import save


async def activate_account(deps: Deps, call: Call, *, token: str, password: str) -> None:
    """Sets the first password; raises `ResetTokenInvalid`, `ResetTokenExpired` or `PasswordWeak`."""
    now = deps.clock()
    account, presented = await _holder(deps, Purpose.ACTIVATION, token)
    waiting = proven(account, purpose=Purpose.ACTIVATION, presented=presented, now=now)
    organization = await organization_of(deps, waiting.org_id)
    password_hash = await _good_hash(deps, waiting, organization, password, field="password")

    def decide(reloaded: Account | None) -> Change:
        return activate(reloaded, presented=presented, password_hash=password_hash, now=now)

    await _change(deps, call, waiting, decide, notice=None)


async def reset_with_link(deps: Deps, call: Call, *, token: str, new_password: str) -> None:
    """Sets a new password with an email's token; raises `ResetTokenInvalid`, `ResetTokenExpired` or `PasswordWeak`."""
    account, presented = await _holder(deps, Purpose.RESET, token)
    await _reset(deps, call, account, presented, new_password)


async def reset_with_code(deps: Deps, call: Call, *, realm: str, username: str, code: str, new_password: str) -> None:
    """Sets a new password with the code of an SMS; raises as `reset_with_link`. Five wrong ones kill it.

    Whether the account exists is not told: a wrong code is written to the audit in any case.
    """
    organization = await deps.organizations.by_slug(realm)
    if organization is None:
        raise ResetTokenInvalid()
    account = await person_in(deps, organization, username)
    try:
        presented = code_hash(deps, account.id, code) if account else b""
        await _reset(deps, call, account, presented, new_password)
    except ResetTokenInvalid:
        await _count_wrong_code(deps, call, organization, account)
        raise


async def change_my_password(deps: Deps, call: Call, *, current_password: str, new_password: str) -> None:
    """Sets another password and ends the other sessions; raises `PasswordWrong` or `PasswordWeak`."""
    account = await account_by_id(deps, org_id=call.org_id, account_id=call.account_id)
    if account is None or await deps.passwords.verify(current_password, account.password_hash) is None:
        raise PasswordWrong()
    organization = await organization_of(deps, account.org_id)
    password_hash = await _good_hash(deps, account, organization, new_password, field="new_password")
    verified_hash, keep = account.password_hash, call.caller.session_id

    def decide(reloaded: Account | None) -> Change:
        if reloaded is None:
            raise PasswordWrong()
        correct = reloaded.password_hash == verified_hash
        return change_password(reloaded, correct=correct, password_hash=password_hash, keep=keep)

    await _change(deps, call, account, decide, notice=organization)


def code_hash(deps: Deps, account_id: UUID, code: str) -> bytes:
    """The keyed hash of a code as typed; the same code of another account has another."""
    return deps.hashes("reset-code", account_id.bytes + read_code(code).encode())


def token_hash(deps: Deps, purpose: Purpose, token: str) -> bytes:
    """The keyed hash of a link's token; the same token for another purpose has another."""
    return deps.hashes(purpose.value, token)


async def _holder(deps: Deps, purpose: Purpose, token: str) -> tuple[Account | None, bytes]:
    presented = token_hash(deps, purpose, token)
    try:
        org_id = org_of(token)
    except ValueError:
        return None, presented
    live_since = deps.clock() - SESSION_LIFE
    row = await deps.database.first(ACCOUNT_BY_PROOF, org_id=org_id, proof_hash=presented, live_since=live_since)
    return row.account() if row else None, presented


async def _good_hash(deps: Deps, account: Account, organization: Organization, password: str, *, field: str) -> str:
    await check_password(deps, password, account.username, account.display_name, organization, field=field)
    return await deps.passwords.hash(password)


async def _reset(deps: Deps, call: Call, account: Account | None, presented: bytes, new_password: str) -> None:
    now = deps.clock()
    locked_out = proven(account, purpose=Purpose.RESET, presented=presented, now=now)
    organization = await organization_of(deps, locked_out.org_id)
    password_hash = await _good_hash(deps, locked_out, organization, new_password, field="new_password")

    def decide(reloaded: Account | None) -> Change:
        return reset_password(reloaded, presented=presented, password_hash=password_hash, now=now)

    await _change(deps, call, locked_out, decide, notice=organization)


async def _change(
    deps: Deps,
    call: Call,
    account: Account,
    decide: Callable[[Account | None], Change],
    *,
    notice: Organization | None,
) -> None:
    """Saves what was decided, and tells the person in the organization's name where it is to be told."""
    now = deps.clock()

    def events(change: Change) -> list[OutboxEvent]:
        told = account_events(change, ids=deps.ids, now=now)
        return [*told, deps.messages.password_changed(change.account, notice, now=now)] if notice else told

    await transition(
        deps.database,
        call,
        org_id=account.org_id,
        load=lambda: account_by_id(deps, org_id=account.org_id, account_id=account.id),
        decide=decide,
        save=CHANGE_ACCOUNT,
        params=lambda change: change_written(deps, call, change, actor=themselves(change.account), now=now),
        events=events,
        reply=lambda _: Empty(),
        reply_type=Empty,
    )


async def _count_wrong_code(deps: Deps, call: Call, organization: Organization, account: Account | None) -> None:
    proof = account.proof if account else None
    subject = account.id if account else None
    # The link of an email cannot be guessed, so that strangers cannot kill it by sending codes either.
    if account is None or proof is None or proof.purpose is not Purpose.RESET or kind_of(account.username) != "SMS":
        await audit_refusal(deps, call, Action.RESET_REFUSED, org_id=organization.org_id, subject=subject)
        return
    now = deps.clock()
    entry = audit_written(deps, call, (Action.RESET_REFUSED,), subject=account.id, actor=None, now=now)
    params = {"account_id": account.id, "tried_proof_id": proof.id, **entry}
    if not await save(deps, call, COUNT_WRONG_CODE, org_id=account.org_id, params=params, events=[]):
        await audit_refusal(deps, call, Action.RESET_REFUSED, org_id=organization.org_id, subject=account.id)
