"""The table of messages, the statements that read it, and those that forget.

`due_time` is the whole queue: when a message may be claimed, be it for its first attempt, a retry, or because the lease
of a sender that died has run out. It is null once nothing more happens to the message.
"""

from dataclasses import fields
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnClause,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset
from chassis.tables import metadata_with_chassis_tables
from notifications.messages.domain import Message
from notifications.shared.domain import Profile

metadata = metadata_with_chassis_tables()
EMPTY: ColumnClause[str] = literal_column("''", Text)

messages = Table(
    "messages",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("requester", Text, nullable=False, comment="The service that asked; scopes key and reference"),
    Column("idempotency_key", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False, comment="Keyed hash of what was asked, secrets included"),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("channel", SmallInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("values", JSONB(none_as_null=True), comment="Null once nothing is rendered from them any more"),
    Column("sealed_values", LargeBinary, comment="Only until the message is SENT or given up for good"),
    Column("reference", Text, nullable=False),
    Column("supersedes", Text, nullable=False),
    Column("urgency", SmallInteger, nullable=False),
    instant("not_after", nullable=True),
    Column("state", SmallInteger, nullable=False),
    Column("failure_reason", Text, nullable=False, server_default=EMPTY),
    Column("attempt_count", Integer, nullable=False, server_default="0"),
    Column("version", BigInteger, nullable=False),
    instant("create_time"),
    instant("retry_since", comment="Retries end 24 hours after it"),
    instant("due_time", nullable=True, comment="When a sender may claim it; in SENDING, when the lease runs out"),
    instant("send_time", nullable=True),
    instant("dead_time", nullable=True, comment="When retries ran out: it is a dead letter"),
    Column("dead_reason", Text, nullable=False, server_default=EMPTY),
    instant("redrive_time", nullable=True, comment="When the dead letter was put back to work"),
    Column("subject", Text, nullable=False, server_default=EMPTY),
    Column("text", Text, nullable=False, server_default=EMPTY, comment="As sent, secrets masked"),
    Column("segment_count", Integer, nullable=False, server_default="0"),
    Column("traceparent", Text),
    Column("account_id", Uuid, comment="The family's, where the organization is the families' realm"),
    Column("group", Text, nullable=False, server_default=EMPTY, comment="What it is taken back with"),
    UniqueConstraint("org_id", "requester", "idempotency_key"),
)

organizations = Table(
    "organizations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("country", Text, nullable=False, comment="ISO 3166-1: where its text messages may go"),
    Column("time_zone", Text, nullable=False, server_default="UTC", comment="IANA: when it is night there"),
    Column("send_rate", Integer, nullable=False, server_default="3000", comment="Messages in bulk, a minute"),
    *(Column(field.name, Text, nullable=False, server_default=EMPTY) for field in fields(Profile)),
)

links = Table(
    "links",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("guardian_id", Uuid, primary_key=True),
    Column("account_id", Uuid, comment="Null: unlinked"),
    instant("link_time"),
    Column("version", BigInteger, nullable=False, comment="The guardian's"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("requester", Text, primary_key=True),
    Column("reference", Text, primary_key=True, comment="What no message may speak of any more"),
    instant("withdraw_time"),
)

groups = Table(
    "groups",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("requester", Text, primary_key=True),
    Column("group", Text, primary_key=True, comment="Empty, like its requester: all that it sends in bulk"),
    Column("rate", Integer, nullable=False, comment="Messages a minute; 0: as many as the organization"),
    Column("tokens", Double, nullable=False, comment="How many could go out at once at refill_time"),
    instant("refill_time", comment="When it was served last"),
    instant("withdraw_time", nullable=True, comment="Since when no message of it goes out"),
)

Index("links_account_idx", links.c.account_id, links.c.link_time)

_c = messages.c
HAS_CONTENT = or_(_c.text != EMPTY, _c["values"].is_not(None), _c.sealed_values.is_not(None))
"""Whether there is still something to forget."""

IS_BULK = _c.urgency == literal_column("3")  # as the partial index says it
# Two indexes, so that nobody who looks for a few of one queue walks through a whole backlog.
Index(
    "messages_due_idx",
    *(_c.channel, _c.urgency, _c.due_time),
    postgresql_where=and_(_c.urgency < literal_column("3"), _c.due_time.is_not(None)),
)
Index(
    "messages_bulk_idx",
    *(_c.channel, _c.org_id, _c.requester, _c.group, _c.due_time),
    postgresql_where=and_(IS_BULK, _c.due_time.is_not(None)),
)
Index("messages_reference_idx", _c.org_id, _c.reference, _c.id)
# As PostgreSQL knows the index: a parameter in place of a number would make it another expression.
_ABOUT = literal_column("((split_part(reference, '/', 1) || '/') || split_part(reference, '/', 2))", Text)
_HAS_VERSION = literal_column("split_part(reference, '/', 3) <> ''", Boolean)
Index("messages_about_idx", _c.org_id, _ABOUT, _c.id, postgresql_where=_HAS_VERSION)
Index("messages_supersedes_idx", _c.org_id, _c.requester, _c.supersedes, postgresql_where=_c.supersedes != EMPTY)
Index("messages_dead_idx", _c.org_id, _c.dead_time, _c.id, postgresql_where=_c.dead_time.is_not(None))
Index("messages_texts_idx", _c.org_id, _c.address, _c.create_time, postgresql_where=_c.channel == literal_column("2"))
Index("messages_content_idx", _c.create_time, postgresql_where=HAS_CONTENT)

ORG = bindparam("org_id", type_=Uuid())
ID = bindparam("id", type_=Uuid())
NOW = bindparam("now", type_=INSTANT)

_newer, _withdrawn, _group = messages.alias("newer"), withdrawals.c, groups.c
IS_SUPERSEDED = or_(
    exists().where(
        _newer.c.org_id == _c.org_id,
        _newer.c.requester == _c.requester,
        _newer.c.supersedes == _c.reference,
        _newer.c.supersedes != EMPTY,  # lets PostgreSQL use the partial index
    ),
    exists().where(
        _withdrawn.org_id == _c.org_id,
        _withdrawn.requester == _c.requester,
        _withdrawn.reference == _c.reference,
    ),
    exists().where(
        _group.org_id == _c.org_id,
        _group.requester == _c.requester,
        _group.group == _c.group,
        _group.withdraw_time.is_not(None),
    ),
).label("is_superseded")
"""Whether a newer message took its place, or it was withdrawn, itself or with its group."""

_SEEN = [_c[name] for name in Message.__dataclass_fields__]

LOAD_MESSAGE = statement(select(*_SEEN).where(_c.org_id == ORG, _c.id == ID), into=Message)

_page = (
    select(*_SEEN)
    .where(
        _c.org_id == ORG,
        _c.id < bindparam("before", type_=Uuid()),
        _c.state == any_(bindparam("states", type_=ARRAY(SmallInteger))),
    )
    .order_by(_c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
LIST_MESSAGES = statement(_page, into=Message)
_reference = bindparam("reference", type_=Text)
_either = union_all(
    _page.where(_c.reference == _reference).subquery("exact").select(),
    _page.where(_HAS_VERSION, _ABOUT == _reference).subquery("versions").select(),
).subquery("either")
LIST_MESSAGES_ABOUT = statement(
    select(*_either.c).order_by(_either.c.id.desc()).limit(bindparam("limit", type_=Integer)), into=Message
)
"""Those of a reference, and of the ones that begin with it and have one part more: `bookings/<id>` and its versions."""
# Ids are UUIDv7: the newest is the highest.
MESSAGES_BY_AGE: Keyset[Message, tuple[UUID]] = Keyset(first=NEWEST[1:], of=lambda message: (message.id,))

FORGET_CONTENT = statement(
    update(messages)
    .where(
        tuple_(_c.org_id, _c.id).in_(
            select(_c.org_id, _c.id)
            .where(_c.create_time < bindparam("before", type_=INSTANT), HAS_CONTENT, _c.due_time.is_(None))
            .limit(bindparam("limit", type_=Integer))
        )
    )
    .values(subject="", text="", values=null(), sealed_values=null()),
    cross_tenant="Texts are dropped after 30 days, whoever's they are.",
)

FORGET_EXPIRED_SECRETS = statement(
    update(messages)
    .where(_c.dead_time.is_not(None), _c.due_time.is_(None), _c.sealed_values.is_not(None), _c.not_after <= NOW)
    .values(sealed_values=null()),
    cross_tenant="The secret of a dead letter is dropped when it opens nothing any more, whoever's it is.",
)

FORGET_GROUPS = statement(
    delete(groups).where(_group.refill_time < bindparam("before", type_=INSTANT), _group.group != EMPTY),
    cross_tenant="Nothing of a group so old waits, whoever's it is.",
)

FORGET_WITHDRAWALS = statement(
    delete(withdrawals).where(_withdrawn.withdraw_time < bindparam("before", type_=INSTANT)),
    cross_tenant="Nothing older can run again, whoever's it is.",
)
