"""Statements that open, rotate and end sessions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CTE, Delete, bindparam, delete, exists, select, update

from chassis.db import statement
from chassis.saves import save
from identity.accounts.domain import Session, Status
from identity.accounts.storage import (
    AccountRow,
    accounts,
    add_sessions,
    among_ended,
    end_sessions,
    of_account,
    sessions,
)
from identity.sessions.domain import MAX_SESSIONS
from identity.shared.audit.storage import add_entries

SESSIONS_OF_ACCOUNT = statement(
    select(sessions)
    .where(*of_account, sessions.c.rotate_time > bindparam("live_since"))
    .order_by(sessions.c.rotate_time.desc(), sessions.c.id.desc())
    .limit(MAX_SESSIONS),
    into=Session,
)
"""The live sessions of one account, last used first."""

ROTATE_SESSION = statement(
    update(sessions)
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.id == bindparam("session_id"),
        sessions.c.generation == bindparam("presented"),
        sessions.c.revoke_time.is_(None),
    )
    .values(generation=sessions.c.generation + 1, rotate_time=bindparam("now"), address=bindparam("seen_address"))
)
"""Compare-and-swap of the generation: of two that present the same one, one hits."""

END_SESSIONS = save(
    update(sessions).where(*of_account, among_ended).values(revoke_time=bindparam("now")).returning(sessions.c.id),
    add_entries,
)
"""Ends sessions of one account; hits none when they have all ended before."""


def forget_sessions(guard: CTE) -> Delete:
    """The write that removes the account's sessions that nothing can come from any more."""
    return delete(sessions).where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.rotate_time <= bindparam("live_since"),
        exists().select_from(guard),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow(AccountRow):
    """A session and its account, as columns."""

    session_id: UUID
    generation: int
    device: str
    address: str
    open_time: datetime
    rotate_time: datetime
    revoke_time: datetime | None

    def session(self) -> Session:
        """The session as the domain knows it."""
        return Session(
            org_id=self.org_id,
            id=self.session_id,
            account_id=self.id,
            generation=self.generation,
            device=self.device,
            address=self.address,
            create_time=self.open_time,
            rotate_time=self.rotate_time,
            revoke_time=self.revoke_time,
        )


SESSION_AND_ACCOUNT = statement(
    select(
        accounts,
        sessions.c.id.label("session_id"),
        sessions.c.generation,
        sessions.c.device,
        sessions.c.address,
        sessions.c.create_time.label("open_time"),
        sessions.c.rotate_time,
        sessions.c.revoke_time,
    )
    .join(accounts, (accounts.c.org_id == sessions.c.org_id) & (accounts.c.id == sessions.c.account_id))
    .where(sessions.c.org_id == bindparam("org_id"), sessions.c.id == bindparam("session_id")),
    into=SessionRow,
)

SIGN_IN = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.password_hash == bindparam("verified_hash"),
        accounts.c.status == Status.ACTIVE,
    )
    .values(password_hash=bindparam("password_hash"), last_login_time=bindparam("now"), version=accounts.c.version + 1)
    .returning(accounts.c.id),
    end_sessions,
    forget_sessions,
    add_sessions,
    add_entries,
)
"""Opens a session; hits no row when the account has another password by now, or may not sign in any more.

Two logins at once both hit. The version rises all the same, so that a change of the password that loaded the account
before decides again and ends this session, too.
"""
