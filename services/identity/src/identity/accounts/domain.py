"""An account: who may sign in, with which password, and which sessions and proofs it has."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from portico_errors.identity import AccountNotFound

from chassis.call import Role
from identity.shared.audit.domain import Action


class Status(IntEnum):
    """Whether an account can be used; the numbers are the contract's."""

    PENDING_ACTIVATION = 1
    ACTIVE = 2
    DISABLED = 3


class Purpose(StrEnum):
    """What a proof lets its holder do."""

    ACTIVATION = "ACTIVATION"
    RESET = "RESET"


class Method(StrEnum):
    """How the person of a session has proven to be it."""

    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a method
    ACTIVATION = "ACTIVATION"
    RESET = "RESET"
    REGISTRATION = "REGISTRATION"


STAFF_ROLES = (Role.STAFF, Role.STAFF_ADMIN)
"""The roles of an organization's own people, who know each other by name."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A link or a code that was sent to the person and lets its holder set a password, once.

    `hash` is the keyed hash of what was sent; nothing else of it is kept. `requester` is the keyed hash of the network
    of the stranger who asked for it, None when staff did; at `use_time` a password was set, with it or with another.
    """

    id: UUID
    purpose: Purpose
    hash: bytes
    requester: bytes | None
    create_time: datetime
    expire_time: datetime
    use_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A login.

    `username` is an email address or a phone number in E.164, last proven to be the person's at `prove_time`;
    `live_sessions` the sessions that have not ended, last used first; `proofs` those that are live or not long gone,
    newest first, where they were looked for. `person_id` is whose login it is where casemanager handed it out, and
    `generation` the number of the latest of its commands that was obeyed.
    """

    org_id: UUID
    id: UUID
    role: Role
    username: str
    display_name: str
    language: str
    status: Status
    password_hash: str | None
    live_sessions: tuple[UUID, ...]
    create_time: datetime
    activate_time: datetime | None
    last_login_time: datetime | None
    prove_time: datetime | None
    version: int
    person_id: UUID | None = None
    generation: int = 0
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A person's signed-in device; `rotate_time` is its last use, and at `expire_time` it ends unless it is refreshed.

    `generation` is that of the latest refresh token, `presented_generation` that of the latest one that came back: -1
    before the first did. What lies between the two was never presented, and is void.
    """

    org_id: UUID
    id: UUID
    account_id: UUID
    method: Method
    generation: int
    presented_generation: int
    device: str
    address: str
    create_time: datetime
    rotate_time: datetime
    expire_time: datetime
    revoke_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The account as it is now, what happened, which sessions ended and began, and which proofs.

    `replaced` is the proof that died because `proof` came; `rise` is by how many the account's version has risen: one,
    or as many as there are events of it.
    """

    account: Account
    actions: tuple[Action, ...]
    revoked: tuple[UUID, ...] = ()
    opened: Session | None = None
    used_proofs: tuple[UUID, ...] = ()
    proof: Proof | None = None
    replaced: Proof | None = None
    rise: int = 1


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff, as the others of the staff know them."""

    id: UUID
    display_name: str


@dataclass(frozen=True, slots=True)
class NewLogin:
    """Who is to get a login; `username` in its one form."""

    role: Role
    username: str
    display_name: str
    language: str
    person_id: UUID | None = None
    generation: int = 0


def create(login: NewLogin, *, org_id: UUID, account_id: UUID, now: datetime) -> Change:
    """A login that waits for its first password."""
    account = Account(
        org_id=org_id,
        id=account_id,
        role=login.role,
        username=login.username,
        display_name=login.display_name,
        language=login.language,
        status=Status.PENDING_ACTIVATION,
        password_hash=None,
        live_sessions=(),
        create_time=now,
        activate_time=None,
        last_login_time=None,
        prove_time=None,
        version=1,
        person_id=login.person_id,
        generation=login.generation,
    )
    return Change(account=account, actions=(Action.ACCOUNT_CREATED,))


def invite(created: Change, *, proof: Proof) -> Change:
    """Gives a new login the proof that its activation message carries."""
    return replace(created, account=replace(created.account, proofs=(proof,)), proof=proof)


def activate_at_once(created: Change, *, password_hash: str, now: datetime) -> Change:
    """Gives a new login its password: its person is known to be the one who set it."""
    account = replace(
        created.account,
        status=Status.ACTIVE,
        password_hash=password_hash,
        activate_time=now,
        prove_time=now,
        version=created.account.version + 1,
    )
    return Change(account=account, actions=(*created.actions, Action.ACCOUNT_ACTIVATED))


def begin(change: Change, session: Session) -> Change:
    """Lets a session begin with the change: its person is there."""
    account = replace(
        change.account,
        last_login_time=session.create_time,
        live_sessions=(session.id, *change.account.live_sessions),
    )
    return replace(change, account=account, actions=(*change.actions, Action.SIGNED_IN), opened=session)


def lock(account: Account | None, _: None, __: datetime) -> Change:
    """Notes that strangers have locked the account for new devices; raises `AccountNotFound` when it is gone."""
    if account is None:
        raise AccountNotFound()
    return Change(account=replace(account, version=account.version + 1), actions=(Action.ACCOUNT_LOCKED,))


def can_sign_in(account: Account | None) -> bool:
    """Whether a right password would let this account in."""
    return account is not None and account.status is Status.ACTIVE and account.password_hash is not None


def revoked_action(ended: tuple[UUID, ...]) -> tuple[Action, ...]:
    """What the audit says of sessions that a change has ended."""
    return (Action.SESSIONS_REVOKED,) if ended else ()
