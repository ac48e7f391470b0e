"""Batches with their chunks and rows, and what an invitation of a batch knows of its message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.migrations import create_index_concurrently

revision = "batches"
down_revision = "search_entries"

INSTANT = sa.DateTime(timezone=True)
DELIVERY = (
    "CASE WHEN outcome = 1 THEN 6 WHEN open_time IS NOT NULL THEN 5 WHEN message_state = 8 THEN 4"
    " WHEN message_state >= 6 THEN 3 WHEN message_state = 5 THEN 1 WHEN message_state >= 3 THEN 2 ELSE 1 END"
)


def upgrade() -> None:
    """Adds tables, and columns with a default; the release before writes without them."""
    _attention()
    op.add_column(
        "organizations",
        sa.Column("send_rate", sa.Integer, nullable=False, server_default="3000", comment="Messages in bulk, a minute"),
    )
    op.add_column(
        "invitations",
        sa.Column(
            "message_state", sa.SmallInteger, nullable=False, server_default="0", comment="In a batch: what it says"
        ),
    )
    op.add_column("invitations", sa.Column("batch_id", sa.Uuid, comment="The batch that sent it; null: none"))
    op.add_column("invitations", sa.Column("batch_position", sa.Integer, comment="Of its row in that batch"))
    op.create_index(
        "invitations_delivery_idx",
        "invitations",
        ["org_id", "batch_id", sa.text(f"({DELIVERY})"), "batch_position"],
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    _notices()
    _batches()
    _chunks()
    _rows()


def _attention() -> None:
    """Which invitations wait for long, and which a family asked for."""
    for name, where in (("waiting", "end_time IS NULL"), ("asked", "by_family")):
        create_index_concurrently(
            f"invitations_{name}_idx", "invitations", ["org_id", "create_time"], where=sa.text(where)
        )


def _notices() -> None:
    """Of a batch they fall due together; the release before reads none without a time."""
    op.alter_column(
        "unlink_notices",
        "due_time",
        nullable=True,
        comment="When the unlink can no longer be undone; null: its batch will say",
        existing_comment="When the unlink can no longer be undone",
    )
    op.add_column(
        "unlink_notices", sa.Column("batch_id", sa.Uuid, comment="The batch that took the link away; null: none")
    )
    op.create_index(
        "unlink_notices_batch_idx",
        "unlink_notices",
        ["org_id", "batch_id"],
        postgresql_where=sa.text("due_time IS NULL"),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("method", sa.SmallInteger, comment="Null: each guardian's preferred one"),
        sa.Column("reissue_live", sa.Boolean, nullable=False),
        sa.Column("all_guardians", sa.Boolean, nullable=False),
        sa.Column("expire_days", sa.SmallInteger, comment="Null: as the organization says"),
        sa.Column("send_rate", sa.Integer, nullable=False, comment="Messages a minute"),
        sa.Column("unlink_reason", sa.SmallInteger),
        sa.Column("source_id", sa.Uuid, comment="The batch whose rows it takes up again"),
        sa.Column("selection", JSONB(none_as_null=True), comment="Whom it is about; null once its chunks say it"),
        sa.Column("creator_id", sa.Uuid, nullable=False),
        sa.Column("starter_id", sa.Uuid, comment="Who started it first"),
        sa.Column("ender_id", sa.Uuid, comment="Who cancelled, undid or revoked it last"),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("repeated_count", sa.Integer, nullable=False, comment="Ids that were given before"),
        sa.Column("chunk_count", sa.Integer, nullable=False),
        sa.Column("accepted_count", sa.Integer, nullable=False, comment="Messages that notifications has answered for"),
        sa.Column("reported_count", sa.Integer, nullable=False, comment="Messages that were sent or given up"),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("preview_time", INSTANT, comment="When the last row was decided"),
        sa.Column("start_time", INSTANT, comment="When it shall begin"),
        sa.Column("run_time", INSTANT, comment="When it began"),
        sa.Column("end_time", INSTANT),
        sa.Column("undo_expire_time", INSTANT),
        sa.Column(
            "counts", JSONB(none_as_null=True), comment="Rows by outcome, once its chunks are gone; null: they say it"
        ),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id"),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.org_id"]),
    )
    op.create_index("batches_newest_idx", "batches", ["org_id", sa.text("create_time DESC"), sa.text("id DESC")])
    op.create_index(
        "batches_working_idx", "batches", ["state"], postgresql_where=sa.text("state IN (1, 4, 5, 7, 10, 12)")
    )
    op.create_table(
        "batch_turns",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("turn_time", INSTANT, nullable=False, comment="When a worker last took a chunk of it"),
        sa.PrimaryKeyConstraint("org_id"),
        comment="Organizations take turns: the one that has waited longest is next",
    )


def _chunks() -> None:
    op.create_table(
        "batch_chunks",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, comment="From 0; its rows begin at 1,000 times that"),
        sa.Column("phase", sa.SmallInteger, nullable=False),
        sa.Column("guardian_ids", ARRAY(sa.Uuid), nullable=False, comment="In the order of their rows"),
        sa.Column("pass_count", sa.SmallInteger, nullable=False, comment="How often its rows were tried in this phase"),
        sa.Column("counts", JSONB, nullable=False, comment="Rows by outcome"),
        sa.Column("messages", JSONB, nullable=False, comment="What its messages are: emails, texts, segments, …"),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "number"),
        sa.ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
    )
    op.create_index("batch_chunks_phase_idx", "batch_chunks", ["org_id", "batch_id", "phase"])


def _rows() -> None:
    op.create_table(
        "batch_rows",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("outcome", sa.SmallInteger, nullable=False),
        sa.Column("method", sa.SmallInteger),
        sa.Column("contact_hash", sa.LargeBinary, comment="Keyed; of the contact that the preview has shown"),
        sa.Column("turn", sa.SmallInteger, nullable=False, comment="How many rows before it have the same contact"),
        sa.Column("reason", sa.Text, nullable=False, comment="Why it failed; empty: it did not"),
        sa.Column("changed_outcome", sa.SmallInteger, comment="What it would be now"),
        sa.Column("duplicate_of", sa.Uuid, comment="Application whose row has the same contact"),
        sa.Column("invitation_id", sa.Uuid),
        sa.Column("unlink_time", INSTANT, comment="Of the link that it took away: only that one is given back"),
        sa.Column(
            "failed_before", sa.Boolean, nullable=False, comment="An invitation did not reach its contact before"
        ),
        sa.Column(
            "suggested_domain", sa.Text, nullable=False, comment="What a mistyped address was meant to be; or empty"
        ),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "position"),
        sa.ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
        postgresql_with={"fillfactor": "85"},
        comment="Ids only: no name and no contact",
    )
    op.create_index("batch_rows_guardian_idx", "batch_rows", ["org_id", "batch_id", "guardian_id"])
    op.create_index("batch_rows_outcome_idx", "batch_rows", ["org_id", "batch_id", "outcome", "position"])
    op.create_index(
        "batch_rows_contact_idx",
        "batch_rows",
        ["org_id", "batch_id", "contact_hash"],
        postgresql_where=sa.text("contact_hash IS NOT NULL"),
    )
