"""Setting passwords: the first one, another one, and a new one for who forgot it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico.identity.v1 import resets_pb2 as pb
from portico.identity.v1 import resources_pb2 as res
from portico_errors.identity import PasswordWrong, ResetTokenInvalid

from chassis.call import Call
from chassis.contacts import kind_of, mask
from chassis.networks import network_of
from chassis.outbox import OutboxEvent
from chassis.secrets import opaque_token, org_of, read_code, typed_code
from identity.accounts.aggregate import Manner, account_by_id, changed_accounts, source
from identity.accounts.domain import Account, Change, Method, Proof, Purpose
from identity.accounts.storage import LOAD_ACCOUNT_BY_PROOF
from identity.accounts.usecases import themselves
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import (
    CODE_LENGTH,
    MAX_NETWORK_TRIES,
    MAX_TRIES,
    TRY_WINDOW,
    ChangePassword,
    ResetStatus,
    SetPassword,
    activate,
    change_password,
    needs_family_proof,
    proven,
    reset_password,
    reset_status,
)
from identity.resets.storage import COUNT_CODE_TRY, FORGET_CODE_TRIES
from identity.resets.usecases.recycled import require_family_proof
from identity.sessions.failures import note_failure, own_session, require_unlocked
from identity.sessions.finish import finish_sign_in
from identity.sessions.usecases import check_password, person_in
from identity.sessions.wire import sign_in_result
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_refusal


async def check_reset(deps: Deps, *, token: str) -> tuple[ResetStatus, str]:
    """Says what a link is worth, whatever it is for, and the masked username of a valid one; consumes nothing."""
    hashes = {purpose: token_hash(deps, purpose, token) for purpose in Purpose}
    account = await _holder(deps, token, [*hashes.values()])
    now = deps.clock()
    status = min(reset_status(account, purpose, presented, now) for purpose, presented in hashes.items())
    return status, mask(account.username) if account and status is ResetStatus.VALID else ""


async def activate_account(deps: Deps, call: Call, *, token: str, password: str) -> res.SignInResult:
    """Sets the first password and signs in; raises `ResetTokenInvalid`, `ResetTokenExpired` or `PasswordWeak`."""
    presented = token_hash(deps, Purpose.ACTIVATION, token)
    account = await _holder(deps, token, [presented])
    return await _set_password(deps, call, account, presented, password, _ACTIVATION)


async def reset_with_link(deps: Deps, call: Call, *, token: str, new_password: str) -> res.SignInResult:
    """Sets a new password with an email's token, ends the sessions and signs in; raises as `activate_account`."""
    presented = token_hash(deps, Purpose.RESET, token)
    return await _set_password(deps, call, await _holder(deps, token, [presented]), presented, new_password, _RESET)


async def reset_with_code(
    deps: Deps,
    call: Call,
    *,
    typed: pb.PasswordCode,
    new_password: str,
    device_tokens: Sequence[str] = (),
    family_proof: pb.FamilyProof | None = None,
) -> res.SignInResult:
    """Sets a new password with the code of an SMS; raises as `reset_with_link`, and as `require_family_proof`.

    Whether the account exists is not told, nor by the time: tries are counted and audited in any case. What cannot be
    a code is no try.
    """
    read = read_code(typed.code, CODE_LENGTH)
    if read is None:
        raise ResetTokenInvalid()
    organization = await deps.organizations.by_slug(typed.realm)
    if organization is None:
        raise ResetTokenInvalid()
    account = await person_in(deps, organization, typed.username)
    tried = account.username if account else typed.username
    keys = [network_hash(deps, tried, call), deps.hashes("code-tries", tried)]
    presented = code_hash(deps, account.id, read) if account else b""
    try:
        await _count_try(deps, organization.org_id, *keys)
        holder = proven(account, purpose=Purpose.RESET, presented=presented, now=deps.clock())
    except ResetTokenInvalid:
        subject = account.id if account else None
        await audit_refusal(deps, call, Action.RESET_REFUSED, org_id=organization.org_id, subject=subject)
        raise
    await deps.database.run(FORGET_CODE_TRIES, org_id=organization.org_id, key_hashes=keys)
    device_id = deps.device_tokens.device_of(holder.id, device_tokens, now=deps.clock())
    if needs_family_proof(holder, is_known_device=device_id is not None, now=deps.clock()):
        await require_family_proof(deps, call, holder, family_proof)
    return await _set_password(deps, call, holder, presented, new_password, _RESET, device_id=device_id)


async def change_my_password(deps: Deps, call: Call, *, current_password: str, new_password: str) -> Empty:
    """Sets another password and ends the other sessions; raises `PasswordWrong`, `TooManyTries` or `PasswordWeak`."""
    account = await account_by_id(deps, org_id=call.org_id, account_id=call.account_id)
    if account is None or call.caller.session_id is None:
        raise PasswordWrong()
    organization, tries_from = await organization_of(deps, account.org_id), own_session(deps, call.caller.session_id)
    is_right = await deps.passwords.verify(current_password, account.password_hash) is not None
    await require_unlocked(deps, account, tries_from)  # and not before: a burst learns nothing after the tenth
    if not is_right:
        await note_failure(deps, call, organization, account, account.username, tries_from)
        raise PasswordWrong()
    command = ChangePassword(
        verified_hash=account.password_hash,
        password_hash=await _good_hash(deps, account, organization, new_password, field="new_password"),
        keep=call.caller.session_id,
    )
    manner = Manner(
        actor=lambda change, _: themselves(change.account),
        told=lambda change, now: [deps.messages.password_changed(change.account, organization, now=now)],
        answer=lambda *_: Empty(),
        reply=Empty,
    )
    return await changed_accounts(deps, manner).change(source(deps, call, account), change_password, command)


def code_hash(deps: Deps, account_id: UUID, code: str) -> bytes:
    """The keyed hash of a code; the same code of another account has another."""
    return deps.hashes("reset-code", account_id.bytes + code.encode())


def token_hash(deps: Deps, purpose: Purpose, token: str) -> bytes:
    """The keyed hash of a link's token; the same token for another purpose has another."""
    return deps.hashes(purpose.value, token)


def network_hash(deps: Deps, username: str, call: Call) -> bytes:
    """The keyed hash of the network that asks about a username; the same network asking about another has another."""
    return deps.hashes("network", f"{username} {network_of(call.caller.address)}")


def new_proof(deps: Deps, purpose: Purpose, secret_hash: bytes, *, life: timedelta, requester: bytes | None) -> Proof:
    """The proof that begins now; `requester` is the `network_hash` of a stranger."""
    now = deps.clock()
    return Proof(
        id=deps.ids(),
        purpose=purpose,
        hash=secret_hash,
        requester=requester,
        create_time=now,
        expire_time=now + life,
    )


def new_secret(deps: Deps, account: Account) -> tuple[str, bytes]:
    """A link's token or a code to type, as the person's contact can carry it, and its keyed hash."""
    if kind_of(account.username) == "EMAIL":
        token = opaque_token(account.org_id)
        return token, token_hash(deps, Purpose.RESET, token)
    code = typed_code(CODE_LENGTH)
    return code, code_hash(deps, account.id, code)


async def _holder(deps: Deps, token: str, presented: Sequence[bytes]) -> Account | None:
    """The account that a link with one of these keyed hashes was sent to."""
    try:
        org_id = org_of(token)
    except ValueError:
        return None
    return await deps.database.first(
        LOAD_ACCOUNT_BY_PROOF, org_id=org_id, proof_hashes=list(presented), now=deps.clock()
    )


async def _good_hash(deps: Deps, account: Account, organization: Organization, password: str, *, field: str) -> str:
    await check_password(deps, password, account.username, account.display_name, organization, field=field)
    return await deps.passwords.hash(password)


@dataclass(frozen=True, slots=True)
class _Way:
    """What differs between the first password and a new one; `field` is where the request has it."""

    purpose: Purpose
    method: Method
    decide: Callable[[Account | None, SetPassword, datetime], Change]
    field: str
    is_told: bool


_ACTIVATION = _Way(Purpose.ACTIVATION, Method.ACTIVATION, activate, "password", is_told=False)
_RESET = _Way(Purpose.RESET, Method.RESET, reset_password, "new_password", is_told=True)


async def _set_password(
    deps: Deps,
    call: Call,
    account: Account | None,
    presented: bytes,
    password: str,
    way: _Way,
    *,
    device_id: UUID | None = None,
) -> res.SignInResult:
    """Saves the password together with the session that begins with it."""
    holder = proven(account, purpose=way.purpose, presented=presented, now=deps.clock())
    organization = await organization_of(deps, holder.org_id)
    password_hash = await _good_hash(deps, holder, organization, password, field=way.field)
    finished = finish_sign_in(deps, call, holder, organization, way.method, device_id=device_id)
    command = SetPassword(presented=presented, password_hash=password_hash, session=finished.session)

    def told(change: Change, now: datetime) -> Sequence[OutboxEvent]:
        return [deps.messages.password_changed(change.account, organization, now=now)] if way.is_told else []

    manner = Manner(
        actor=lambda change, _: themselves(change.account),
        told=told,
        answer=lambda change, _: sign_in_result(finished.answer(change.account)),
        reply=res.SignInResult,
    )
    return await changed_accounts(deps, manner).change(source(deps, call, holder), way.decide, command)


async def _count_try(deps: Deps, org_id: UUID, of_network: bytes, of_all: bytes) -> None:
    """Raises `ResetTokenInvalid` when too many codes were tried: on this username by this network, or by all."""
    now = deps.clock()
    # First the network's: what is refused there must not use up the tries of the others.
    for key_hash, limit in ((of_network, MAX_NETWORK_TRIES), (of_all, MAX_TRIES)):
        tries = await deps.database.first(COUNT_CODE_TRY, org_id=org_id, key_hash=key_hash, now=now, window=TRY_WINDOW)
        if (tries or 0) > limit:
            raise ResetTokenInvalid()
