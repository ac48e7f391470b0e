"""Signing in, and the tokens that a signed-in person holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.call import Call
from chassis.errors import Aborted
from identity.accounts.domain import SESSION_LIFE, Account, Change, Session, can_sign_in
from identity.accounts.events import account_events
from identity.accounts.storage import session_params
from identity.accounts.usecases import Ports, account_by_username, audit_refusal, audit_written, save, username_of
from identity.domain.errors import LoginFailed, UsernameInvalid
from identity.organizations.domain import Organization
from identity.sessions.domain import sign_in
from identity.sessions.storage import SIGN_IN
from identity.sessions.tokens import RefreshToken
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import device_of, themselves

_TRIES = 3


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in person and the pair of tokens for a session."""

    account: Account
    organization: Organization
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


def signed_in_with(ports: Ports, account: Account, organization: Organization, session: Session) -> SignedIn:
    """The tokens of the session's present generation."""
    access_token, access_expires_at = ports.signer.access_token(account, session_id=session.id, now=ports.clock())
    token = RefreshToken(org_id=session.org_id, session_id=session.id, generation=session.generation)
    return SignedIn(
        account=account,
        organization=organization,
        access_token=access_token,
        access_expires_at=access_expires_at,
        refresh_token=ports.refresh_tokens.write(token),
        refresh_expires_at=session.expires_at,
    )


def new_session(call: Call, account: Account, *, session_id: UUID, now: datetime) -> Session:
    """The session that begins on the caller's device."""
    return Session(
        org_id=account.org_id,
        id=session_id,
        account_id=account.id,
        generation=0,
        device=device_of(call),
        address=call.caller.address,
        created_at=now,
        rotated_at=now,
    )


async def person_in(ports: Ports, organization: Organization, username: str) -> Account | None:
    """The account that a person claims to be in this realm, if there is one."""
    try:
        normalised = username_of(username, organization)
    except UsernameInvalid:
        return None
    return await account_by_username(ports, org_id=organization.org_id, username=normalised)


async def login(ports: Ports, call: Call, *, realm: str, username: str, password: str) -> SignedIn:
    """Opens a session for whoever knows the password; raises `LoginFailed`, always after the time of one hash."""
    organization = await ports.organizations.by_slug(realm)
    if organization is None:
        await ports.passwords.verify(password, None)
        raise LoginFailed()
    for _ in range(_TRIES):
        account = await person_in(ports, organization, username)
        known_hash = account.password_hash if account and can_sign_in(account) else None
        kept_hash = await ports.passwords.verify(password, known_hash)
        now, session_id = ports.clock(), ports.ids()
        try:
            change = sign_in(account, password_hash=kept_hash, session_id=session_id, now=now)
        except LoginFailed:
            subject = account.id if account else None
            await audit_refusal(ports, call, Action.SIGN_IN_FAILED, org_id=organization.org_id, subject=subject)
            raise
        session = new_session(call, change.account, session_id=session_id, now=now)
        if await _open(ports, call, change, session, verified_hash=known_hash):
            return signed_in_with(ports, change.account, organization, session)
    raise Aborted()


async def _open(ports: Ports, call: Call, change: Change, session: Session, *, verified_hash: str | None) -> bool:
    """False when the account has another password by now, or may not sign in any more."""
    account, now = change.account, session.created_at
    hit = await save(
        ports,
        call,
        SIGN_IN,
        org_id=account.org_id,
        params={
            "account_id": account.id,
            "verified_hash": verified_hash,
            "password_hash": account.password_hash,
            "ended": list(change.revoked),
            "now": now,
            "live_since": now - SESSION_LIFE,
            **session_params([session]),
            **audit_written(ports, call, change.actions, subject=account.id, actor=themselves(account), now=now),
        },
        events=account_events(change, ids=ports.ids, now=now),
    )
    return hit == 1
