"""Keeping a session alive, and ending sessions."""

from collections.abc import Sequence
from uuid import UUID

from chassis.call import Call
from chassis.errors import Aborted
from identity.accounts.domain import SESSION_LIFE, Session, can_sign_in
from identity.accounts.events import revocation
from identity.accounts.usecases import Ports, account_by_id, audit_written, organization_of, save
from identity.domain.errors import RefreshTokenInvalid, SessionNotFound
from identity.sessions import domain as sessions
from identity.sessions.domain import Refresh
from identity.sessions.login import SignedIn, signed_in_with
from identity.sessions.storage import END_SESSIONS, ROTATE_SESSION, SESSION_AND_ACCOUNT, SESSIONS_OF_ACCOUNT
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import Actor, signed_in

_TRIES = 3


async def refresh_tokens(ports: Ports, call: Call, *, refresh_token: str) -> SignedIn:
    """Exchanges a refresh token for the next pair; raises `RefreshTokenInvalid`, and a reuse ends the session."""
    presented = ports.refresh_tokens.read(refresh_token)
    now = ports.clock()
    for _ in range(_TRIES):
        row = await ports.database.first(SESSION_AND_ACCOUNT, org_id=presented.org_id, session_id=presented.session_id)
        if row is None or not can_sign_in(row.account()):
            raise RefreshTokenInvalid()
        outcome, session = sessions.refresh(row.session(), generation=presented.generation, now=now)
        if outcome is Refresh.REUSED:
            reused = (Action.REFRESH_TOKEN_REUSED, Action.SESSIONS_REVOKED)
            await _end(ports, call, session.org_id, session.account_id, [session.id], actions=reused, actor=None)
            raise RefreshTokenInvalid()
        if outcome is Refresh.REPEATED or await _rotate(ports, call, session, presented=presented.generation):
            organization = await organization_of(ports, session.org_id)
            return signed_in_with(ports, row.account(), organization, session)
    raise Aborted()


async def logout(ports: Ports, call: Call) -> None:
    """Ends the session that asks; one that has ended before stays so."""
    if call.caller.session_id is not None:
        await _end_own(ports, call, [call.caller.session_id])


async def list_my_sessions(ports: Ports, call: Call) -> list[Session]:
    """The person's live sessions, last used first."""
    return await ports.database.all(
        SESSIONS_OF_ACCOUNT, org_id=call.org_id, account_id=call.account_id, live_since=ports.clock() - SESSION_LIFE
    )


async def revoke_my_session(ports: Ports, call: Call, *, session_id: UUID) -> None:
    """Ends one of the person's sessions; raises `SessionNotFound`."""
    if not await _end_own(ports, call, [session_id]):
        raise SessionNotFound()


async def revoke_my_other_sessions(ports: Ports, call: Call) -> int:
    """Ends all of the person's sessions but the one that asks, and says how many."""
    # All of them, and not only those that a list shows.
    account = await account_by_id(ports, org_id=call.org_id, account_id=call.account_id)
    others = [session for session in account.live_sessions if session != call.caller.session_id] if account else []
    return await _end_own(ports, call, others) if others else 0


async def _rotate(ports: Ports, call: Call, session: Session, *, presented: int) -> bool:
    hit = await ports.database.run(
        ROTATE_SESSION,
        org_id=session.org_id,
        session_id=session.id,
        presented=presented,
        now=session.rotated_at,
        seen_at=call.caller.address or session.address,
    )
    return hit == 1


async def _end_own(ports: Ports, call: Call, session_ids: Sequence[UUID]) -> int:
    actions = (Action.SESSIONS_REVOKED,)
    actor = signed_in(call)
    return await _end(ports, call, call.org_id, call.account_id, session_ids, actions=actions, actor=actor)


async def _end(
    ports: Ports,
    call: Call,
    org_id: UUID,
    account_id: UUID,
    session_ids: Sequence[UUID],
    *,
    actions: tuple[Action, ...],
    actor: Actor | None,
) -> int:
    """How many have ended now; those that had before tell nobody again."""
    now = ports.clock()
    event = revocation(org_id=org_id, account_id=account_id, session_ids=session_ids, ids=ports.ids, now=now)
    return await save(
        ports,
        call,
        END_SESSIONS,
        org_id=org_id,
        params={
            "account_id": account_id,
            "ended": list(session_ids),
            "now": now,
            **audit_written(ports, call, actions, subject=account_id, actor=actor, now=now),
        },
        events=[event],
    )
