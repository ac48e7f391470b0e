"""Reports of bookings, and the log of downloads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "reports_2026_12"
down_revision = "paperwork_2026_12"


def upgrade() -> None:
    """Adds tables, and columns that the release before leaves as they are."""
    _create_reports()
    _create_downloads()
    for name in ("reports_in_check", "reports_in_quarantine"):
        op.add_column("bookings", sa.Column(name, sa.Integer, nullable=False, server_default="0"))


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("booking_id", sa.Uuid, nullable=False),
        sa.Column("report_version", sa.Integer, nullable=False),
        sa.Column("replaces_version", sa.Integer, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("file_kind", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("filed_as", sa.SmallInteger, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("scanner", sa.Text, nullable=False),
        sa.Column("filer_name", sa.Text, nullable=False),
        sa.Column("withdraw_reason", sa.Text, nullable=False),
        sa.Column("recipients", JSONB, nullable=False, comment="Who is to read it, as they were called then"),
        sa.Column("recipient_ids", ARRAY(sa.Uuid), nullable=False, comment="The case managers among the recipients"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("blob_key", sa.Text, nullable=False, comment="Where the bytes are in the blob store"),
        sa.Column("state_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.SmallInteger),
        sa.Column("scan_time", sa.DateTime(timezone=True)),
        sa.Column("scan_attempts", sa.Integer, nullable=False),
        sa.Column("next_scan_time", sa.DateTime(timezone=True)),
        sa.Column("filed_by", sa.Uuid),
        sa.Column("file_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdraw_time", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="reports_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "booking_id"], ["bookings.org_id", "bookings.id"], name="reports_org_id_booking_id_fkey"
        ),
    )
    op.create_index("reports_booking_key", "reports", ["org_id", "booking_id", "report_version"], unique=True)
    op.create_index("reports_file_idx", "reports", ["org_id", "file_time", "id"])
    op.create_index("reports_recipients_idx", "reports", ["recipient_ids"], postgresql_using="gin")
    op.create_index("reports_blob_key_key", "reports", ["blob_key"], unique=True)
    op.create_index(
        "reports_scan_idx",
        "reports",
        ["next_scan_time", "id"],
        postgresql_where=sa.text("next_scan_time IS NOT NULL"),
    )


def _create_downloads() -> None:
    op.create_table(
        "downloads",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False, comment="Of the row of paperwork or of a report, by kind"),
        sa.Column("booking_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, comment="Of who got it"),
        sa.Column("actor", sa.SmallInteger, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False, comment="Of a case manager or a specialist, as it was then"),
        sa.Column("address", sa.Text, nullable=False, comment="Where the call came from"),
        sa.Column("download_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_bytes", sa.BigInteger, nullable=False, comment="Known at the end; 0 until then"),
        sa.Column("is_whole", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="downloads_pkey"),
    )
    op.create_index("downloads_file_idx", "downloads", ["org_id", "file_id", "download_time", "id"])
    op.create_index("downloads_booking_idx", "downloads", ["org_id", "booking_id", "kind", "download_time", "id"])


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
