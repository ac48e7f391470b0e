"""Signing in, keeping a session alive, and ending sessions."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portico_errors.identity import LoginFailed, RefreshTokenInvalid, SessionNotFound, UsernameInvalid

from chassis.aggregate import retried
from chassis.call import Call
from chassis.saves import write
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import SESSION_LIFE, Account, Change, Session, can_sign_in
from identity.accounts.events import account_events, revocation
from identity.accounts.storage import session_params
from identity.accounts.usecases import account_by_username, themselves, username_of
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.sessions.deps import Deps
from identity.sessions.domain import Refresh, SignedIn, refresh, sign_in
from identity.sessions.storage import LIST_SESSIONS, LOAD_SESSION, ROTATE_SESSION, SAVE_ENDED_SESSIONS, SAVE_SIGN_IN
from identity.sessions.tokens import RefreshToken
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import Actor, audit_refusal, audit_written, device_of, signed_in

_WORD = re.compile(r"\w{3,}")


async def login(deps: Deps, call: Call, *, realm: str, username: str, password: str) -> SignedIn:
    """Opens a session for whoever knows the password; raises `LoginFailed`, always after the time of one hash."""
    organization = await deps.organizations.by_slug(realm)
    if organization is None:
        await deps.passwords.verify(password, None)
        raise LoginFailed()

    async def attempt() -> SignedIn | None:
        account = await person_in(deps, organization, username)
        known_hash = account.password_hash if account and can_sign_in(account) else None
        kept_hash = await deps.passwords.verify(password, known_hash)
        now, session_id = deps.clock(), deps.ids()
        try:
            change = sign_in(account, password_hash=kept_hash, session_id=session_id, now=now)
        except LoginFailed:
            subject = account.id if account else None
            await audit_refusal(deps, call, Action.SIGN_IN_FAILED, org_id=organization.org_id, subject=subject)
            raise
        session = new_session(call, change.account, session_id=session_id, now=now)
        is_open = await _open(deps, call, change, session, verified_hash=known_hash)
        return signed_in_with(deps, change.account, organization, session) if is_open else None

    return await retried(attempt)


async def refresh_tokens(deps: Deps, call: Call, *, refresh_token: str) -> SignedIn:
    """Exchanges a refresh token for the next pair; raises `RefreshTokenInvalid`, and a reuse ends the session."""
    presented = deps.refresh_tokens.read(refresh_token)
    now = deps.clock()

    async def attempt() -> SignedIn | None:
        found = await deps.database.first(LOAD_SESSION, org_id=presented.org_id, session_id=presented.session_id)
        if found is None or not can_sign_in(found.account):
            raise RefreshTokenInvalid()
        outcome, session = refresh(found.session, generation=presented.generation, now=now)
        if outcome is Refresh.REUSED:
            reused = (Action.REFRESH_TOKEN_REUSED, Action.SESSIONS_REVOKED)
            await _end(deps, call, session.org_id, session.account_id, [session.id], actions=reused, actor=None)
            raise RefreshTokenInvalid()
        if outcome is Refresh.ROTATED and not await _rotate(deps, call, session, presented=presented.generation):
            return None
        organization = await organization_of(deps, session.org_id)
        return signed_in_with(deps, found.account, organization, session)

    return await retried(attempt)


async def logout(deps: Deps, call: Call) -> None:
    """Ends the session that asks; one that has ended before stays so."""
    if call.caller.session_id is not None:
        await _end_own(deps, call, [call.caller.session_id])


async def list_my_sessions(deps: Deps, call: Call) -> list[Session]:
    """The person's live sessions, last used first."""
    return await deps.database.all(
        LIST_SESSIONS, org_id=call.org_id, account_id=call.account_id, live_since=deps.clock() - SESSION_LIFE
    )


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


def new_session(call: Call, account: Account, *, session_id: UUID, now: datetime) -> Session:
    """The session that begins on the caller's device."""
    return Session(
        org_id=account.org_id,
        id=session_id,
        account_id=account.id,
        generation=0,
        device=device_of(call),
        address=call.caller.address,
        create_time=now,
        rotate_time=now,
    )


def signed_in_with(deps: Deps, account: Account, organization: Organization, session: Session) -> SignedIn:
    """The tokens of the session's present generation."""
    access_token, access_expire_time = deps.signer.access_token(account, session_id=session.id, now=deps.clock())
    token = RefreshToken(org_id=session.org_id, session_id=session.id, generation=session.generation)
    return SignedIn(
        account=account,
        organization=organization,
        access_token=access_token,
        access_expire_time=access_expire_time,
        refresh_token=deps.refresh_tokens.write(token),
        refresh_expire_time=session.expire_time,
    )


async def _open(deps: Deps, call: Call, change: Change, session: Session, *, verified_hash: str | None) -> bool:
    """False when the account has another password by now, or may not sign in any more."""
    account, now = change.account, session.create_time
    hit = await write(
        deps.database,
        SAVE_SIGN_IN,
        org_id=account.org_id,
        params={
            "account_id": account.id,
            "verified_hash": verified_hash,
            "password_hash": account.password_hash,
            "ended": list(change.revoked),
            "now": now,
            "live_since": now - SESSION_LIFE,
            **session_params(session),
            **audit_written(deps, call, change.actions, subject=account.id, actor=themselves(account), now=now),
        },
        events=account_events(change, ids=deps.ids, now=now),
    )
    return hit == 1


async def _rotate(deps: Deps, call: Call, session: Session, *, presented: int) -> bool:
    hit = await deps.database.run(
        ROTATE_SESSION,
        org_id=session.org_id,
        session_id=session.id,
        presented=presented,
        now=session.rotate_time,
        seen_address=call.caller.address or session.address,
    )
    return hit == 1


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
) -> int:
    """How many have ended now; those that had before tell nobody again."""
    now = deps.clock()
    audit = audit_written(deps, call, actions, subject=account_id, actor=actor, now=now)
    return await write(
        deps.database,
        SAVE_ENDED_SESSIONS,
        org_id=org_id,
        params={"account_id": account_id, "ended": list(session_ids), "now": now, **audit},
        events=[revocation(org_id=org_id, account_id=account_id, session_ids=session_ids, ids=deps.ids, now=now)],
    )
