"""Statements that open, rotate and end sessions."""

from dataclasses import dataclass

from sqlalchemy import ARRAY, CTE, Delete, Text, bindparam, delete, exists, func, select, true, update

from chassis.columns import INSTANT
from chassis.db import statement
from chassis.errors import Aborted
from chassis.mapping import Params
from chassis.readers import reader
from chassis.saves import save
from identity.accounts.domain import Account, Session, Status
from identity.accounts.storage import (
    ACCOUNT,
    SESSION,
    account_query,
    account_reader,
    accounts,
    add_sessions,
    among_ended,
    end_sessions,
    of_account,
    sessions,
)
from identity.lockout.storage import forgive, is_locked_out, locked_sources
from identity.sessions.domain import MAX_SESSIONS
from identity.shared.audit.storage import add_entries

_now = bindparam("now", type_=INSTANT)

LIST_SESSIONS = statement(
    select(*SESSION.columns())
    .where(*of_account, sessions.c.expire_time > _now)
    .order_by(sessions.c.rotate_time.desc(), sessions.c.id.desc())
    .limit(MAX_SESSIONS),
    into=SESSION.reader(),
)
"""The live sessions of one account, last used first."""

_ROTATED = ("generation", "presented_generation", "device", "address", "rotate_time", "expire_time")
_rotate = (
    update(sessions)
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.id == bindparam("session_id"),
        sessions.c.generation == bindparam("generation") - 1,
        sessions.c.revoke_time.is_(None),
    )
    .values({name: bindparam(name) for name in _ROTATED})
    .returning(sessions.c.id)
)
ROTATE_SESSION = statement(_rotate)
"""Compare-and-swap of the generation: of two that present the same one, one hits."""
RENEW_SESSION = save(_rotate, add_entries)
"""The same, where a successor got lost: the audit is told."""


def rotated_params(session: Session) -> Params:
    """The parameters of ROTATE_SESSION, without the organization."""
    return {"session_id": session.id, **{name: getattr(session, name) for name in _ROTATED}}


SAVE_ENDED_SESSIONS = save(
    update(sessions).where(*of_account, among_ended).values(revoke_time=bindparam("now")).returning(sessions.c.id),
    add_entries,
)
"""Ends sessions of one account; hits none when they have all ended before."""


def forget_sessions(target: CTE) -> Delete:
    """The write that removes the account's sessions that have expired."""
    return delete(sessions).where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.expire_time <= _now,
        exists().select_from(target),
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """The account that somebody claims to be, and the sources of passwords that are locked out of it.

    `addresses` are those of the stored sessions, ended ones too, of a device that says the same of itself.
    """

    account: Account
    locked_sources: tuple[bytes, ...]
    addresses: tuple[str, ...]


_addresses = func.array(
    select(sessions.c.address)
    .distinct()
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == accounts.c.id,
        sessions.c.device == bindparam("device", type_=Text),
    )
    .scalar_subquery(),
    type_=ARRAY(Text),
).label("addresses")

LOAD_CLAIMED = statement(
    account_query.add_columns(locked_sources(accounts), _addresses).where(accounts.c.username == bindparam("username")),
    into=reader(Claimed, account=account_reader),
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
        ~is_locked_out(accounts),
        # Null, and so true, where nothing is told, and where nobody has signed in before.
        func.coalesce(accounts.c.last_login_time < bindparam("idle_since", type_=INSTANT), true()),
    )
    .values(password_hash=bindparam("password_hash"), last_login_time=_now, version=accounts.c.version + 1)
    .returning(accounts.c.id),
    end_sessions,
    forget_sessions,
    forgive,
    add_sessions,
    add_entries,
    conflicts={"outbox_pkey": Aborted},
)
"""Opens a session; hits no row when the account has another password by now, may not sign in any more, or is locked.

Two logins at once both hit, unless both tell the same: with `idle_since` it hits no row when somebody has signed in
since then, and raises `Aborted` when the notice's id is there. The version rises all the same, so that a change of
the password that loaded the account before decides again and ends this session, too.
"""
