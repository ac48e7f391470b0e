"""How a person stands with their login: a projection of what identity tells (CM-05), and offers of one (CM-04)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed, LoginExists, OfferAnswered, OfferTooSoon

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


class Answer(IntEnum):
    """To an offer; the numbers are the contract's."""

    YES = 1
    NO = 2


MACHINE = Machine(
    {
        (LoginStatus.NONE, LoginAction.ENABLE): LoginStatus.ACTIVATION_SENT,
        (LoginStatus.NONE, LoginAction.OFFER): LoginStatus.OFFERED,
        (LoginStatus.OFFERED, LoginAction.ENABLE): LoginStatus.ACTIVATION_SENT,
        (LoginStatus.OFFERED, LoginAction.OFFER): LoginStatus.OFFERED,
        (LoginStatus.DECLINED, LoginAction.ENABLE): LoginStatus.ACTIVATION_SENT,
        (LoginStatus.DECLINED, LoginAction.OFFER): LoginStatus.OFFERED,
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
"""Each action in each status, in the order in which they are offered. Who never set a password is enabled to
ACTIVATION_SENT, also from DISABLED: identity says which."""

OFFER_LIFE = timedelta(days=14)
OFFER_PAUSE = timedelta(days=30)
"""How long after a no another offer needs a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person's login: which account of identity it is, and how that stands as far as is known.

    `generation` counts the commands that were given to identity for this person. `heard_version` is the account's of
    the latest status that was heard; a command's outcome stands for the status until a newer one is heard.
    """

    account_id: UUID
    username: str
    generation: int
    status: AccountStatus
    status_time: datetime
    heard_version: int = 0
    lock_expire_time: datetime | None = None
    activation_expire_time: datetime | None = None
    activation_problem: str = ""
    last_login_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The latest offer of a login to a person, where it went, and their latest answer."""

    id: UUID
    email: str
    offer_time: datetime
    expire_time: datetime
    answer: Answer | None = None
    answer_time: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLogin:
    """All that is known of a person's login."""

    login: Login | None
    offer: Offer | None

    def status(self, now: datetime) -> LoginStatus:
        """What it comes to."""
        if self.login is None:
            if self.offer is None:
                return LoginStatus.NONE
            return LoginStatus.DECLINED if self.offer.answer is Answer.NO else LoginStatus.OFFERED
        match self.login.status:
            case AccountStatus.DISABLED:
                return LoginStatus.DISABLED
            case AccountStatus.PENDING_ACTIVATION:
                return LoginStatus.ACTIVATION_SENT
        lock_end = self.login.lock_expire_time
        return LoginStatus.LOCKED if lock_end is not None and now < lock_end else LoginStatus.ACTIVE

    def status_time(self, now: datetime) -> datetime | None:
        """Since when it is so, as far as is known."""
        if self.login is not None:
            return None if self.status(now) is LoginStatus.LOCKED else self.login.status_time
        return None if self.offer is None else self.offer.answer_time or self.offer.offer_time

    def allowed(self, now: datetime, *, has_email: bool, is_active: bool) -> Iterator[LoginAction]:
        """What can be done now, the first one first; what needs an address, or an active person, only with it."""
        for action in MACHINE.allowed(self.status(now)):
            if action not in (LoginAction.ENABLE, LoginAction.OFFER) or (has_email and is_active):
                yield action

    def require(self, action: LoginAction, now: datetime) -> None:
        """Raises ActionNotAllowed with what can be done instead."""
        MACHINE.next(self.status(now), action)


def is_enabled(login: Login | None) -> bool:
    """Whether there is a login that is not switched off."""
    return login is not None and login.status is not AccountStatus.DISABLED


def enabled(login: Login | None, *, username: str, now: datetime) -> Login:
    """The login that identity is asked for; its `account_id` is known once it has answered."""
    generation = login.generation if login else 0
    if login is not None and login.username == username:
        return replace(login, generation=generation + 1, status=AccountStatus.PENDING_ACTIVATION, status_time=now)
    return Login(
        account_id=UUID(int=0),
        username=username,
        generation=generation + 1,
        status=AccountStatus.PENDING_ACTIVATION,
        status_time=now,
    )


def disabled(login: Login, now: datetime) -> Login:
    """The login switched off."""
    return replace(login, generation=login.generation + 1, status=AccountStatus.DISABLED, status_time=now)


def offered(known: KnownLogin, *, offer_id: UUID, email: str, reason: str, now: datetime) -> Offer:
    """A new offer, which takes the place of the one before; raises LoginExists or OfferTooSoon."""
    if known.login is not None:
        raise LoginExists()
    pause_end = offer_pause_end(known.offer)
    if pause_end is not None and now < pause_end and not reason.strip():
        raise OfferTooSoon(metadata={"offer_pause_end_time": pause_end.isoformat()})
    return Offer(id=offer_id, email=email, offer_time=now, expire_time=now + OFFER_LIFE)


def offer_pause_end(offer: Offer | None) -> datetime | None:
    """Until when another offer needs a reason; None when the person has not said no."""
    if offer is None or offer.answer is not Answer.NO or offer.answer_time is None:
        return None
    return offer.answer_time + OFFER_PAUSE


def answered(known: KnownLogin, offer: Offer, answer: Answer, now: datetime) -> Offer:
    """The offer with its answer; the same one changes nothing. Raises OfferAnswered once there is a login."""
    if offer.answer is answer:
        return offer
    if known.login is not None:
        raise OfferAnswered()
    return replace(offer, answer=answer, answer_time=now)


def offer_reference(offer_id: UUID) -> str:
    """How the message of an offer is recognised."""
    return f"login-offers/{offer_id}"
