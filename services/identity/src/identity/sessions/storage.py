"""Statements that open, rotate and end sessions."""

from dataclasses import dataclass

from sqlalchemy import CTE, Delete, bindparam, delete, exists, select, update

from chassis.db import statement
from chassis.readers import reader
from chassis.saves import save
from identity.accounts.domain import Account, Session, Status
from identity.accounts.storage import (
    ACCOUNT,
    SESSION,
    accounts,
    add_sessions,
    among_ended,
    end_sessions,
    of_account,
    sessions,
)
from identity.sessions.domain import MAX_SESSIONS
from identity.shared.audit.storage import add_entries

LIST_SESSIONS = statement(
    select(*SESSION.columns())
    .where(*of_account, sessions.c.rotate_time > bindparam("live_since"))
    .order_by(sessions.c.rotate_time.desc(), sessions.c.id.desc())
    .limit(MAX_SESSIONS),
    into=SESSION.reader(),
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

SAVE_ENDED_SESSIONS = save(
    update(sessions).where(*of_account, among_ended).values(revoke_time=bindparam("now")).returning(sessions.c.id),
    add_entries,
)
"""Ends sessions of one account; hits none when they have all ended before."""


def forget_sessions(target: CTE) -> Delete:
    """The write that removes the account's sessions that nothing can come from any more."""
    return delete(sessions).where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.rotate_time <= bindparam("live_since"),
        exists().select_from(target),
    )


@dataclass(frozen=True, slots=True)
class SessionAndAccount:
    """A session and the account that it is of, whose other sessions are not looked for."""

    session: Session
    account: Account


LOAD_SESSION = statement(
    select(*ACCOUNT.columns(), *SESSION.columns("session_"))
    .select_from(sessions)
    .join(accounts, (accounts.c.org_id == sessions.c.org_id) & (accounts.c.id == sessions.c.account_id))
    .where(sessions.c.org_id == bindparam("org_id"), sessions.c.id == bindparam("session_id")),
    into=reader(
        SessionAndAccount, session=SESSION.reader("session_"), account=ACCOUNT.reader(live_sessions=reader(tuple))
    ),
)

SAVE_SIGN_IN = save(
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
