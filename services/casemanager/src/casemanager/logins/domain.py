"""How a person stands with their login: a projection of what identity tells (CM-05)."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed

from chassis.machine import Machine


class AccountStatus(IntEnum):
    """What identity says of an account; the numbers are its contract's."""

    PENDING_ACTIVATION = 1
    ACTIVE = 2
    DISABLED = 3


class LoginStatus(IntEnum):
    """How the login stands; the numbers are the contract's."""

    NONE = 1
    OFFERED = 2
    DECLINED = 3
    ACTIVATION_SENT = 4
    ACTIVE = 5
    LOCKED = 6
    DISABLED = 7


class LoginAction(IntEnum):
    """What staff can do; the numbers are the contract's."""

    ENABLE = 1
    OFFER = 2
    RESEND_ACTIVATION = 3
    RESET_PASSWORD = 4
    DISABLE = 5


MACHINE = Machine(
    {
        (LoginStatus.NONE, LoginAction.ENABLE): LoginStatus.ACTIVATION_SENT,
        (LoginStatus.ACTIVATION_SENT, LoginAction.RESEND_ACTIVATION): LoginStatus.ACTIVATION_SENT,
        (LoginStatus.ACTIVATION_SENT, LoginAction.DISABLE): LoginStatus.DISABLED,
        (LoginStatus.ACTIVE, LoginAction.RESET_PASSWORD): LoginStatus.ACTIVE,
        (LoginStatus.ACTIVE, LoginAction.DISABLE): LoginStatus.DISABLED,
        (LoginStatus.LOCKED, LoginAction.RESET_PASSWORD): LoginStatus.LOCKED,
        (LoginStatus.LOCKED, LoginAction.DISABLE): LoginStatus.DISABLED,
        (LoginStatus.DISABLED, LoginAction.ENABLE): LoginStatus.ACTIVE,
    },
    ActionNotAllowed,
)
"""Each action in each status, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Login:
    """A person's login: which account it is at identity, and the latest that was heard of that.

    `generation` counts the commands that were given to identity for this person; `status` is None until identity was
    heard.
    """

    account_id: UUID
    username: str
    generation: int
    status: AccountStatus
    lock_expire_time: datetime | None
    activation_expire_time: datetime | None
    activation_problem: str
    last_login_time: datetime | None


def login_status(login: Login | None, now: datetime) -> LoginStatus:
    """What the latest word of identity comes to."""
    if login is None:
        return LoginStatus.NONE
    match login.status:
        case AccountStatus.DISABLED:
            return LoginStatus.DISABLED
        case AccountStatus.PENDING_ACTIVATION:
            return LoginStatus.ACTIVATION_SENT
    is_locked = login.lock_expire_time is not None and now < login.lock_expire_time
    return LoginStatus.LOCKED if is_locked else LoginStatus.ACTIVE
