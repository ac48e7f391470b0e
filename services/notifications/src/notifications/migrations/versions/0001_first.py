"""Messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import create_chassis_tables

revision = "first_2026_12"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
EMPTY = sa.text("''")


def upgrade() -> None:
    """Creates the tables."""
    create_chassis_tables(op)
    op.create_table(
        "messages",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("requester", sa.Text, nullable=False, comment="The service that asked; scopes key and reference"),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column(
            "body_hash", sa.LargeBinary, nullable=False, comment="Keyed hash of what was asked, secrets included"
        ),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("channel", sa.SmallInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("values", JSONB, comment="Null once nothing is rendered from them any more"),
        sa.Column("sealed_values", sa.LargeBinary, comment="Only until the message is SENT or given up for good"),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("supersedes", sa.Text, nullable=False),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("not_after", INSTANT),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("failure_reason", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("attempt_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("retry_since", INSTANT, nullable=False, comment="Retries end 24 hours after it"),
        sa.Column("due_time", INSTANT, comment="When a sender may claim it; in SENDING, when the lease runs out"),
        sa.Column("send_time", INSTANT),
        sa.Column("dead_time", INSTANT, comment="When retries ran out: it is a dead letter"),
        sa.Column("dead_reason", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("redrive_time", INSTANT, comment="When the dead letter was put back to work"),
        sa.Column("subject", sa.Text, nullable=False, server_default=EMPTY),
        sa.Column("text", sa.Text, nullable=False, server_default=EMPTY, comment="As sent, secrets masked"),
        sa.Column("segment_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("traceparent", sa.Text),
        sa.PrimaryKeyConstraint("org_id", "id", name="messages_pkey"),
        sa.UniqueConstraint(
            "org_id", "requester", "idempotency_key", name="messages_org_id_requester_idempotency_key_key"
        ),
        # Each message is written three times within seconds: look after the table early.
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.05"},
    )
    op.create_table(
        "organizations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("country", sa.Text, nullable=False, comment="ISO 3166-1: where its text messages may go"),
        sa.PrimaryKeyConstraint("org_id", name="organizations_pkey"),
    )
    op.create_table(
        "withdrawals",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False, comment="What no message may speak of any more"),
        sa.Column("withdraw_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "requester", "reference", name="withdrawals_pkey"),
    )
    _index("messages_due_idx", ["channel", "urgency", "due_time"], where="due_time IS NOT NULL")
    _index("messages_reference_idx", ["org_id", "reference", "id"])
    _index("messages_supersedes_idx", ["org_id", "requester", "supersedes"], where="supersedes <> ''")
    _index("messages_dead_idx", ["org_id", "dead_time", "id"], where="dead_time IS NOT NULL")
    _index("messages_texts_idx", ["org_id", "address", "create_time"], where="channel = 2")
    _index(
        "messages_content_idx",
        ["create_time"],
        where="text <> '' OR values IS NOT NULL OR sealed_values IS NOT NULL",
    )


def _index(name: str, columns: list[str], *, where: str | None = None) -> None:
    op.create_index(name, "messages", columns, postgresql_where=sa.text(where) if where else None)
