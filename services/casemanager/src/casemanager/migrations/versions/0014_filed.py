"""Reports that were quarantined are looked at beside paperwork; old exports are found by their age."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import create_index_concurrently

revision = "filed_2026_12"
down_revision = "booked_2026_12"


def upgrade() -> None:
    """Adds indexes, and a column that the release before leaves empty."""
    create_index_concurrently(
        "reports_check_idx", "reports", ["org_id", "file_time", "id"], where=sa.text("state IN (1, 2, 4)")
    )
    create_index_concurrently("exports_age_idx", "exports", ["begin_time"])
    op.add_column("reports", sa.Column("release_reason", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
