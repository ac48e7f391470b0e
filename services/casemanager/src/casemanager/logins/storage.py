"""The tables of logins: which account a person has, and what was heard of each account."""

from portico.identity.v1.events_pb2 import AccountEvent
from sqlalchemy import BigInteger, Column, ColumnElement, Index, SmallInteger, Table, Text, Uuid, bindparam, case, func
from sqlalchemy import literal, null, update
from sqlalchemy.dialects.postgresql import insert

from casemanager.logins.domain import AccountStatus, Login
from casemanager.shared.tables import metadata
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.mapping import Params
from chassis.readers import Reader, reader

logins = Table(
    "logins",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True, comment="A case manager or a specialist"),
    Column("account_id", Uuid, nullable=False, comment="Of identity"),
    Column("username", Text, nullable=False),
    Column("generation", BigInteger, nullable=False, comment="Of the latest command to identity"),
    Index("logins_account_idx", "org_id", "account_id"),
)

# By account, and kept of each that identity tells of: what is told before the person's row is written is not lost.
account_states = Table(
    "account_states",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("status", SmallInteger, nullable=False),
    Column("status_version", BigInteger, nullable=False, comment="Of the event that the status is of; each fact has its own"),
    instant("lock_expire_time", nullable=True),
    Column("lock_version", BigInteger, nullable=False, server_default="0"),
    instant("activation_expire_time", nullable=True),
    Column("activation_id", Uuid),
    Column("activation_version", BigInteger, nullable=False, server_default="0"),
    Column("activation_problem", Text, nullable=False, server_default="", comment="Why its message did not arrive"),
    instant("last_login_time", nullable=True),
    Index("account_states_activation_idx", "org_id", "activation_id"),
)

_STATUS = literal(int(AccountStatus.PENDING_ACTIVATION), SmallInteger)


def login_columns(prefix: str = "login_") -> list[ColumnElement[object]]:
    """The columns of a login beside its person's, from `logins` and `account_states` as they are joined."""
    states = account_states.c
    return [
        *(logins.c[name].label(prefix + name) for name in ("account_id", "username", "generation")),
        func.coalesce(states.status, _STATUS).label(f"{prefix}status"),
        *(states[name].label(prefix + name) for name in ("lock_expire_time", "activation_expire_time")),
        func.coalesce(states.activation_problem, "").label(f"{prefix}activation_problem"),
        states.last_login_time.label(f"{prefix}last_login_time"),
    ]


LOGIN: Reader[Login | None] = (
    reader(Login, **{name: name for name in Login.__dataclass_fields__}).labelled("login_").unless_null("login_account_id")
)

_new = insert(logins)
RECORD_LOGIN = statement(
    _new.values({name: bindparam(name) for name in ("org_id", "person_id", "account_id", "username", "generation")})
    .on_conflict_do_update(
        index_elements=["org_id", "person_id"],
        set_={name: _new.excluded[name] for name in ("account_id", "username", "generation")},
        where=logins.c.generation < _new.excluded.generation,
    )
)
"""Notes which account a person has since a command to identity; an older command changes nothing."""

_heard = insert(account_states)
_FACTS = ("status", "lock", "activation")
_version = _heard.excluded.status_version


def _newer(fact: str, column: str) -> ColumnElement[object]:
    """The new value where this event tells the fact, and no later one has."""
    tells = bindparam(f"tells_{fact}") & (account_states.c[f"{fact}_version"] < _version)
    return case((tells, _heard.excluded[column]), else_=account_states.c[column])


HEAR = statement(
    _heard.values(
        {
            **{name: bindparam(name) for name in ("org_id", "account_id", "status")},
            "status_version": bindparam("version"),
            "lock_expire_time": bindparam("lock_expire_time", type_=INSTANT),
            "lock_version": case((bindparam("tells_lock"), bindparam("version")), else_=0),
            "activation_expire_time": bindparam("activation_expire_time", type_=INSTANT),
            "activation_id": bindparam("activation_id", type_=Uuid),
            "activation_version": case((bindparam("tells_activation"), bindparam("version")), else_=0),
            "last_login_time": bindparam("last_login_time", type_=INSTANT),
        }
    ).on_conflict_do_update(
        index_elements=["org_id", "account_id"],
        set_={
            "status": _newer("status", "status"),
            "status_version": func.greatest(account_states.c.status_version, _version),
            "lock_expire_time": _newer("lock", "lock_expire_time"),
            "lock_version": _newer("lock", "lock_version"),
            "activation_expire_time": _newer("activation", "activation_expire_time"),
            "activation_id": _newer("activation", "activation_id"),
            "activation_problem": case(
                (bindparam("tells_activation") & (account_states.c.activation_version < _version), ""),
                else_=account_states.c.activation_problem,
            ),
            "activation_version": _newer("activation", "activation_version"),
            "last_login_time": func.greatest(account_states.c.last_login_time, _heard.excluded.last_login_time),
        },
    )
)
"""Keeps what an event tells; in whatever order they come, and however often, the latest word of each fact stays."""
