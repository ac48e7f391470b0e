"""The files that staff must look at, found by an index."""

import sqlalchemy as sa

from chassis.migrations import create_index_concurrently

revision = "files_to_check_2026_12"
down_revision = "booking_search_2026_12"


def upgrade() -> None:
    """Adds an index only."""
    create_index_concurrently(
        "paperwork_check_idx", "paperwork", ["org_id", "upload_time", "id"], where=sa.text("state IN (1, 2, 4)")
    )


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
