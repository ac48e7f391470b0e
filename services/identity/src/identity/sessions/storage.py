"""Statements that read and write sessions."""

from collections.abc import Iterable

from sqlalchemy import ARRAY, CTE, Delete, Update, Uuid, any_, bindparam, delete, exists, select, update

from chassis.db import statement
from chassis.saving import insert_each, rows_of, save
from identity.sessions.domain import MOST_SESSIONS, Session
from identity.shared.audit.storage import add_entries
from identity.shared.tables import sessions

_NEW = ("id", "account_id", "generation", "device", "address", "created_at", "rotated_at")

_of_account = (
    sessions.c.org_id == bindparam("org_id"),
    sessions.c.account_id == bindparam("account_id"),
    sessions.c.revoked_at.is_(None),
)
_among_ended = sessions.c.id == any_(bindparam("ended", type_=ARRAY(Uuid)))

SESSIONS_OF_ACCOUNT = statement(
    select(sessions)
    .where(*_of_account, sessions.c.rotated_at > bindparam("live_since"))
    .order_by(sessions.c.rotated_at.desc(), sessions.c.id.desc())
    .limit(MOST_SESSIONS),
    into=Session,
)
"""The live sessions of one account, last used first."""

ROTATE_SESSION = statement(
    update(sessions)
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.id == bindparam("session_id"),
        sessions.c.generation == bindparam("presented"),
        sessions.c.revoked_at.is_(None),
    )
    .values(generation=sessions.c.generation + 1, rotated_at=bindparam("now"), address=bindparam("seen_at"))
)
"""Compare-and-swap of the generation: of two that present the same one, one hits."""

END_SESSIONS = save(
    update(sessions).where(*_of_account, _among_ended).values(revoked_at=bindparam("now")).returning(sessions.c.id),
    add_entries,
)
"""Ends sessions of one account; hits none when they have all ended before."""

add_sessions = insert_each(sessions, *_NEW)
"""The write that opens sessions beside a change of their account; `session_params` gives its parameters."""


def session_params(opened: Iterable[Session]) -> dict[str, object]:
    """The parameters of `add_sessions`."""
    return rows_of(sessions, ({name: getattr(session, name) for name in _NEW} for session in opened), *_NEW)


def end_sessions(guard: CTE) -> Update:
    """The write that ends the sessions `ended` beside a change of their account."""
    return (
        update(sessions)
        .where(*_of_account, _among_ended, exists().select_from(guard))
        .values(revoked_at=bindparam("now"))
    )


def forget_sessions(guard: CTE) -> Delete:
    """The write that removes the account's sessions that nothing can come from any more."""
    return delete(sessions).where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.rotated_at <= bindparam("live_since"),
        exists().select_from(guard),
    )
