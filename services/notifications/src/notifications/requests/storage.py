"""Statements that store what is asked for."""

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import ARRAY, CTE, Text, Update, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.columns import INSTANT
from chassis.db import statement
from chassis.saves import save
from notifications.messages.domain import State
from notifications.messages.storage import ORG, links, messages, organizations, withdrawals
from notifications.requests.domain import SentTexts
from notifications.shared.domain import Profile, Request

_c = messages.c
_GIVEN = (
    *Request.__dataclass_fields__,
    "id",
    "body_hash",
    "template_version",
    "state",
    "version",
    "create_time",
    "retry_since",
    "due_time",
    "traceparent",
)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """The message that has an idempotency key, and the keyed hash of what was asked with it."""

    id: UUID
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
    .on_conflict_do_nothing(index_elements=[_c.org_id, _c.requester, _c.idempotency_key])
    .returning(_c.id),
    _wake_superseded,
)


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

_KNOWN = ("country", *(field.name for field in fields(Profile)))
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
_phone = _c.address == bindparam("address")
COUNT_TEXTS = statement(
    select(
        func.count().filter(_phone, _c.create_time > bindparam("burst_since", type_=INSTANT)).label("in_burst"),
        func.count().filter(_phone).label("in_day"),
        func.count().filter(_c.reference == bindparam("reference")).label("about"),
        _countries.label("countries"),
    ).where(
        _c.org_id == ORG,
        _c.channel == literal_column("2"),  # as the partial index says it
        _c.create_time > bindparam("day_since", type_=INSTANT),
        or_(_phone, _c.reference == bindparam("reference")),
        _c.state != State.CANCELLED,
        _c.state != State.PERMANENT_FAILURE,
        _c.state != State.SUPPRESSED,
    ),
    into=SentTexts,
    cross_tenant="Families, whose realm has no country, belong to the organizations of all countries.",
)
"""What was sent to a phone, and about a reference (what was never taken does not count), and to where it may go."""

LOAD_STORED_MESSAGE = statement(
    select(_c.id, _c.body_hash).where(
        _c.org_id == ORG, _c.requester == bindparam("requester"), _c.idempotency_key == bindparam("idempotency_key")
    ),
    into=StoredMessage,
)
