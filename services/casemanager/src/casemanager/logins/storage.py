"""The tables of logins and offers, and what was heard of accounts and messages; written beside a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Insert,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from casemanager.logins.domain import AccountStatus, Answer, Login, LoginStatus, Offer
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
    Column("expected_status", SmallInteger, nullable=False, comment="What that command comes to"),
    Column("heard_version", BigInteger, nullable=False, comment="Of the account when it was given: newer ones count"),
    instant("command_time"),
    Index("logins_account_idx", "org_id", "account_id"),
)

# By account, and kept of each that identity tells of: what is told before the person's row is written is not lost.
account_states = Table(
    "account_states",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("status", SmallInteger, nullable=False),
    Column("status_version", BigInteger, nullable=False, comment="Of the event that told it; each fact has its own"),
    instant("status_time"),
    instant("lock_expire_time", nullable=True),
    Column("lock_version", BigInteger, nullable=False, server_default="0"),
    Column("activation_id", Uuid),
    instant("activation_expire_time", nullable=True),
    Column("activation_version", BigInteger, nullable=False, server_default="0"),
    instant("last_login_time", nullable=True),
)

login_offers = Table(
    "login_offers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("id", Uuid, nullable=False, comment="Of the latest offer, the only one that counts"),
    Column("email", Text, nullable=False, comment="Where it went"),
    instant("offer_time"),
    instant("expire_time"),
    Column("answer", SmallInteger),
    instant("answer_time", nullable=True),
)

offer_tokens = Table(
    "offer_tokens",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("offer_id", Uuid, nullable=False),
)

# An activation or an offer may have its report before this service knows of it: kept by what it is about.
message_reports = Table(
    "message_reports",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("about_id", Uuid, primary_key=True, comment="The activation or the offer"),
    Column("version", BigInteger, nullable=False),
    Column("problem", Text, nullable=False, comment="Why it did not arrive; empty: nothing of the kind"),
)

_states, _offers = account_states.c, login_offers.c
_is_heard = func.coalesce(_states.status_version, 0) > logins.c.heard_version
_status = case((_is_heard, _states.status), else_=logins.c.expected_status)
_problem_of_activation = message_reports.alias("activation_report")
_problem_of_offer = message_reports.alias("offer_report")

_NEW_LOGIN = ("account_id", "username", "generation", "expected_status", "heard_version", "command_time")
_NEW_OFFER = ("id", "email", "offer_time", "expire_time", "answer", "answer_time")

_LOGIN_COLUMNS: dict[str, ColumnElement[object]] = {
    **{name: logins.c[name] for name in ("account_id", "username", "generation")},
    "status": _status,
    "status_time": case((_is_heard, _states.status_time), else_=logins.c.command_time),
    "heard_version": func.greatest(func.coalesce(_states.status_version, 0), logins.c.heard_version),
    **{name: _states[name] for name in ("lock_expire_time", "activation_expire_time", "last_login_time")},
    "activation_problem": func.coalesce(_problem_of_activation.c.problem, ""),
}
_OFFER_COLUMNS: dict[str, ColumnElement[object]] = {
    **{name: _offers[name] for name in _NEW_OFFER},
    "problem": func.coalesce(_problem_of_offer.c.problem, ""),
}

login_columns: Sequence[ColumnElement[object]] = [
    column.label(f"login_{name}") for name, column in _LOGIN_COLUMNS.items()
]
"""A person's login, to be selected from `with_logins`; `LOGIN` reads it."""
offer_columns: Sequence[ColumnElement[object]] = [
    column.label(f"offer_{name}") for name, column in _OFFER_COLUMNS.items()
]
"""The offer of one, to be selected from `with_offers`; `OFFER` reads it."""
LOGIN: Reader[Login | None] = reader(Login).labelled("login_").unless_null("login_account_id")
OFFER: Reader[Offer | None] = reader(Offer).labelled("offer_").unless_null("offer_id")


def with_logins(people: FromClause, person: FromClause) -> FromClause:
    """The people, each beside their login where there is one; `person` has their `org_id` and `id`."""
    return (
        people.outerjoin(logins, and_(logins.c.org_id == person.c.org_id, logins.c.person_id == person.c.id))
        .outerjoin(account_states, and_(_states.org_id == logins.c.org_id, _states.account_id == logins.c.account_id))
        .outerjoin(_problem_of_activation, _is_about(_problem_of_activation, _states.activation_id))
    )


def with_offers(people: FromClause, person: FromClause) -> FromClause:
    """As `with_logins`, beside their offer as well."""
    return (
        with_logins(people, person)
        .outerjoin(login_offers, and_(_offers.org_id == person.c.org_id, _offers.person_id == person.c.id))
        .outerjoin(_problem_of_offer, _is_about(_problem_of_offer, _offers.id))
    )


def login_is_enabled() -> ColumnElement[bool]:
    """The rule of `is_enabled`, for people from `with_logins` who have a login."""
    return _status != AccountStatus.DISABLED.value


def _is_about(reports: FromClause, about_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return and_(reports.c.org_id == bindparam("org_id", type_=Uuid), reports.c.about_id == about_id)


def login_status() -> ColumnElement[int]:
    """The rule of `KnownLogin.status`, for `with_offers`: the number of a LoginStatus at the parameter `now`."""
    is_locked = _states.lock_expire_time > bindparam("now", type_=INSTANT)
    return case(
        (and_(logins.c.account_id.is_(None), _offers.id.is_(None)), LoginStatus.NONE.value),
        (and_(logins.c.account_id.is_(None), _offers.answer == Answer.NO.value), LoginStatus.DECLINED.value),
        (logins.c.account_id.is_(None), LoginStatus.OFFERED.value),
        (_status == AccountStatus.DISABLED.value, LoginStatus.DISABLED.value),
        (_status == AccountStatus.PENDING_ACTIVATION.value, LoginStatus.ACTIVATION_SENT.value),
        (is_locked, LoginStatus.LOCKED.value),
        else_=LoginStatus.ACTIVE.value,
    )


def can_sign_in(person_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a person has a login that is in use; a lock passes, and changes nothing."""
    is_theirs = and_(_states.org_id == logins.c.org_id, _states.account_id == logins.c.account_id)
    return (
        select(logins.c.account_id)
        .select_from(logins.outerjoin(account_states, is_theirs))
        .where(
            logins.c.org_id == bindparam("org_id", type_=Uuid),
            logins.c.person_id == person_id,
            _status == AccountStatus.ACTIVE.value,
        )
        .exists()
    )


def write_login(target: CTE) -> Insert:
    """The write that keeps the outcome of a command beside its person; `login_params` gives its parameters."""
    return _upsert(target, logins, "login", _NEW_LOGIN, key="account_id")


def write_offer(target: CTE) -> Insert:
    """The write that keeps an offer or its answer."""
    return _upsert(target, login_offers, "offer", _NEW_OFFER, key="id")


def add_offer_token(target: CTE) -> Insert:
    """The write that keeps what the link of a new offer is known by."""
    token_hash = bindparam("offer_token_hash", type_=LargeBinary)
    values = [bindparam("org_id", type_=Uuid), token_hash, _person_id, bindparam("offer_id", type_=Uuid)]
    return insert(offer_tokens).from_select(
        ["org_id", "token_hash", "person_id", "offer_id"],
        select(*values).where(token_hash.cast(LargeBinary).is_not(None), exists().select_from(target)),
    )


_person_id = bindparam("login_person_id", type_=Uuid)


def _upsert(target: CTE, table: Table, prefix: str, columns: Sequence[str], *, key: str) -> Insert:
    """A person's row of the table; sleeps while there is nothing to write."""
    values = [bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in columns]
    is_there = bindparam(f"{prefix}_{key}", type_=Uuid).cast(Uuid).is_not(None)
    new = insert(table).from_select(
        ["org_id", "person_id", *columns],
        select(bindparam("org_id", type_=Uuid), _person_id, *values).where(is_there, exists().select_from(target)),
    )
    return new.on_conflict_do_update(
        index_elements=["org_id", "person_id"], set_={name: new.excluded[name] for name in columns}
    )


def login_params(person_id: UUID, login: Login | None) -> Params:
    """The parameters of `write_login`; None: there is nothing to write."""
    return {
        "login_person_id": person_id,
        "login_account_id": login and login.account_id,
        "login_username": login and login.username,
        "login_generation": login and login.generation,
        "login_expected_status": login and login.status.value,
        "login_heard_version": login and login.heard_version,
        "login_command_time": login and login.status_time,
    }


def offer_params(offer: Offer | None, token_hash: bytes | None) -> Params:
    """The parameters of `write_offer` and `add_offer_token` beside those of `login_params`."""
    return {**{f"offer_{name}": offer and getattr(offer, name) for name in _NEW_OFFER}, "offer_token_hash": token_hash}


_FACTS = {
    "status": ("status", "status_version"),
    "lock": ("lock_expire_time", "lock_version"),
    "activation": ("activation_id", "activation_expire_time", "activation_version"),
}
"""Each fact of an account, with the columns that tell it; the last one says by which version."""
_heard = insert(account_states)


def _latest(fact: str) -> dict[str, ColumnElement[object]]:
    """The new values where this event tells the fact, and no later one has."""
    version = _FACTS[fact][-1]
    is_newer = _heard.excluded[version] > account_states.c[version]
    return {name: case((is_newer, _heard.excluded[name]), else_=account_states.c[name]) for name in _FACTS[fact]}


_is_other = and_(
    _heard.excluded.status_version > account_states.c.status_version, _heard.excluded.status != account_states.c.status
)


HEAR_ACCOUNT = statement(
    _heard.values(
        {column.name: bindparam(column.name, type_=column.type) for column in account_states.c}
    ).on_conflict_do_update(
        index_elements=["org_id", "account_id"],
        set_={
            **{name: column for fact in _FACTS for name, column in _latest(fact).items()},
            "status_time": case((_is_other, _heard.excluded.status_time), else_=account_states.c.status_time),
            "last_login_time": func.greatest(account_states.c.last_login_time, _heard.excluded.last_login_time),
        },
    )
)
"""Keeps what an event tells; in whatever order they come, and however often, the latest word of each fact stays.

The version of a fact that an event does not tell is 0.
"""

_reported = insert(message_reports)
HEAR_MESSAGE = statement(
    _reported.values(
        {column.name: bindparam(column.name, type_=column.type) for column in message_reports.c}
    ).on_conflict_do_update(
        index_elements=["org_id", "about_id"],
        set_={name: _reported.excluded[name] for name in ("version", "problem")},
        where=_reported.excluded.version > message_reports.c.version,
    )
)
"""Keeps the latest report of a message about an activation or an offer."""


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """Which offer a link is of."""

    person_id: UUID
    offer_id: UUID


FIND_OFFER = statement(
    select(offer_tokens.c.person_id, offer_tokens.c.offer_id).where(
        offer_tokens.c.org_id == bindparam("org_id"), offer_tokens.c.token_hash == bindparam("token_hash")
    ),
    into=FoundOffer,
)
