"""The tables of accounts and their sessions, and the statements that load and save an account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
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
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Role
from chassis.db import statement
from chassis.saves import insert_each, rows_of, save
from identity.accounts.domain import STAFF_ROLES, Account, Colleague, Proof, Purpose, Session, Status
from identity.shared.audit.storage import add_entries
from identity.shared.tables import INSTANT, metadata

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
    Column("proof_id", Uuid),
    Column("proof_purpose", Text),
    Column("proof_hash", LargeBinary),
    Column("proof_expire_time", INSTANT),
    Column("proof_wrong_tries", SmallInteger, nullable=False),
    Column("reset_request_times", ARRAY(INSTANT), nullable=False, server_default="{}"),
    Column("create_time", INSTANT, nullable=False),
    Column("activate_time", INSTANT),
    Column("last_login_time", INSTANT),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
    UniqueConstraint("org_id", "username"),
    CheckConstraint("num_nulls(proof_id, proof_purpose, proof_hash, proof_expire_time) IN (0, 4)", name="proof"),
    # Room for the next version of a row on its own page: signing in then touches no index.
    postgresql_with={"fillfactor": "85"},
)
Index(
    "accounts_proof_idx",
    accounts.c.org_id,
    accounts.c.proof_hash,
    unique=True,
    postgresql_where=accounts.c.proof_hash.is_not(None),
)

sessions = Table(
    "sessions",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("create_time", INSTANT, nullable=False),
    Column("rotate_time", INSTANT, nullable=False),
    Column("revoke_time", INSTANT),
    ForeignKeyConstraint(["org_id", "account_id"], ["accounts.org_id", "accounts.id"]),
    # Without `rotate_time`: then rotating a token touches no index.
    Index("sessions_account_idx", "org_id", "account_id"),
    postgresql_with={"fillfactor": "85"},
)

_NEW = ("id", "account_id", "generation", "device", "address", "create_time", "rotate_time")

of_account = (
    sessions.c.org_id == bindparam("org_id"),
    sessions.c.account_id == bindparam("account_id"),
    sessions.c.revoke_time.is_(None),
)

among_ended = sessions.c.id == any_(bindparam("ended", type_=ARRAY(Uuid)))

_CHANGES = (
    *("status", "password_hash", "reset_request_times", "activate_time", "version"),
    *("proof_id", "proof_purpose", "proof_hash", "proof_expire_time", "proof_wrong_tries"),
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as its columns, and its live sessions where they were asked for."""

    org_id: UUID
    id: UUID
    role: Role
    username: str
    display_name: str
    language: str
    status: Status
    password_hash: str | None
    proof_id: UUID | None
    proof_purpose: Purpose | None
    proof_hash: bytes | None
    proof_expire_time: datetime | None
    proof_wrong_tries: int
    reset_request_times: tuple[datetime, ...]
    create_time: datetime
    activate_time: datetime | None
    last_login_time: datetime | None
    version: int
    live_sessions: tuple[UUID, ...] = ()

    def account(self) -> Account:
        """The account as the domain knows it."""
        proof = None
        if self.proof_id and self.proof_purpose and self.proof_hash and self.proof_expire_time:
            proof = Proof(
                id=self.proof_id,
                purpose=self.proof_purpose,
                hash=self.proof_hash,
                expire_time=self.proof_expire_time,
                wrong_tries=self.proof_wrong_tries,
            )
        return Account(
            org_id=self.org_id,
            id=self.id,
            role=self.role,
            username=self.username,
            display_name=self.display_name,
            language=self.language,
            status=self.status,
            password_hash=self.password_hash,
            proof=proof,
            reset_request_times=self.reset_request_times,
            live_sessions=self.live_sessions,
            create_time=self.create_time,
            activate_time=self.activate_time,
            last_login_time=self.last_login_time,
            version=self.version,
        )


def account_params(account: Account) -> dict[str, object]:
    """The account as parameters by column name."""
    proof = account.proof
    return {
        "org_id": account.org_id,
        "id": account.id,
        "role": account.role,
        "username": account.username,
        "display_name": account.display_name,
        "language": account.language,
        "status": account.status,
        "password_hash": account.password_hash,
        "proof_id": proof and proof.id,
        "proof_purpose": proof and proof.purpose,
        "proof_hash": proof and proof.hash,
        "proof_expire_time": proof and proof.expire_time,
        "proof_wrong_tries": proof.wrong_tries if proof else 0,
        "reset_request_times": list(account.reset_request_times),
        "create_time": account.create_time,
        "activate_time": account.activate_time,
        "last_login_time": account.last_login_time,
        "version": account.version,
    }


def change_params(account: Account) -> dict[str, object]:
    """The parameters of `CHANGE_ACCOUNT` that are the account's."""
    columns = account_params(account)
    return {
        "account_id": account.id,
        "loaded_version": account.version - 1,
        **{name: columns[name] for name in _CHANGES},
    }


_live_sessions = func.array(
    select(sessions.c.id)
    .where(
        sessions.c.org_id == bindparam("org_id"),
        sessions.c.account_id == accounts.c.id,
        sessions.c.revoke_time.is_(None),
        sessions.c.rotate_time > bindparam("live_since"),
    )
    .order_by(sessions.c.rotate_time.desc(), sessions.c.id.desc())
    .scalar_subquery(),
    type_=ARRAY(Uuid),
).label("live_sessions")

_account: Select[tuple[object, ...]] = select(accounts, _live_sessions).where(accounts.c.org_id == bindparam("org_id"))

ACCOUNT_BY_ID = statement(_account.where(accounts.c.id == bindparam("id")), into=AccountRow)
ACCOUNT_BY_USERNAME = statement(_account.where(accounts.c.username == bindparam("username")), into=AccountRow)
ACCOUNT_BY_PROOF = statement(_account.where(accounts.c.proof_hash == bindparam("proof_hash")), into=AccountRow)

_account_ids = bindparam("account_ids", type_=ARRAY(Uuid))
COLLEAGUES = statement(
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

add_sessions = insert_each(sessions, *_NEW)
"""The write that opens sessions beside a change of their account; `session_params` gives its parameters."""


def session_params(opened: Iterable[Session]) -> dict[str, object]:
    """The parameters of `add_sessions`."""
    return rows_of(sessions, ({name: getattr(session, name) for name in _NEW} for session in opened), *_NEW)


def end_sessions(guard: CTE) -> Update:
    """The write that ends the sessions `ended` beside a change of their account."""
    return (
        update(sessions)
        .where(*of_account, among_ended, exists().select_from(guard))
        .values(revoke_time=bindparam("now"))
    )


NEW_ACCOUNT = save(
    insert(accounts).on_conflict_do_nothing(index_elements=["org_id", "username"]).returning(accounts.c.id),
    add_sessions,
    add_entries,
)
"""Adds an account, and the session that it begins with where it has one; hits no row when the username is taken."""

CHANGE_ACCOUNT = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(accounts.c.id),
    end_sessions,
    add_entries,
)
"""Writes a changed account and ends sessions; hits no row when it has changed since it was loaded."""
