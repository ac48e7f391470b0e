"""What a family sent in, and all that a change of it writes. Numbers of enumerations are the contract's."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from applications.shared.metadata import metadata
from chassis.columns import instant

BY_BYTES = Text(collation="C")
"""Sorted by its bytes, so that the beginning of a text is a range of the index."""

applications = Table(
    "applications",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("serial", BigInteger, nullable=False, comment="What the number counts; sorts, where the number would not"),
    Column("number", BY_BYTES, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("children", JSONB, nullable=False),
    Column("answers", Text, nullable=False, comment="A JSON object that nothing looks into"),
    instant("create_time"),
    instant("update_time", comment="When it changed last, its guardians apart"),
    Column("update_request", Text, nullable=False, comment="What the family is asked for; empty: nothing"),
    Column("assignee_id", Uuid, comment="Account of who of the staff works on it"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "serial"),
    UniqueConstraint("org_id", "number"),
    ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
)
Index(
    "applications_assignee_idx",
    applications.c.org_id,
    applications.c.assignee_id,
    desc("create_time"),
    desc("id"),
)
Index("applications_newest_idx", applications.c.org_id, desc("create_time"), desc("id"))

guardians = Table(
    "guardians",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False, comment="0: the first"),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False, comment="Empty when unknown"),
    Column("phone", Text, nullable=False, comment="E.164; empty when unknown"),
    Column("preferred_method", SmallInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("account_id", Uuid, comment="Of the link, or of one that was taken away and can come back"),
    Column("account_username", Text),
    instant("link_time", nullable=True),
    instant("unlink_time", nullable=True, comment="Since when the link is no link any more"),
    Column("invitation_id", Uuid, comment="The latest, whatever became of it"),
    instant("offered_until", nullable=True, comment="Until when it can be accepted; null: it was, or there is none"),
    Column("failure_reason", Text, nullable=False, comment="Why its message did not arrive; empty: nothing is known"),
    instant(
        "email_failure_time", nullable=True, comment="When an invitation to the email last failed; null: it did not"
    ),
    instant(
        "phone_failure_time", nullable=True, comment="When an invitation to the phone last failed; null: it did not"
    ),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "application_id", "position"),
    ForeignKeyConstraint(["org_id", "application_id"], ["applications.org_id", "applications.id"]),
    ForeignKeyConstraint(
        ["org_id", "invitation_id"],
        ["invitations.org_id", "invitations.id"],
        name="guardians_invitation_fkey",
        use_alter=True,
    ),
    CheckConstraint("num_nulls(account_id, account_username, link_time) IN (0, 3)", name="link"),
    CheckConstraint("unlink_time IS NULL OR account_id IS NOT NULL", name="unlink"),
    postgresql_with={"fillfactor": "85"},
)
for _contact in (guardians.c.email, guardians.c.phone):
    Index(
        f"guardians_{_contact.name}_idx",
        guardians.c.org_id,
        _contact,
        postgresql_where=text(f"{_contact.name} <> ''"),
    )
LINK_STATE = (
    "CASE WHEN account_id IS NOT NULL AND unlink_time IS NULL THEN 6 WHEN email = '' AND phone = '' THEN 1"
    " WHEN offered_until IS NULL THEN 2 WHEN failure_reason <> '' THEN 5 ELSE 3 END"
)
"""The link state as far as it is no matter of time: INVITED stands for EXPIRED, too. Kept by an index, by no column."""

Index("guardians_link_state_idx", guardians.c.org_id, text(f"({LINK_STATE})"), guardians.c.offered_until)
Index(
    "guardians_account_idx",
    guardians.c.account_id,
    postgresql_where=text("account_id IS NOT NULL AND unlink_time IS NULL"),
)

family_names = Table(
    "family_names",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("guardian_id", Uuid, primary_key=True),
    Column("application_id", Uuid, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("plain", BY_BYTES, nullable=False, comment="What a list by name is sorted by"),
    Column("spellings", Text, nullable=False, server_default="", comment="Words of all names, alone and run together"),
    Column("search_keys", ARRAY(Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"),
    ForeignKeyConstraint(["org_id", "guardian_id"], ["guardians.org_id", "guardians.id"]),
    comment="Apart from guardians, which change often: this index is dear to write",
)
Index("family_names_keys_idx", family_names.c.org_id, family_names.c.search_keys, postgresql_using="gin")
Index(
    "family_names_second_idx",
    family_names.c.org_id,
    family_names.c.plain,
    postgresql_where=text("position > 0"),
)
Index("family_names_application_idx", family_names.c.org_id, family_names.c.application_id)
Index(
    "family_names_sorted_idx",
    family_names.c.org_id,
    family_names.c.plain,
    family_names.c.application_id,
    postgresql_where=text("position = 0"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("application_id", Uuid, nullable=False),
    Column("guardian_id", Uuid, nullable=False),
    Column("method", SmallInteger, nullable=False),
    Column("contact", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("by_family", Boolean, nullable=False, comment="The family asked for it itself"),
    instant("create_time"),
    instant("expire_time"),
    Column(
        "outcome", SmallInteger, comment="1 accepted, 2 revoked, 3 replaced, 4 contact changed; null: at most expired"
    ),
    instant("end_time", nullable=True),
    instant("fetch_time", nullable=True, comment="When its link was fetched first, by whatever"),
    instant("open_time", nullable=True, comment="When a person acted on it first"),
    Column("mismatches", SmallInteger, nullable=False, server_default="0", comment="Wrong numbers with its code"),
    Column("message_version", BigInteger, nullable=False, server_default="0", comment="The newest report known"),
    Column("message_state", SmallInteger, nullable=False, server_default="0", comment="In a batch: what it says"),
    Column("batch_id", Uuid, comment="The batch that sent it; null: none"),
    Column("batch_position", Integer, comment="Of its row in that batch"),
    UniqueConstraint("org_id", "token_hash"),
    ForeignKeyConstraint(["org_id", "guardian_id"], ["guardians.org_id", "guardians.id"]),
    CheckConstraint("num_nulls(outcome, end_time) IN (0, 2)", name="outcome"),
    postgresql_with={"fillfactor": "85"},
)
Index("invitations_code_idx", invitations.c.code_hash)
Index("invitations_application_idx", invitations.c.org_id, invitations.c.application_id)
Index(
    "invitations_open_idx",
    invitations.c.org_id,
    invitations.c.guardian_id,
    unique=True,
    postgresql_where=text("end_time IS NULL"),
)

DELIVERY = (
    "CASE WHEN outcome = 1 THEN 6 WHEN open_time IS NOT NULL THEN 5 WHEN message_state = 8 THEN 4"
    " WHEN message_state >= 6 THEN 3 WHEN message_state = 5 THEN 1 WHEN message_state >= 3 THEN 2 ELSE 1 END"
)
"""What became of an invitation of a batch: what a person did with it first, then the state of its message."""

Index(
    "invitations_delivery_idx",
    invitations.c.org_id,
    invitations.c.batch_id,
    text(f"({DELIVERY})"),
    invitations.c.batch_position,
    postgresql_where=text("batch_id IS NOT NULL"),
)

Index(
    "invitations_waiting_idx",
    invitations.c.org_id,
    invitations.c.create_time,
    postgresql_where=text("end_time IS NULL"),
)
Index(
    "invitations_asked_idx",
    invitations.c.org_id,
    invitations.c.create_time,
    postgresql_where=text("by_family"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("application_id", Uuid, primary_key=True),
    instant("event_time", primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("guardian_id", Uuid, comment="Null: it is about the application"),
    Column("actor_id", Uuid),
    Column("method", SmallInteger),
    Column("detail", Text, nullable=False, comment="A masked contact, the words of a provider or of staff, or empty"),
    Column("invitation_id", Uuid, comment="The invitation that it is about, or whose message; null: none"),
    ForeignKeyConstraint(["org_id", "application_id"], ["applications.org_id", "applications.id"]),
)

unlink_notices = Table(
    "unlink_notices",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("guardian_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("username", Text, nullable=False, comment="Whom to tell"),
    instant("due_time", nullable=True, comment="When the unlink can no longer be undone; null: its batch will say"),
    instant("send_time", nullable=True),
    Column("batch_id", Uuid, comment="The batch that took the link away; null: none"),
    ForeignKeyConstraint(["org_id", "guardian_id"], ["guardians.org_id", "guardians.id"]),
)
Index("unlink_notices_due_idx", unlink_notices.c.due_time, postgresql_where=text("send_time IS NULL"))
Index(
    "unlink_notices_batch_idx",
    unlink_notices.c.org_id,
    unlink_notices.c.batch_id,
    postgresql_where=text("due_time IS NULL"),
)
Index("unlink_notices_guardian_idx", unlink_notices.c.org_id, unlink_notices.c.guardian_id)
