"""Signing in, keeping a session alive, and ending sessions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from portico_errors.identity import LoginFailed, RefreshTokenInvalid, SessionNotFound, UsernameInvalid

from chassis.aggregate import retried
from chassis.call import Call
from chassis.errors import Aborted
from chassis.outbox import OutboxEvent
from chassis.saves import write
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import Account, Change, Method, Session, begin, can_sign_in
from identity.accounts.events import account_events, revocation
from identity.accounts.messages import session_ended
from identity.accounts.storage import session_params
from identity.accounts.usecases import account_by_username, themselves, username_of
from identity.lockout.domain import LOCK, Source
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.sessions.deps import Deps
from identity.sessions.domain import LIVES, Refresh, SignedIn, refresh, sign_in
from identity.sessions.failures import note_failure, source_of
from identity.sessions.finish import finish_sign_in, signed_in_with
from identity.sessions.notices import Told, told_with
from identity.sessions.storage import (
    LIST_SESSIONS,
    LOAD_CLAIMED,
    LOAD_SESSION,
    RENEW_SESSION,
    ROTATE_SESSION,
    SAVE_ENDED_SESSIONS,
    SAVE_SIGN_IN,
    Claimed,
    rotated_params,
)
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import Actor, audit_refusal, audit_written, device_of, signed_in

_WORD = re.compile(r"\w{3,}")


async def login(
    deps: Deps, call: Call, *, realm: str, username: str, password: str, device_tokens: Sequence[str] = ()
) -> SignedIn:
    """Opens a session for whoever knows the password; raises `LoginFailed`, always after the time of one hash.

    A source that has to wait after wrong passwords gets the same answer, whatever its password is worth.
    """
    organization = await deps.organizations.by_slug(realm)
    if organization is None:
        await deps.passwords.verify(password, None)
        raise LoginFailed()

    async def attempt() -> SignedIn | None:
        claimed = await _claimed(deps, call, organization, username)
        account = claimed.account if claimed else None
        source = source_of(deps, call, account, device_tokens)
        is_locked = claimed is not None and not set(claimed.locked_sources).isdisjoint(source.locks)
        known_hash = account.password_hash if account and can_sign_in(account) else None
        kept_hash = await deps.passwords.verify(password, known_hash)
        try:
            change = sign_in(account, password_hash=None if is_locked else kept_hash)
        except LoginFailed:
            await audit_refusal(
                deps, call, Action.SIGN_IN_FAILED, org_id=organization.org_id, subject=account.id if account else None
            )
            # Also of who is locked out, which changes nothing: a statement less would tell that the account exists.
            await note_failure(deps, call, organization, account, username, source)
            raise
        finished = finish_sign_in(deps, call, change.account, organization, Method.PASSWORD, device_id=source.device_id)
        session, addresses = finished.session, claimed.addresses if claimed else ()
        told = told_with(deps, change.account, organization, session, source, addresses=addresses)
        change = begin(change, session)
        is_open = await _open(deps, call, change, session, source, told, verified_hash=known_hash)
        return finished.answer(change.account) if is_open else None

    return await retried(attempt)


async def refresh_tokens(deps: Deps, call: Call, *, refresh_token: str) -> SignedIn:
    """Exchanges a refresh token for the next pair; raises `RefreshTokenInvalid`, and a reuse ends the session."""
    presented = deps.refresh_tokens.read(refresh_token)
    now = deps.clock()

    async def attempt() -> SignedIn | None:
        found = await deps.database.first(LOAD_SESSION, org_id=presented.org_id, session_id=presented.session_id)
        if found is None or not can_sign_in(found.account):
            raise RefreshTokenInvalid()
        account, organization = found.account, await organization_of(deps, found.account.org_id)
        outcome, session = refresh(
            found.session,
            generation=presented.generation,
            device=device_of(call),
            life=LIVES[account.role],
            now=now,
        )
        if outcome is Refresh.REUSED:
            await _end_stolen(deps, call, account, organization, session)
            raise RefreshTokenInvalid()
        if outcome is not Refresh.REPEATED and not await _rotate(deps, call, session, outcome):
            return None
        return signed_in_with(deps, account, organization, session)

    return await retried(attempt)


async def logout(deps: Deps, call: Call) -> None:
    """Ends the session that asks; one that has ended before stays so."""
    if call.caller.session_id is not None:
        await _end_own(deps, call, [call.caller.session_id])


async def list_my_sessions(deps: Deps, call: Call) -> list[Session]:
    """The person's live sessions, last used first."""
    return await deps.database.all(LIST_SESSIONS, org_id=call.org_id, account_id=call.account_id, now=deps.clock())


async def revoke_my_session(deps: Deps, call: Call, *, session_id: UUID) -> None:
    """Ends one of the person's sessions; raises `SessionNotFound`."""
    if not await _end_own(deps, call, [session_id]):
        raise SessionNotFound()


async def revoke_my_other_sessions(deps: Deps, call: Call) -> int:
    """Ends all of the person's sessions but the one that asks, and says how many."""
    # All of them, and not only those that a list shows.
    account = await account_by_id(deps, org_id=call.org_id, account_id=call.account_id)
    others = [session for session in account.live_sessions if session != call.caller.session_id] if account else []
    return await _end_own(deps, call, others) if others else 0


async def check_password(
    deps: Deps, password: str, username: str, display_name: str, organization: Organization, *, field: str
) -> None:
    """Raises `PasswordWeak` unless the password is good enough for a person with these words around them."""
    words = {username, display_name, organization.name, organization.slug}
    words |= {word for text in words for word in _WORD.findall(text)}
    await deps.passwords.check(password, personal=words, field=field)


async def person_in(deps: Deps, organization: Organization, username: str) -> Account | None:
    """The account that a person claims to be in this realm, if there is one."""
    try:
        normalised = username_of(username, organization)
    except UsernameInvalid:
        return None
    return await account_by_username(deps, org_id=organization.org_id, username=normalised)


async def _claimed(deps: Deps, call: Call, organization: Organization, username: str) -> Claimed | None:
    try:
        normalised = username_of(username, organization)
    except UsernameInvalid:
        return None
    now = deps.clock()
    return await deps.database.first(
        LOAD_CLAIMED,
        org_id=organization.org_id,
        username=normalised,
        device=device_of(call),
        now=now,
        lock_since=now - LOCK,
    )


async def _open(
    deps: Deps, call: Call, change: Change, session: Session, source: Source, told: Told, *, verified_hash: str | None
) -> bool:
    """False when the account has another password by now, may not sign in any more, or the source is locked out.

    Also when another sign-in has told the same events meanwhile.
    """
    account, now = change.account, session.create_time
    params = {
        "account_id": account.id,
        "verified_hash": verified_hash,
        "password_hash": account.password_hash,
        "idle_since": told.idle_since,
        "ended": list(change.revoked),
        "now": now,
        "locks": list(source.locks),
        "lock_since": now - LOCK,
        "forgiven_id": account.id,
        "forgiven": [source.key],
        **session_params(session),
        **audit_written(deps, call, change.actions, subject=account.id, actor=themselves(account), now=now),
    }
    events = [*account_events(change, ids=deps.ids, now=now), *told.events]
    save = partial(write, deps.database, SAVE_SIGN_IN, org_id=account.org_id, params=params)
    try:
        return await save(events=[*events, *told.notices]) == 1
    except Aborted as error:
        if error.__cause__ is None:  # a deadlock, and no notice with this id
            raise
        return await save(events=events) == 1


async def _rotate(deps: Deps, call: Call, session: Session, outcome: Refresh) -> bool:
    address = call.caller.address or session.address
    params = rotated_params(replace(session, address=address))
    if outcome is Refresh.ROTATED:
        return await deps.database.run(ROTATE_SESSION, org_id=session.org_id, **params) == 1
    renewed = (Action.REFRESH_TOKEN_RENEWED,)
    audit = audit_written(deps, call, renewed, subject=session.account_id, actor=None, now=session.rotate_time)
    return await write(deps.database, RENEW_SESSION, org_id=session.org_id, params={**params, **audit}) == 1


async def _end_stolen(deps: Deps, call: Call, account: Account, organization: Organization, session: Session) -> None:
    """Ends a session of which somebody holds a copy, and tells the person."""
    actions = (Action.REFRESH_TOKEN_REUSED, Action.SESSIONS_REVOKED)
    now = deps.clock()
    told = session_ended(account, organization, session, id=deps.ids(), now=now)
    await _end(deps, call, account.org_id, account.id, [session.id], actions=actions, actor=None, told=[told])


async def _end_own(deps: Deps, call: Call, session_ids: Sequence[UUID]) -> int:
    actions = (Action.SESSIONS_REVOKED,)
    actor = signed_in(call)
    return await _end(deps, call, call.org_id, call.account_id, session_ids, actions=actions, actor=actor)


async def _end(
    deps: Deps,
    call: Call,
    org_id: UUID,
    account_id: UUID,
    session_ids: Sequence[UUID],
    *,
    actions: tuple[Action, ...],
    actor: Actor | None,
    told: Sequence[OutboxEvent] = (),
) -> int:
    """How many have ended now; those that had before tell nobody again."""
    now = deps.clock()
    audit = audit_written(deps, call, actions, subject=account_id, actor=actor, now=now)
    return await write(
        deps.database,
        SAVE_ENDED_SESSIONS,
        org_id=org_id,
        params={"account_id": account_id, "ended": list(session_ids), "now": now, **audit},
        events=[
            revocation(org_id=org_id, account_id=account_id, session_ids=session_ids, ids=deps.ids, now=now),
            *told,
        ],
    )
