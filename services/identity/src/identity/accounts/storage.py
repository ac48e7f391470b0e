"""The tables of accounts and their sessions, and the statements that load and save an account."""

from datetime import datetime, timedelta
from uuid import UUID

from portico_errors.identity import UsernameTaken
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Select,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Update,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)

from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Keyset
from chassis.readers import reader
from chassis.saves import insert_each, rows_of, save
from identity.accounts.domain import STAFF_ROLES, Account, Change, Colleague, Session, Status
from identity.accounts.proofs import (
    COUNTED,
    KEPT,
    PROOFS,
    account_of_proof,
    add_proofs,
    forget_proofs,
    proof_params,
    proofs_of_account,
    use_proofs,
)
from identity.accounts.words import add_words, word_params
from identity.lockout.storage import forgive
from identity.shared.audit.domain import Action
from identity.shared.audit.storage import add_entries
from identity.shared.tables import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("role", SmallInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("password_hash", Text),
    instant("create_time"),
    instant("activate_time", nullable=True),
    instant("last_login_time", nullable=True),
    instant("prove_time", nullable=True),
    Column("version", BigInteger, nullable=False),
    Column("person_id", Uuid, comment="Of casemanager, which handed the login out; null: staff, or a family"),
    Column("generation", BigInteger, nullable=False, server_default="0", comment="Of casemanager's latest command"),
    ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
    UniqueConstraint("org_id", "username"),
    Index("accounts_person_idx", "org_id", "person_id", "generation", postgresql_where=text("person_id IS NOT NULL")),
    Index("accounts_username_idx", "username"),
    # Room for the next version of a row on its own page: signing in then touches no index.
    postgresql_with={"fillfactor": "85"},
)
BY_NAME = (func.lower(accounts.c.display_name), accounts.c.id)
"""The order of lists of logins."""

Index("accounts_list_idx", *(accounts.c[name] for name in ("org_id", "role", "status")), *BY_NAME)

sessions = Table(
    "sessions",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("method", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("presented_generation", Integer, nullable=False),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    instant("create_time"),
    instant("rotate_time"),
    instant("expire_time"),
    instant("revoke_time", nullable=True),
    ForeignKeyConstraint(["org_id", "account_id"], ["accounts.org_id", "accounts.id"]),
    # Without its times: then rotating a token touches no index.
    Index("sessions_account_idx", "org_id", "account_id"),
    postgresql_with={"fillfactor": "85"},
)

ACCOUNT = mapping(accounts, Account, elsewhere=("live_sessions", "proofs"))
SESSION = mapping(sessions, Session)
_NEW_SESSION = (
    *("id", "account_id", "method", "generation", "presented_generation", "device", "address"),
    *("create_time", "rotate_time", "expire_time"),
)

of_account = (
    sessions.c.org_id == bindparam("org_id"),
    sessions.c.account_id == bindparam("account_id"),
    sessions.c.revoke_time.is_(None),
)

among_ended = sessions.c.id == any_(bindparam("ended", type_=ARRAY(Uuid)))

_CHANGES = ("status", "password_hash", "activate_time", "last_login_time", "prove_time", "version")

_live_sessions = func.array(
    select(sessions.c.id)
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == accounts.c.id,
        sessions.c.revoke_time.is_(None),
        sessions.c.expire_time > bindparam("now", type_=INSTANT),
    )
    .order_by(sessions.c.rotate_time.desc(), sessions.c.id.desc())
    .scalar_subquery(),
    type_=ARRAY(Uuid),
).label("live_sessions")


account_query: Select[tuple[object, ...]] = select(*ACCOUNT.columns(), _live_sessions).where(
    accounts.c.org_id == bindparam("org_id")
)
"""All accounts of the organization with their live sessions, as `account_reader` reads them; takes `now`."""
account_reader = ACCOUNT.reader(live_sessions="live_sessions", proofs=reader(tuple))


def with_proofs(proofs_since: timedelta) -> Select[tuple[object, ...]]:
    """All accounts with their live sessions and proofs, as `with_proofs_reader` reads them."""
    return account_query.add_columns(proofs_of_account(accounts.c.id, since=proofs_since))


with_proofs_reader = ACCOUNT.reader(live_sessions="live_sessions", proofs=PROOFS)

LOAD_ACCOUNT = statement(with_proofs(COUNTED).where(accounts.c.id == bindparam("id")), into=with_proofs_reader)
LOAD_ACCOUNT_BY_USERNAME = statement(
    with_proofs(COUNTED).where(accounts.c.username == bindparam("username")), into=with_proofs_reader
)
LOAD_ACCOUNT_BY_PROOF = statement(with_proofs(KEPT).where(accounts.c.id == account_of_proof), into=with_proofs_reader)
"""The account that one of the links was sent to, with every proof that is kept."""

NOTE_PROVEN = statement(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("id"),
        accounts.c.username == bindparam("contact"),
    )
    .values(prove_time=bindparam("now"))
)
"""Without a new version: nobody decides by it but who holds a code."""

_account_ids = bindparam("account_ids", type_=ARRAY(Uuid))
LIST_COLLEAGUES = statement(
    select(accounts.c.id, accounts.c.display_name)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == any_(_account_ids),
        accounts.c.role == any_(literal([*STAFF_ROLES], ARRAY(SmallInteger))),
    )
    .order_by(func.array_position(_account_ids, accounts.c.id)),
    into=Colleague,
)
"""Those of the accounts that are the organization's staff, in the order of the ids."""

LIST_ACTIVE_STAFF = statement(
    select(accounts.c.id, accounts.c.display_name)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.role == any_(literal([*STAFF_ROLES], ARRAY(SmallInteger))),
        accounts.c.status == literal(Status.ACTIVE, SmallInteger),
        tuple_(accounts.c.display_name, accounts.c.id)
        > tuple_(bindparam("after_name", type_=Text), bindparam("after_id", type_=Uuid)),
    )
    .order_by(accounts.c.display_name, accounts.c.id)
    .limit(bindparam("limit", type_=BigInteger)),
    into=Colleague,
)
"""The organization's staff who can sign in, by name, from the one after a position on."""
COLLEAGUES_BY_NAME: Keyset[Colleague, tuple[str, UUID]] = Keyset(
    first=("", UUID(int=0)), of=lambda colleague: (colleague.display_name, colleague.id)
)

add_sessions = insert_each(sessions, *_NEW_SESSION)
"""The write that opens sessions beside a change of their account; `session_params` gives its parameters."""


def session_params(*opened: Session | None) -> Params:
    """The parameters of `add_sessions`."""
    return rows_of(sessions, (SESSION.params(session) for session in opened if session), *_NEW_SESSION)


def end_sessions(target: CTE) -> Update:
    """The write that ends the sessions `ended` beside a change of their account."""
    return (
        update(sessions)
        .where(*of_account, among_ended, exists().select_from(target))
        .values(revoke_time=bindparam("now"))
    )


SAVE_NEW_ACCOUNT = save(
    insert(accounts).returning(accounts.c.id),
    add_sessions,
    add_proofs,
    add_words,
    add_entries,
    conflicts={"accounts_org_id_username_key": UsernameTaken},
)
"""Adds an account, and the session or the proof that it begins with where it has one."""

SAVE_ACCOUNT = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(accounts.c.id),
    end_sessions,
    add_sessions,
    forgive,
    use_proofs,
    add_proofs,
    forget_proofs,
    add_entries,
)
"""A changed account with the sessions and proofs that ended and began; hits no row when it has changed meanwhile."""


_UNLOCKING = frozenset({Action.PASSWORD_RESET, Action.ACCOUNT_UNLOCKED})


def new_account_params(change: Change) -> Params:
    """The parameters of SAVE_NEW_ACCOUNT, without the audit's."""
    account = change.account
    opened = session_params(change.opened)
    return {**ACCOUNT.params(account), **opened, **proof_params(change), **word_params(account)}


def account_params(change: Change, *, now: datetime) -> Params:
    """The parameters of SAVE_ACCOUNT, without the audit's."""
    columns = ACCOUNT.params(change.account)
    return {
        "account_id": change.account.id,
        "loaded_version": change.account.version - change.rise,
        **{name: columns[name] for name in _CHANGES},
        "ended": list(change.revoked),
        "now": now,
        # A reset ends every lock: its person has proven to be it. So does an administrator.
        "forgiven_id": change.account.id if _UNLOCKING & {*change.actions} else None,
        "forgiven": None,
        "used_proofs": list(change.used_proofs),
        **session_params(change.opened),
        **proof_params(change),
    }
