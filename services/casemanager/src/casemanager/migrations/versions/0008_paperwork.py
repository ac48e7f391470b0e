"""The files of bookings."""

import sqlalchemy as sa
from alembic import op

revision = "paperwork_2026_12"
down_revision = "bookings_2026_12"


def upgrade() -> None:
    """Adds a table only."""
    op.create_table(
        "paperwork",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("booking_id", sa.Uuid, nullable=False),
        sa.Column("place", sa.Integer, nullable=False, comment="1 to 50; no two that are there have the same"),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("file_kind", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("uploaded_as", sa.SmallInteger, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("scanner", sa.Text, nullable=False),
        sa.Column("release_reason", sa.Text, nullable=False),
        sa.Column("replaces_id", sa.Uuid),
        sa.Column("file_version", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("blob_key", sa.Text, nullable=False, comment="Where the bytes are in the blob store"),
        sa.Column("state_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.SmallInteger),
        sa.Column("scan_time", sa.DateTime(timezone=True)),
        sa.Column("scan_attempts", sa.Integer, nullable=False),
        sa.Column("next_scan_time", sa.DateTime(timezone=True)),
        sa.Column("uploaded_by", sa.Uuid),
        sa.Column("upload_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_time", sa.DateTime(timezone=True)),
        sa.Column("sent_by", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="paperwork_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "booking_id"], ["bookings.org_id", "bookings.id"], name="paperwork_org_id_booking_id_fkey"
        ),
    )
    op.create_index(
        "paperwork_place_key",
        "paperwork",
        ["org_id", "booking_id", "place"],
        unique=True,
        postgresql_where=sa.text("state <> 5"),
    )
    op.create_index("paperwork_blob_key_key", "paperwork", ["blob_key"], unique=True)
    op.create_index(
        "paperwork_scan_idx",
        "paperwork",
        ["next_scan_time", "id"],
        postgresql_where=sa.text("next_scan_time IS NOT NULL"),
    )


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
