"""Statements that read and write accounts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Select, SmallInteger, Uuid, any_, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Role
from chassis.db import statement
from chassis.saving import save
from identity.accounts.domain import MOST_WRONG_CODES, STAFF_ROLES, Account, Colleague, Proof, Purpose, Status
from identity.sessions.domain import Session
from identity.sessions.storage import add_sessions, end_sessions, forget_sessions
from identity.shared.audit.storage import add_entries
from identity.shared.tables import accounts, sessions

_CHANGES = (
    *("status", "password_hash", "resets_asked", "activated_at", "version"),
    *("proof_id", "proof_purpose", "proof_hash", "proof_expires_at", "proof_wrong_tries"),
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
    proof_expires_at: datetime | None
    proof_wrong_tries: int
    resets_asked: tuple[datetime, ...]
    created_at: datetime
    activated_at: datetime | None
    last_login_at: datetime | None
    version: int
    live_sessions: tuple[UUID, ...] = ()

    def account(self) -> Account:
        """The account as the domain knows it."""
        proof = None
        if self.proof_id and self.proof_purpose and self.proof_hash and self.proof_expires_at:
            proof = Proof(
                id=self.proof_id,
                purpose=self.proof_purpose,
                hash=self.proof_hash,
                expires_at=self.proof_expires_at,
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
            resets_asked=self.resets_asked,
            live_sessions=self.live_sessions,
            created_at=self.created_at,
            activated_at=self.activated_at,
            last_login_at=self.last_login_at,
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
        "proof_expires_at": proof and proof.expires_at,
        "proof_wrong_tries": proof.wrong_tries if proof else 0,
        "resets_asked": list(account.resets_asked),
        "created_at": account.created_at,
        "activated_at": account.activated_at,
        "last_login_at": account.last_login_at,
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
        sessions.c.revoked_at.is_(None),
        sessions.c.rotated_at > bindparam("live_since"),
    )
    .order_by(sessions.c.rotated_at.desc(), sessions.c.id.desc())
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow(AccountRow):
    """A session and its account, as columns."""

    session_id: UUID
    generation: int
    device: str
    address: str
    opened_at: datetime
    rotated_at: datetime
    revoked_at: datetime | None

    def session(self) -> Session:
        """The session as the domain knows it."""
        return Session(
            org_id=self.org_id,
            id=self.session_id,
            account_id=self.id,
            generation=self.generation,
            device=self.device,
            address=self.address,
            created_at=self.opened_at,
            rotated_at=self.rotated_at,
            revoked_at=self.revoked_at,
        )


SESSION_AND_ACCOUNT = statement(
    select(
        accounts,
        sessions.c.id.label("session_id"),
        sessions.c.generation,
        sessions.c.device,
        sessions.c.address,
        sessions.c.created_at.label("opened_at"),
        sessions.c.rotated_at,
        sessions.c.revoked_at,
    )
    .join(accounts, (accounts.c.org_id == sessions.c.org_id) & (accounts.c.id == sessions.c.account_id))
    .where(sessions.c.org_id == bindparam("org_id"), sessions.c.id == bindparam("session_id")),
    into=SessionRow,
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

SIGN_IN = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.password_hash == bindparam("verified_hash"),
        accounts.c.status == Status.ACTIVE,
    )
    .values(password_hash=bindparam("password_hash"), last_login_at=bindparam("now"), version=accounts.c.version + 1)
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

COUNT_WRONG_CODE = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.proof_id == bindparam("tried_proof_id"),
        # A dead code is not counted on: a flood of them must not hinder the owner's next change.
        accounts.c.proof_wrong_tries < MOST_WRONG_CODES,
    )
    .values(proof_wrong_tries=accounts.c.proof_wrong_tries + 1, version=accounts.c.version + 1)
    .returning(accounts.c.id),
    add_entries,
)
"""Counts a wrong code, however many come at once; a right one that comes with them has to decide again."""
