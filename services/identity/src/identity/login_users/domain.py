"""What administrators do with a login, and when (ID-13)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from portico_errors.identity import AccountNotFound, ActionNotAllowed, LastAdministrator, UsernameTaken

from chassis.call import Role
from chassis.machine import Machine
from identity.accounts.domain import STAFF_ROLES, Account, Change, NewLogin, Proof, Purpose, Status, revoked_action
from identity.lockout.domain import LOCK
from identity.resets.domain import ask_reset, live_proofs, proofs_used, send_activation
from identity.shared.audit.domain import Action as Audited


class State(IntEnum):
    """Whether the person gets in; the numbers are the contract's."""

    PENDING_ACTIVATION = 1
    ACTIVE = 2
    DISABLED = 3
    LOCKED = 4


class Action(IntEnum):
    """What an administrator can do; the numbers are the contract's."""

    RESET_PASSWORD = 1
    RESEND_ACTIVATION = 2
    CHANGE_USERNAME = 3
    DISABLE = 4
    ENABLE = 5
    UNLOCK = 6
    REVOKE_SESSIONS = 7
    SET_ROLE = 8


MACHINE = Machine(
    {
        (State.PENDING_ACTIVATION, Action.RESEND_ACTIVATION): State.PENDING_ACTIVATION,
        (State.PENDING_ACTIVATION, Action.CHANGE_USERNAME): State.PENDING_ACTIVATION,
        (State.PENDING_ACTIVATION, Action.DISABLE): State.DISABLED,
        (State.PENDING_ACTIVATION, Action.SET_ROLE): State.PENDING_ACTIVATION,
        (State.ACTIVE, Action.RESET_PASSWORD): State.ACTIVE,
        (State.ACTIVE, Action.DISABLE): State.DISABLED,
        (State.ACTIVE, Action.UNLOCK): State.ACTIVE,
        (State.ACTIVE, Action.REVOKE_SESSIONS): State.ACTIVE,
        (State.ACTIVE, Action.SET_ROLE): State.ACTIVE,
        (State.LOCKED, Action.RESET_PASSWORD): State.LOCKED,
        (State.LOCKED, Action.DISABLE): State.DISABLED,
        (State.LOCKED, Action.UNLOCK): State.ACTIVE,
        (State.LOCKED, Action.REVOKE_SESSIONS): State.LOCKED,
        (State.LOCKED, Action.SET_ROLE): State.LOCKED,
        # Who never set a password waits for the activation once more.
        (State.DISABLED, Action.ENABLE): State.ACTIVE,
    },
    ActionNotAllowed,
)
"""Each action in each state, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class LoginUser:
    """A login as administrators see it.

    Strangers locked it for new devices at `lock_time`; `has_locks` when anybody waits. `has_other_administrator` when
    the organization can do without this one.
    """

    account: Account
    lock_time: datetime | None
    has_locks: bool
    has_other_administrator: bool

    @property
    def state(self) -> State:
        """What the status comes to."""
        is_locked = self.account.status is Status.ACTIVE and self.lock_time is not None
        return State.LOCKED if is_locked else State(self.account.status)

    @property
    def lock_expire_time(self) -> datetime | None:
        """When new devices get in by themselves."""
        return self.lock_time + LOCK if self.lock_time and self.state is State.LOCKED else None

    @property
    def is_last_administrator(self) -> bool:
        """Whether nobody else can manage the organization's logins."""
        is_administrator = self.account.role is Role.STAFF_ADMIN and self.account.status is Status.ACTIVE
        return is_administrator and not self.has_other_administrator

    def activation_expire_time(self, now: datetime) -> datetime | None:
        """When the link of a login that waits for its first password ends; None when it has ended."""
        return next((proof.expire_time for proof in live_proofs(self.account, Purpose.ACTIVATION, now)), None)

    def actions(self) -> Iterator[Action]:
        """What can be done now, in the order in which it is offered."""
        for action in MACHINE.allowed(self.state):
            is_idle = action is Action.UNLOCK and not self.has_locks
            if self._fits(action) and not is_idle and not (action in _TAKING and self.is_last_administrator):
                yield action

    def require(self, action: Action) -> Account:
        """The account; raises `ActionNotAllowed` or `LastAdministrator`."""
        if action not in MACHINE.allowed(self.state) or not self._fits(action):
            # Not the machine's own refusal: it would name actions that are not for this login.
            allowed = ",".join(each.name for each in self.actions())
            metadata = {"state": self.state.name, "allowed_actions": allowed}
            raise ActionNotAllowed(f"{action.name} is not allowed in {self.state.name}.", metadata=metadata)
        if action in _TAKING and self.is_last_administrator:
            raise LastAdministrator()
        return self.account

    def _fits(self, action: Action) -> bool:
        """Whether it is for this kind of login: casemanager keeps the addresses of those that it hands out."""
        match action:
            case Action.SET_ROLE:
                return self.account.role in STAFF_ROLES
            case Action.CHANGE_USERNAME:
                return self.account.person_id is None
        return True


_TAKING = frozenset({Action.DISABLE, Action.SET_ROLE})
"""What takes an administrator away."""

Found = LoginUser | None


def _known(user: Found) -> LoginUser:
    if user is None:
        raise AccountNotFound()
    return user


def send_password_reset(user: Found, proof: Proof, now: datetime) -> Change:
    """Lets the person set a new password; raises `ResetLimitReached`, too."""
    return ask_reset(_known(user).require(Action.RESET_PASSWORD), proof, now)


def resend_activation(user: Found, proof: Proof, now: datetime) -> Change:
    """Sends the activation once more; the link before is dead."""
    return send_activation(_known(user).require(Action.RESEND_ACTIVATION), proof, now)


def change_username(user: Found, command: tuple[str, Proof], now: datetime) -> Change:
    """Gives a login that waits another address, and sends the activation there."""
    username, proof = command
    account = replace(_known(user).require(Action.CHANGE_USERNAME), username=username)
    sent = send_activation(replace(account, version=account.version + 1), proof, now)
    return replace(sent, actions=(Audited.USERNAME_CHANGED, *sent.actions), rise=2)


def disable(user: Found, _: None, now: datetime) -> Change:
    """Keeps the person out; what was sent opens nothing any more."""
    return _disabled(_known(user).require(Action.DISABLE), now)


def enable(user: Found, proof: Proof, now: datetime) -> Change:
    """Lets the person in; who never set a password is sent the activation."""
    return _enabled(_known(user).require(Action.ENABLE), proof, now)


def unlock(user: Found, _: None, __: datetime) -> Change:
    """Forgets the wrong passwords that were tried."""
    return _changed(_known(user).require(Action.UNLOCK), Audited.ACCOUNT_UNLOCKED)


def revoke_sessions(user: Found, _: None, __: datetime) -> Change:
    """Ends the sessions of the person, who may have none."""
    account = _known(user).require(Action.REVOKE_SESSIONS)
    return Change(
        account=replace(account, live_sessions=(), version=account.version + 1),
        actions=(Audited.SESSIONS_REVOKED,),
        revoked=account.live_sessions,
    )


def set_role(user: Found, role: Role, _: datetime) -> Change:
    """Makes an administrator, or the other way round; the sessions end, since their tokens carry the role.

    Who has the role already keeps it, and the sessions.
    """
    known = _known(user)
    if known.account.role is role and role in STAFF_ROLES:
        return _unchanged(known.account)
    account = known.require(Action.SET_ROLE)
    is_granted = role is Role.STAFF_ADMIN
    action = Audited.ADMINISTRATOR_GRANTED if is_granted else Audited.ADMINISTRATOR_REVOKED
    return _changed(replace(account, role=role, live_sessions=()), action, ended=account)


def is_obeyed(account: Account, login: NewLogin) -> bool:
    """Whether this command was obeyed, or a newer one; raises `UsernameTaken` for somebody else's login."""
    if account.person_id != login.person_id or account.role is not login.role:
        raise UsernameTaken(metadata={"account_id": str(account.id)})
    return login.generation <= account.generation


def provision(user: Found, command: tuple[NewLogin, Proof], now: datetime) -> Change:
    """Obeys casemanager for a username that has a login: the person's own is enabled where it is disabled.

    Raises `UsernameTaken` for somebody else's login.
    """
    login, proof = command
    account = _known(user).account
    if is_obeyed(account, login):
        return _unchanged(account)
    latest = replace(account, generation=login.generation)
    return _enabled(latest, proof, now) if account.status is Status.DISABLED else _unchanged(latest)


def disable_provisioned(user: Found, generation: int, now: datetime) -> Change:
    """Disables the login of a person; one that is disabled stays so, and so does one that a newer command enabled."""
    account = _known(user).account
    if generation < account.generation:
        return _unchanged(account)
    latest = replace(account, generation=generation)
    return _unchanged(latest) if account.status is Status.DISABLED else _disabled(latest, now)


def _unchanged(account: Account) -> Change:
    return Change(account=replace(account, version=account.version + 1), actions=())


def _disabled(account: Account, now: datetime) -> Change:
    disabled = replace(account, status=Status.DISABLED, live_sessions=())
    return proofs_used(_changed(disabled, Audited.ACCOUNT_DISABLED, ended=account), now)


def _enabled(account: Account, proof: Proof, now: datetime) -> Change:
    is_activated = account.activate_time is not None
    status = Status.ACTIVE if is_activated else Status.PENDING_ACTIVATION
    change = _changed(replace(account, status=status), Audited.ACCOUNT_ENABLED)
    if is_activated:
        return change
    sent = send_activation(change.account, proof, now)
    return replace(sent, actions=(*change.actions, *sent.actions), rise=2)


def _changed(account: Account, action: Audited, *, ended: Account | None = None) -> Change:
    revoked = ended.live_sessions if ended else ()
    actions = (action, *revoked_action(revoked))
    return Change(account=replace(account, version=account.version + 1), actions=actions, revoked=revoked)
