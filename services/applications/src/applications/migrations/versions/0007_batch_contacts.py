"""Contacts of a batch's rows, where each is found by its key whatever PostgreSQL believes of the rows."""

import sqlalchemy as sa
from alembic import op

revision = "batch_contacts"
down_revision = "batch_statistics"


def upgrade() -> None:
    """Moves the contacts of pending rows into a table, and takes away the index that nobody asks any more."""
    op.create_table(
        "batch_contacts",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("contact_hash", sa.LargeBinary, nullable=False, comment="Keyed"),
        sa.Column("turn", sa.SmallInteger, nullable=False),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "contact_hash", "turn"),
        sa.ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.id"], ondelete="CASCADE"),
        comment="Pending rows of a batch by their contact: what a preview finds duplicates by",
    )
    # Of previews that are not ready yet.
    op.execute(
        "INSERT INTO batch_contacts SELECT org_id, batch_id, contact_hash, turn, application_id FROM batch_rows"
        " WHERE outcome = 1 AND contact_hash IS NOT NULL ON CONFLICT DO NOTHING"
    )
    op.drop_index("batch_rows_contact_idx", "batch_rows")
