"""Batches that still know what was searched for."""

import sqlalchemy as sa

from chassis.migrations import create_index_concurrently

revision = "batch_selections"
down_revision = "batch_contacts"


def upgrade() -> None:
    """Adds an index, by which the service forgets what it no longer needs; the release before it leaves that there."""
    create_index_concurrently("batches_selection_idx", "batches", ["state"], where=sa.text("selection IS NOT NULL"))
