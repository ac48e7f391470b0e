"""Organizations, applications, guardians, invitations, the timeline, notices of unlinks, and attempts at codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.tables import create_chassis_tables

revision = "first_2026_13"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
BY_BYTES = sa.Text(collation="C")
OFTEN_CHANGED = {"fillfactor": "85"}


def upgrade() -> None:
    """Creates the tables."""
    # The owner of a database may install it: PostgreSQL trusts it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    create_chassis_tables(op)
    _organizations()
    _applications()
    _guardians()
    _family_names()
    _invitations()
    _timeline()
    _unlink_notices()
    _code_attempts()


def _organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column(
            "invite_days", sa.SmallInteger, nullable=False, server_default="14", comment="How long invitations live"
        ),
        sa.Column(
            "last_serial",
            sa.BigInteger,
            nullable=False,
            server_default="0",
            comment="Of the newest application number",
        ),
        sa.PrimaryKeyConstraint("org_id", name="organizations_pkey"),
        sa.CheckConstraint("invite_days BETWEEN 1 AND 30", name="organizations_invite_days_check"),
        # One number more is written here with each application: room for it on the same page.
        postgresql_with={"fillfactor": "50"},
    )


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column(
            "serial",
            sa.BigInteger,
            nullable=False,
            comment="What the number counts; sorts, where the number would not",
        ),
        sa.Column("number", BY_BYTES, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("children", JSONB, nullable=False),
        sa.Column("answers", sa.Text, nullable=False, comment="A JSON object that nothing looks into"),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("update_time", INSTANT, nullable=False, comment="When it changed last, its guardians apart"),
        sa.Column("update_request", sa.Text, nullable=False, comment="What the family is asked for; empty: nothing"),
        sa.Column("assignee_id", sa.Uuid, comment="Account of who of the staff works on it"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="applications_pkey"),
        sa.UniqueConstraint("org_id", "serial", name="applications_org_id_serial_key"),
        sa.UniqueConstraint("org_id", "number", name="applications_org_id_number_key"),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.org_id"], name="applications_org_id_fkey"),
    )
    op.create_index(
        "applications_assignee_idx",
        "applications",
        ["org_id", "assignee_id", sa.text("create_time DESC"), sa.text("id DESC")],
    )
    op.create_index(
        "applications_newest_idx", "applications", ["org_id", sa.text("create_time DESC"), sa.text("id DESC")]
    )


def _guardians() -> None:
    op.create_table(
        "guardians",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False, comment="0: the first"),
        sa.Column("given_name", sa.Text, nullable=False),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False, comment="Empty when unknown"),
        sa.Column("phone", sa.Text, nullable=False, comment="E.164; empty when unknown"),
        sa.Column("preferred_method", sa.SmallInteger, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, comment="Of the link, or of one that was taken away and can come back"),
        sa.Column("account_username", sa.Text),
        sa.Column("link_time", INSTANT),
        sa.Column("unlink_time", INSTANT, comment="Since when the link is no link any more"),
        sa.Column("invitation_id", sa.Uuid, comment="The latest, whatever became of it"),
        sa.Column("offered_until", INSTANT, comment="Until when it can be accepted; null: it was, or there is none"),
        sa.Column(
            "failure_reason",
            sa.Text,
            nullable=False,
            comment="Why its message did not arrive; empty: nothing is known",
        ),
        sa.Column("update_time", INSTANT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="guardians_pkey"),
        sa.UniqueConstraint(
            "org_id", "application_id", "position", name="guardians_org_id_application_id_position_key"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "application_id"],
            ["applications.org_id", "applications.id"],
            name="guardians_org_id_application_id_fkey",
        ),
        sa.CheckConstraint("num_nulls(account_id, account_username, link_time) IN (0, 3)", name="guardians_link_check"),
        sa.CheckConstraint("unlink_time IS NULL OR account_id IS NOT NULL", name="guardians_unlink_check"),
        postgresql_with=OFTEN_CHANGED,
    )
    link_state = (
        "CASE WHEN account_id IS NOT NULL AND unlink_time IS NULL THEN 6 WHEN email = '' AND phone = '' THEN 1"
        " WHEN offered_until IS NULL THEN 2 WHEN failure_reason <> '' THEN 5 ELSE 3 END"
    )
    op.create_index("guardians_link_state_idx", "guardians", ["org_id", sa.text(f"({link_state})"), "offered_until"])
    op.create_index(
        "guardians_account_idx",
        "guardians",
        ["account_id"],
        postgresql_where=sa.text("account_id IS NOT NULL AND unlink_time IS NULL"),
    )


def _family_names() -> None:
    op.create_table(
        "family_names",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("plain", BY_BYTES, nullable=False, comment="The form in which names are compared and sorted"),
        sa.Column(
            "search_keys", ARRAY(sa.Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"
        ),
        sa.PrimaryKeyConstraint("org_id", "guardian_id", name="family_names_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "guardian_id"],
            ["guardians.org_id", "guardians.id"],
            name="family_names_org_id_guardian_id_fkey",
        ),
        comment="Apart from guardians, which change often: this index is dear to write",
    )
    op.create_index("family_names_keys_idx", "family_names", ["org_id", "search_keys"], postgresql_using="gin")
    op.create_index("family_names_application_idx", "family_names", ["org_id", "application_id"])
    op.create_index(
        "family_names_sorted_idx",
        "family_names",
        ["org_id", "plain", "application_id"],
        postgresql_where=sa.text("position = 0"),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.SmallInteger, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("by_family", sa.Boolean, nullable=False, comment="The family asked for it itself"),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.Column("outcome", sa.SmallInteger, comment="1 accepted, 2 revoked, 3 replaced; null: at most expired"),
        sa.Column("end_time", INSTANT),
        sa.Column("fetch_time", INSTANT, comment="When its link was fetched first, by whatever"),
        sa.Column("open_time", INSTANT, comment="When a person acted on it first"),
        sa.Column(
            "mismatches", sa.SmallInteger, nullable=False, server_default="0", comment="Wrong numbers with its code"
        ),
        sa.Column(
            "message_version", sa.BigInteger, nullable=False, server_default="0", comment="The newest report known"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="invitations_pkey"),
        sa.UniqueConstraint("org_id", "token_hash", name="invitations_org_id_token_hash_key"),
        sa.ForeignKeyConstraint(
            ["org_id", "guardian_id"],
            ["guardians.org_id", "guardians.id"],
            name="invitations_org_id_guardian_id_fkey",
        ),
        sa.CheckConstraint("num_nulls(outcome, end_time) IN (0, 2)", name="invitations_outcome_check"),
        postgresql_with=OFTEN_CHANGED,
    )
    op.create_index("invitations_code_idx", "invitations", ["code_hash"])
    op.create_index("invitations_application_idx", "invitations", ["org_id", "application_id"])
    op.create_index(
        "invitations_open_idx",
        "invitations",
        ["org_id", "guardian_id"],
        unique=True,
        postgresql_where=sa.text("end_time IS NULL"),
    )
    op.create_foreign_key(
        "guardians_invitation_fkey", "guardians", "invitations", ["org_id", "invitation_id"], ["org_id", "id"]
    )


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("event_time", INSTANT, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("guardian_id", sa.Uuid, comment="Null: it is about the application"),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("method", sa.SmallInteger),
        sa.Column(
            "detail", sa.Text, nullable=False, comment="A masked contact, the words of a provider or of staff, or empty"
        ),
        sa.PrimaryKeyConstraint("org_id", "application_id", "event_time", "id", name="timeline_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "application_id"],
            ["applications.org_id", "applications.id"],
            name="timeline_org_id_application_id_fkey",
        ),
    )


def _unlink_notices() -> None:
    op.create_table(
        "unlink_notices",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("username", sa.Text, nullable=False, comment="Whom to tell"),
        sa.Column("due_time", INSTANT, nullable=False, comment="When the unlink can no longer be undone"),
        sa.Column("send_time", INSTANT),
        sa.PrimaryKeyConstraint("org_id", "id", name="unlink_notices_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "guardian_id"],
            ["guardians.org_id", "guardians.id"],
            name="unlink_notices_org_id_guardian_id_fkey",
        ),
    )
    op.create_index(
        "unlink_notices_due_idx", "unlink_notices", ["due_time"], postgresql_where=sa.text("send_time IS NULL")
    )
    op.create_index("unlink_notices_guardian_idx", "unlink_notices", ["org_id", "guardian_id"])


def _code_attempts() -> None:
    op.create_table(
        "code_attempts",
        sa.Column(
            "org_id", sa.Uuid, nullable=False, comment="The families' realm: an unknown code names no organization"
        ),
        sa.Column("origin_hash", sa.LargeBinary, nullable=False, comment="Of an address, or of its neighbourhood"),
        sa.Column("times", ARRAY(INSTANT), nullable=False, comment="Of the tries that counted within the last hour"),
        sa.Column("earlier", sa.SmallInteger, nullable=False, comment="How many of them the latest try found"),
        sa.Column("last_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "origin_hash", name="code_attempts_pkey"),
    )
    op.create_index("code_attempts_last_idx", "code_attempts", ["last_time"])
