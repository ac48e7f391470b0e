"""Statements that store what is asked for, one message or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    SmallInteger,
    Text,
    Update,
    any_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.columns import INSTANT
from chassis.db import statement
from chassis.saves import save
from notifications.messages.domain import SUPERSEDED, CancelledMessage, State
from notifications.messages.storage import (
    IS_BULK,
    NOW,
    ORG,
    groups,
    links,
    messages,
    organizations,
    withdrawals,
)
from notifications.requests.domain import SentTexts
from notifications.shared.domain import Profile, Request

_c = messages.c
_GIVEN = (
    *(name for name in Request.__dataclass_fields__ if name in _c),
    "id",
    "body_hash",
    "template_version",
    "state",
    "failure_reason",
    "version",
    "create_time",
    "retry_since",
    "due_time",
    "traceparent",
)
_KEY = [_c.org_id, _c.requester, _c.idempotency_key]


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that are sent in bulk and taken back together."""

    group: str
    withdraw_time: datetime | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """The message that has an idempotency key, and the keyed hash of what was asked with it."""

    id: UUID
    idempotency_key: str
    body_hash: bytes


def _wake_superseded(stored: CTE) -> Update:
    """What waits for a retry is due now: the sender that claims it finds that it is superseded, and cancels it."""
    return (
        update(messages)
        .where(
            _c.org_id == ORG,
            _c.requester == bindparam("requester"),
            _c.reference == bindparam("supersedes"),
            _c.state == State.TEMPORARY_FAILURE,
            exists().select_from(stored),
        )
        .values(due_time=bindparam("due_time"))
    )


STORE_MESSAGE = save(
    insert(messages)
    .values(org_id=ORG, **{name: bindparam(name, type_=_c[name].type) for name in _GIVEN})
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(_c.id),
    _wake_superseded,
)

_asked = (
    func.unnest(*(bindparam(f"asked_{name}", type_=ARRAY(_c[name].type)) for name in _GIVEN))
    .table_valued(*(column(name, _c[name].type) for name in _GIVEN))
    .render_derived(name="asked")
)
STORE_MESSAGES = statement(
    insert(messages)
    .from_select(["org_id", *_GIVEN], select(ORG, *_asked.c))
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(_c.id),
    into=UUID,
)
"""Stores many; the ids of those whose key was free."""


def asked_params(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """The parameters of `STORE_MESSAGES` for these rows."""
    return {f"asked_{name}": [row[name] for row in rows] for name in _GIVEN}


WAKE_SUPERSEDED = statement(
    update(messages)
    .where(
        _c.org_id == ORG,
        _c.requester == bindparam("requester"),
        _c.reference == any_(bindparam("superseded", type_=ARRAY(Text))),
        _c.state == State.TEMPORARY_FAILURE,
    )
    .values(due_time=NOW)
)

ADD_GROUPS = statement(
    insert(groups)
    .from_select(
        ["org_id", "requester", "group", "rate", "tokens", "refill_time"],
        select(
            ORG,
            *func.unnest(
                bindparam("requesters", type_=ARRAY(Text)),
                bindparam("groups", type_=ARRAY(Text)),
                bindparam("rates", type_=ARRAY(Integer)),
            )
            .table_valued(column("requester", Text), column("group", Text), column("rate", Integer))
            .render_derived(name="added")
            .c,
            literal_column("1e6"),  # full: what a minute's rate allows at once is less
            NOW,
        ),
    )
    .on_conflict_do_nothing()
)
"""What is sent in bulk, so that the senders find its rate; the first rate of a group is its rate."""

_g = groups.c
_of_group = (_g.org_id == ORG, _g.requester == bindparam("requester"))
LOCK_GROUPS = statement(
    select(_g.group, _g.withdraw_time)
    .where(*_of_group, _g.group == any_(bindparam("groups", type_=ARRAY(Text))))
    .order_by(_g.group)
    .with_for_update(read=True, key_share=True),
    into=Group,
)
"""The groups, which nobody withdraws before the transaction that stores more of them has ended."""

_locked = select(_g.org_id, _g.requester, _g.group).where(*_of_group, _g.group == bindparam("group")).with_for_update()
_locked_group = _locked.cte("locked")
WITHDRAW_GROUP = statement(
    update(groups)
    .where(
        _g.org_id == _locked_group.c.org_id,
        _g.requester == _locked_group.c.requester,
        _g.group == _locked_group.c.group,
    )
    .values(withdraw_time=func.coalesce(_g.withdraw_time, NOW), refill_time=NOW)
)
"""Waits until what is being stored of it is there."""

_waiting = (
    select(_c.org_id, _c.id)
    .where(
        _c.channel == any_(bindparam("channels", type_=ARRAY(SmallInteger))),
        _c.org_id == ORG,
        _c.requester == bindparam("requester"),
        _c.group == bindparam("group"),
        IS_BULK,
        _c.due_time.is_not(None),
        _c.state != State.SENDING,
    )
    .limit(bindparam("limit", type_=Integer))
    .with_for_update()
    .cte("waiting")
)
CANCEL_WAITING = statement(
    update(messages)
    .where(_c.org_id == _waiting.c.org_id, _c.id == _waiting.c.id)
    .values(
        state=State.CANCELLED,
        failure_reason=SUPERSEDED,
        due_time=null(),
        values=null(),
        sealed_values=null(),
        version=_c.version + 1,
    )
    .returning(*(_c[field.name] for field in fields(CancelledMessage))),
    into=CancelledMessage,
)
"""Cancels so many of a group that no sender holds; one that is being claimed in this moment is the sender's."""


def _wake_withdrawn(withdrawal: CTE) -> Update:
    """What waits is due now: the sender that claims it cancels it."""
    return (
        update(messages)
        .where(
            _c.org_id == ORG,
            _c.requester == bindparam("requester"),
            _c.reference == bindparam("reference"),
            _c.state == State.TEMPORARY_FAILURE,
            _c.due_time.is_not(None),
            exists().select_from(withdrawal),
        )
        .values(due_time=bindparam("withdraw_time"))
    )


STORE_WITHDRAWAL = save(
    insert(withdrawals)
    .values(org_id=ORG, **{name: bindparam(name) for name in ("requester", "reference", "withdraw_time")})
    .on_conflict_do_nothing()
    .returning(*withdrawals.c),
    _wake_withdrawn,
)

_KNOWN = ("country", "time_zone", "send_rate", *(field.name for field in fields(Profile)))
_new_organization = insert(organizations).values(org_id=ORG, **{name: bindparam(name) for name in _KNOWN})
UPSERT_ORGANIZATION = statement(
    _new_organization.on_conflict_do_update(
        index_elements=[organizations.c.org_id], set_={name: _new_organization.excluded[name] for name in _KNOWN}
    )
)

_new_link = insert(links).values(
    org_id=ORG,
    **{column.name: bindparam(column.name, type_=column.type) for column in links.c if column.name != "org_id"},
)
UPSERT_LINK = statement(
    _new_link.on_conflict_do_update(
        index_elements=[links.c.org_id, links.c.guardian_id],
        set_={name: _new_link.excluded[name] for name in ("account_id", "link_time", "version")},
        where=links.c.version < _new_link.excluded.version,
    )
)
"""Which account holds a guardian, unless something newer is known; None for nobody."""

_own = organizations.alias("own")
_countries = func.array(
    select(organizations.c.country)
    .distinct()
    .where(or_(organizations.c.org_id == ORG, ~exists().where(_own.c.org_id == ORG)))
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_addresses, _references = (bindparam(name, type_=ARRAY(Text)) for name in ("addresses", "references"))
_text = (
    func.unnest(_addresses, _references)
    .table_valued(column("address", Text), column("reference", Text), with_ordinality="number")
    .render_derived(name="text")
)
_counted = (
    _c.org_id == ORG,
    _c.channel == literal_column("2"),  # as the partial index says it
    _c.create_time > bindparam("day_since", type_=INSTANT),
    _c.state != State.CANCELLED,
    _c.state != State.PERMANENT_FAILURE,
    _c.state != State.SUPPRESSED,
)
_to_phone = (
    select(
        _c.address,
        func.count().filter(_c.create_time > bindparam("burst_since", type_=INSTANT)).label("in_burst"),
        func.count().label("in_day"),
    )
    .where(_c.address == any_(_addresses), *_counted)
    .group_by(_c.address)
    .subquery("to_phone")
)
_about = (
    select(_c.reference, func.count().label("about"))
    .where(_c.reference == any_(_references), *_counted)
    .group_by(_c.reference)
    .subquery("about")
)
COUNT_TEXTS = statement(
    select(
        func.coalesce(_to_phone.c.in_burst, 0).label("in_burst"),
        func.coalesce(_to_phone.c.in_day, 0).label("in_day"),
        func.coalesce(_about.c.about, 0).label("about"),
        _countries.label("countries"),
    )
    .select_from(
        _text.outerjoin(_to_phone, _to_phone.c.address == _text.c.address).outerjoin(
            _about, _about.c.reference == _text.c.reference
        )
    )
    .order_by(_text.c.number),
    into=SentTexts,
    cross_tenant="Families, whose realm has no country, belong to the organizations of all countries.",
)
"""What was sent to each phone and about each reference (what was never taken does not count), and where it may go."""

_of_organization = {field.name: organizations.c[field.name] for field in fields(Profile)}
LOAD_PROFILE = statement(select(*_of_organization.values()).where(organizations.c.org_id == ORG), into=Profile)
LOAD_TIME_ZONE = statement(select(organizations.c.time_zone).where(organizations.c.org_id == ORG), into=str)

LOAD_STORED_MESSAGES = statement(
    select(_c.id, _c.idempotency_key, _c.body_hash).where(
        _c.org_id == ORG,
        _c.requester == bindparam("requester"),
        _c.idempotency_key == any_(bindparam("keys", type_=ARRAY(Text))),
    ),
    into=StoredMessage,
)
